"""Wishes as games make them: every frame, unchanged or not, in a pause, with numbers of any kind."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import linnet
from linnet.stream import DueNote
from tests.runtime.streams import TINY, even, listen

FRAME, BUDGET = 1 / 144, 0.002  # seconds


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def frames(stream: linnet.Stream, count: int, wish: Callable[[int], object]) -> list[float]:
    """Seconds of this thread that each call of `advance` took, one wish before each."""
    costs = []
    for i in range(count):
        wish(i)
        begun = time.thread_time()  # what other programs do meanwhile is not our cost
        stream.advance(FRAME, budget=BUDGET)
        costs.append(time.thread_time() - begun)
    return costs


@pytest.mark.parametrize("name", linnet.models())
@pytest.mark.parametrize("at", ["bar", "now"])
@pytest.mark.parametrize("changing", [False, True])
def test_wishes_in_every_frame_leave_advance_its_budget(name: str, at: Any, changing: bool) -> None:
    """Three seconds of them; 99 of 100 take 1.1 times the budget at most, beside eight other processes too.

    They took 1.6 times as long when the plan of a segment that begins was not within it.
    A fault is there in each of three tries; a machine that shares its cores is slow in some.
    """
    slowest = []
    for _ in range(3):
        stream = linnet.load(name).stream(seed=1)
        stream.prepare()
        costs = frames(
            stream,
            432,
            lambda i: stream.wish(temperature=0.8 + i * changing / 2000, top_k=40 + i % 8 * changing, at=at),  # noqa: B023
        )
        slowest.append(np.percentile(costs, 99) * 1e3)
        if slowest[-1] < 1.3e3 * BUDGET and np.percentile(costs, 50) < BUDGET:
            return
    pytest.fail(f"99 of 100 took up to {slowest} ms of a budget of {BUDGET * 1e3:.1f}, or half took more")


def test_a_worker_takes_it_off_the_callers_thread(model: linnet.Model) -> None:
    with even(model, worker=True) as stream:
        stream.prepare()
        costs = frames(stream, 432, lambda i: stream.wish(density=1 + i % 8, at="now"))
    assert np.percentile(costs, 99) < 0.001


def test_a_wish_that_changes_nothing_is_nothing(model: linnet.Model) -> None:
    asked, left = even(model, density=3, form="AAB"), even(model, density=3, form="AAB")
    for stream in (asked, left):
        stream.prepare()
    before = asked._player.timeline
    for at in ("bar", "beat", "now") * 5:
        asked.wish(density=3, bpm=120, key=None, at=at)  # type: ignore[arg-type]  # one of the three
        asked.restrict(drums=[], scale=None, at=at)  # type: ignore[arg-type]  # likewise
    assert asked._player.timeline is before
    assert listen(asked, 20) == listen(left, 20)
    asked.wish(density=5)
    asked.prepare()
    asked.wish(density=np.int64(5))
    assert asked.full


def test_six_hundred_wishes_in_a_pause_cost_next_to_nothing(model: linnet.Model) -> None:
    """They came to 12.8 s once; and the music is that of the last."""
    many, one = even(model, form="AAB"), even(model, form="AAB")
    for stream in (many, one):
        listen(stream, 3.1)
    begun = time.thread_time()
    for i in range(600):
        many.wish(density=1 + (599 - i) % 8, temperature=0.9)
    assert time.thread_time() - begun < 0.6
    assert len(many._player.timeline.wanted) == 1
    begun = time.thread_time()
    for _ in range(600):
        many.wish(density=1, temperature=0.9)
    assert time.thread_time() - begun < 0.2
    one.wish(density=1, temperature=0.9)
    assert listen(many, 20) == listen(one, 20)


@pytest.mark.parametrize("at", ["bar", "beat", "now"])
def test_many_wishes_for_one_place_are_as_their_last_words(model: linnet.Model, at: Any) -> None:
    many, one = even(model), even(model)
    for stream in (many, one):
        listen(stream, 3.1)
    for density, low in ((7, 40), (5, 50), (2, 60)):
        many.wish(density=density, at=at)
        many.restrict(pitch_range=(low, 90), at=at)
    one.wish(density=2, at=at)
    one.restrict(pitch_range=(60, 90), at=at)
    assert listen(many, 20) == listen(one, 20)


def test_the_newest_word_counts_where_an_older_one_waits(model: linnet.Model) -> None:
    stream = even(model)
    listen(stream, 3.1)
    stream.restrict(pitch_range=(40, 50))  # for the bar line
    stream.restrict(pitch_range=(72, 83), at="now")
    later = listen(stream, 12)[4:]
    assert later
    assert all(72 <= pitch <= 83 for onset, _, pitch, *_ in later if onset > 4)


def test_music_goes_on_and_changes_under_wishes_in_every_frame(model: linnet.Model) -> None:
    """Each frame another range, in an octave that the music was not in: it is in it from the next bar on."""
    stream = even(model, ahead=1)
    stream.prepare()
    heard: list[tuple[float, DueNote]] = []
    for i in range(10 * 144):
        now = stream.seconds
        heard += [(now, note) for note in stream.advance(FRAME, budget=0.01)]
        if i > 144:
            stream.restrict(pitch_range=(84, 96 + i % 12))
    assert stream.repeated <= 1
    later = [note.pitch for now, note in heard if now > 4.1]
    assert later
    assert min(later) >= 84


def test_a_change_now_is_heard_soon_within_a_budget(model: linnet.Model) -> None:
    """In the bar that plays: while the rest of it is composed the music goes on as it was."""
    soon = 0
    for seed in range(10):
        stream = even(model, seed=seed, density=7)
        stream.prepare()
        for _ in range(3 * 144):
            stream.advance(FRAME, budget=0.01)
        stream.restrict(pitch_range=(84, 96), at="now")
        heard = [
            (stream.seconds, note.pitch) for _ in range(144) for note in stream.advance(FRAME, budget=0.01)
        ]
        soon += any(84 <= pitch <= 96 for _, pitch in heard)
        assert all(note.pitch >= 84 for note in stream.advance(4.0, budget=None) if note.onset > 0.1)
    assert soon >= 5


# ---- what is accepted is saved ----------------------------------------------------------------------------

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("wish", {"density": np.int64(5)}),
    ("wish", {"density": np.float64(5.0), "temperature": np.float32(0.9)}),
    ("wish", {"mood": (np.float32(0.5), -0.25)}),
    ("wish", {"bpm": np.int32(90)}),
    ("restrict", {"drums": {36}}),
    ("restrict", {"drums": frozenset({36, 38})}),
    ("restrict", {"programs": range(3)}),
    ("restrict", {"programs": np.arange(3)}),
    ("restrict", {"programs": (each for each in (0, 1, 2))}),
    ("restrict", {"scale": {0, 2, 4, 5, 7, 9, 11}}),
    ("restrict", {"scale": range(12)}),
    ("restrict", {"pitch_range": [np.int8(40), "C6"]}),
    ("restrict", {"polyphony": np.array([1, 2])}),
    ("restrict", {"longest": np.float64(2.0)}),
]


# A generator's text would be another one in every process that runs tests.
@pytest.mark.parametrize(
    ("call", "options"),
    ACCEPTED,
    ids=[f"{i}-{call}-{'-'.join(asked)}" for i, (call, asked) in enumerate(ACCEPTED)],
)
def test_accepted_means_saved(model: linnet.Model, call: str, options: dict[str, Any]) -> None:
    dice = random.Random(str(options))
    stream = even(model)
    listen(stream, dice.uniform(0, 5))
    getattr(stream, call)(at=dice.choice(["bar", "now"]), **options)
    other = model.restore(stream.save())
    for each in (stream, other):
        each.prepare()
    assert listen(other, 6) == listen(stream, 6)


@pytest.mark.parametrize("ahead", [3, np.int64(3), 3.0])
def test_how_far_ahead_is_saved_too(model: linnet.Model, ahead: Any) -> None:
    stream = model.stream(seed=1, ahead=ahead)
    assert model.restore(stream.save())._player.ahead == 3


@pytest.mark.parametrize("ahead", [1.5, True, "2", 0, 1001, float("nan")])
def test_how_far_ahead_is_a_whole_number(model: linnet.Model, ahead: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="ahead"):
        model.stream(seed=1, ahead=ahead)


@pytest.mark.parametrize(
    ("call", "options", "complaint"),
    [
        ("wish", {"density": 3.7}, "density"),
        ("wish", {"key": True}, "key"),
        ("wish", {"density": float("nan")}, "density"),
        ("wish", {"temperature": float("nan")}, "temperature"),
        ("wish", {"densty": 3}, "density"),
        ("restrict", {"foo": 1}, "restrict takes no 'foo'.*scale"),
        ("restrict", {"programs": [0.5]}, "programs"),
    ],
)
def test_what_is_refused_is_told_in_one_line_and_changes_nothing(
    model: linnet.Model, call: str, options: dict[str, Any], complaint: str
) -> None:
    stream = even(model)
    listen(stream, 3)
    before = stream.save()
    with pytest.raises((TypeError, ValueError), match=complaint) as caught:
        getattr(stream, call)(**options)
    assert "\n" not in str(caught.value)
    assert stream.save() == before


def test_a_pair_is_a_meter(model: linnet.Model) -> None:
    pair, text = (model.stream(seed=1, time_signature=each) for each in ((3, 4), "3/4"))
    assert listen(pair, 10) == listen(text, 10)
