"""A stream played again, at any frame rate; and many streams in one frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import linnet
from benchmarks.speed.crowd import crowd
from tests.runtime.test_stream_themes import FANFARE, HERO

SEED: dict[str, Any] = {"seed": 3, "key": "G major", "bpm": 140, "time_signature": "4/4"}


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


@pytest.fixture(scope="module")
def changes(folk: linnet.Model) -> list[dict[str, Any]]:
    """What a game asked for."""
    stream = folk.stream(**SEED)
    stream.prepare()
    for seconds, call in (
        (2.3, lambda: stream.wish(density=6)),
        (3.1, lambda: stream.sting(FANFARE)),
        (2.2, lambda: stream.wish(bpm=150, key="E minor", at="beat")),
        (1.9, lambda: stream.transition(density=3, fill=True)),
        (4.4, lambda: stream.volume("lead", 0.5)),
        (1.0, lambda: stream.play(HERO, name="hero")),
        (4.0, lambda: stream.restrict(pitch_range=("G3", "G5"), at="now")),
        (3.0, lambda: stream.back()),
        (5.0, lambda: stream.finish(bars=2)),
    ):
        stream.advance(seconds, budget=None)
        call()
    return stream.changes


def rate(name: str) -> Iterator[float]:
    """Frame lengths in seconds, without end."""
    if name != "irregular":
        while True:
            yield 1 / int(name)
    number = 1
    while True:
        number = number * 48271 % 2147483647
        yield 0.001 + number % 997 / 9970


def played(stream: linnet.Stream, changes: list[dict[str, Any]], frames: str) -> list[Any]:
    replay = linnet.Replay(stream, changes)
    found: list[Any] = []
    for dt in rate(frames):
        now = stream.seconds
        heard = replay.advance(dt)
        found += [(round(now + n.onset, 6), round(n.duration, 6), n.pitch, n.velocity) for n in heard]
        if stream.done:
            return found
        assert now < 60
    return found


@pytest.mark.parametrize("frames", ["30", "144", "irregular"])
def test_the_same_changes_give_the_same_notes_at_any_frame_rate(
    folk: linnet.Model, changes: list[dict[str, Any]], frames: str
) -> None:
    assert [change["call"] for change in changes][:3] == ["wish", "sting", "wish"]
    through_json = json.loads(json.dumps(changes))
    expected = played(folk.stream(**SEED), changes, "60")
    assert len(expected) > 100
    assert played(folk.stream(**SEED), through_json, frames) == expected


def test_a_worker_and_haste_change_nothing(folk: linnet.Model, changes: list[dict[str, Any]]) -> None:
    expected = played(folk.stream(**SEED), changes, "60")
    with folk.stream(**SEED, worker=True) as stream:
        assert played(stream, changes, "60") == expected
    stream = folk.stream(**SEED)
    at_once = linnet.Replay(stream, changes).advance(60)
    assert [(round(n.onset, 6), n.pitch) for n in at_once] == [(each[0], each[2]) for each in expected]


def test_a_list_may_be_written_by_hand(folk: linnet.Model) -> None:
    wish = {"seconds": 1, "call": "wish", "args": {"density": 7}}
    replay = linnet.Replay(folk.stream(**SEED), [wish])
    events = [event for event in replay.advance(4).events if event.kind == "wish"]
    assert [dict(event.about) for event in events] == [{"density": 7}]
    assert replay.record(2).bars >= 3
    with pytest.raises(ValueError, match="a change calls one of"):
        linnet.Replay(folk.stream(**SEED), [{"seconds": 1, "call": "save"}])
    with pytest.raises((TypeError, ValueError), match="seconds"):
        linnet.Replay(folk.stream(**SEED), [{"call": "stop"} | wish | {"seconds": "soon"}])
    begun = folk.stream(**SEED)
    begun.advance(1, budget=None)
    with pytest.raises(ValueError, match="has not begun"):
        linnet.Replay(begun, [])


def test_many_streams_share_a_frame_and_none_falls_behind() -> None:
    calls, repeated = crowd(8, 120)
    assert len(calls) == 120
    assert repeated <= 8  # none, where the machine is not busy with other things


def test_together_they_are_due_what_each_is_due_alone(folk: linnet.Model) -> None:
    def streams() -> list[linnet.Stream]:
        found = [folk.stream(**{**SEED, "seed": seed}) for seed in range(3)]
        for stream in found:
            stream.prepare()
        return found

    alone = [[(n.pitch, n.velocity) for n in each.advance(3, budget=None)] for each in streams()]
    together: list[list[tuple[int, int]]] = [[], [], []]
    every = streams()
    for _ in range(180):
        for notes, heard in zip(together, linnet.advance_all(every, 1 / 60, budget=1.0), strict=True):
            notes += [(n.pitch, n.velocity) for n in heard]
    assert together == alone
