"""A stream played again, at any frame rate; and many streams in one frame."""

from __future__ import annotations

import json
from itertools import cycle
from typing import Any

import pytest

import linnet
from benchmarks.speed.crowd import crowd
from benchmarks.speed.rates import SETTINGS, asked, frames, played


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


@pytest.fixture(scope="module")
def changes(folk: linnet.Model) -> list[dict[str, Any]]:
    """What a game asked for, and an end."""
    stream = folk.stream(**SETTINGS)
    asked(stream, 31)
    stream.finish(bars=2)
    return stream.changes


@pytest.mark.parametrize("rate", ["30", "144", "irregular"])
def test_the_same_changes_give_the_same_notes_at_any_frame_rate(
    folk: linnet.Model, changes: list[dict[str, Any]], rate: str
) -> None:
    """For half a minute; `python -m benchmarks.speed.rates` does so for ten."""
    assert {"wish", "sting", "play", "transition", "back", "finish"} <= {each["call"] for each in changes}
    through_json = json.loads(json.dumps(changes))
    expected = played(folk.stream(**SETTINGS), changes, frames("60"), 60)
    assert len(expected) > 100
    assert played(folk.stream(**SETTINGS), through_json, frames(rate), 60) == expected


def test_a_worker_and_haste_change_nothing(folk: linnet.Model, changes: list[dict[str, Any]]) -> None:
    expected = played(folk.stream(**SETTINGS), changes, frames("60"), 60)
    with folk.stream(**SETTINGS, worker=True) as stream:
        assert played(stream, changes, frames("60"), 60) == expected
    assert played(folk.stream(**SETTINGS), changes, cycle([60.0]), 60) == expected


def test_a_list_may_be_written_by_hand(folk: linnet.Model) -> None:
    wish = {"seconds": 1, "call": "wish", "args": {"density": 7}}
    replay = linnet.Replay(folk.stream(**SETTINGS), [wish])
    events = [event for event in replay.advance(4).events if event.kind == "wish"]
    assert [dict(event.about) for event in events] == [{"density": 7}]
    assert replay.record(2).bars >= 3
    with pytest.raises(ValueError, match="a change calls one of"):
        linnet.Replay(folk.stream(**SETTINGS), [{"seconds": 1, "call": "save"}])
    with pytest.raises((TypeError, ValueError), match="seconds"):
        linnet.Replay(folk.stream(**SETTINGS), [{"call": "stop"} | wish | {"seconds": "soon"}])
    begun = folk.stream(**SETTINGS)
    begun.advance(1, budget=None)
    with pytest.raises(ValueError, match="has not begun"):
        linnet.Replay(begun, [])


def test_many_streams_share_a_frame_and_none_falls_behind() -> None:
    calls, repeated = crowd(8, 120)
    assert len(calls) == 120
    assert repeated <= 8  # none, where the machine is not busy with other things


def test_together_they_are_due_what_each_is_due_alone(folk: linnet.Model) -> None:
    def streams() -> list[linnet.Stream]:
        found = [folk.stream(**{**SETTINGS, "seed": seed}) for seed in range(3)]
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
