"""A stream's time: exact behind any clock, however it is divided, and bounded whatever is asked for."""

from __future__ import annotations

import itertools
import math
import random
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import linnet
from linnet.tokens.vocabulary import FAMILIES
from tests.runtime.streams import TINY, even


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def follow_clock(stream: linnet.Stream, dt: float, ticks: int) -> list[tuple[int, float, int]]:
    """The number of the call in which each note was due, where in it, and its pitch."""
    heard = []
    for tick in range(ticks):
        for note in stream.advance(dt, budget=None):
            assert 0 <= note.onset < dt
            heard.append((tick, note.onset, note.pitch))
    return heard


@pytest.mark.parametrize("bpm", [120, 60, 100, 130, 133, 97.3, 70])
def test_behind_a_midi_clock_every_note_comes_at_its_tick(model: linnet.Model, bpm: float) -> None:
    """24 calls a quarter note: a note is due in the call that begins with its tick, at once."""
    heard = follow_clock(even(model, bpm=bpm), 60 / bpm / 24, 40 * 24)
    assert len(heard) > 40
    assert all(onset < 1e-9 for _, onset, _ in heard)


def test_the_ticks_are_those_of_the_tokens(model: linnet.Model) -> None:
    heard = follow_clock(even(model), 1 / 48, 60 * 24)
    tokens, bar = even(model).tokens(3000), FAMILIES["bar"].first
    score = linnet.codec.decode(tokens[: max(i for i, token in enumerate(tokens) if token == bar)])
    written = sorted((note.onset, note.pitch) for track in score.tracks for note in track.notes)

    assert sorted((tick, pitch) for tick, _, pitch in heard) == [
        (onset, pitch) for onset, pitch in written if onset < 60 * 24
    ]


@pytest.mark.parametrize("seed", range(12))
def test_any_division_of_the_time_gives_the_same_notes_at_the_same_ticks(
    model: linnet.Model, seed: int
) -> None:
    """The same cuts, as floats that do not add up; some on ticks, some not, some of no length."""
    dice = random.Random(seed)
    total = 30 * 48
    cuts = sorted(
        [dice.randint(0, total) for _ in range(150)] + [dice.uniform(0, total) for _ in range(150)] + [total]
    )

    def hear(cuts: list[float]) -> list[tuple[int, int, int, int]]:
        stream, heard, here = even(model, seed=seed), [], 0.0
        for before, after in itertools.pairwise([0.0, *cuts]):
            for note in stream.advance((after - before) / 48, budget=None):
                tick = Fraction(before) + Fraction(note.onset) * 48
                assert abs(tick - round(tick)) < 1e-6
                assert before - 1e-6 <= round(tick) < after
                heard.append((round(tick), round(note.duration * 48, 6), note.pitch, note.velocity))
            here = after
        assert here == total
        return heard

    whole = hear([total / 2, total])
    assert len(whole) > 25
    assert hear(cuts) == whole


def test_an_hour_of_frames_is_an_hour(model: linnet.Model) -> None:
    """Summed as floats they come to 3600.0000000197."""
    stream = even(model)
    stream.prepare()
    for _ in range(60 * 3600):
        stream.advance(1 / 60, budget=0)  # the same bars again and again
    assert stream.seconds == 3600
    stream.prepare()
    assert all(abs(note.onset * 48 - round(note.onset * 48)) < 1e-6 for note in stream.advance(4.0))


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, Fraction])
def test_any_kind_of_number_is_a_time(model: linnet.Model, kind: type) -> None:
    stream = even(model)
    stream.prepare()
    assert [note.pitch for note in stream.advance(kind(2))] == [note.pitch for note in _first_bar(model)]


def _first_bar(model: linnet.Model) -> list[linnet.DueNote]:
    return even(model).advance(2.0, budget=None)


# ---- hitches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worker", [False, True])
@pytest.mark.parametrize("dt", [11.0, 1e6, 1e9, 1e300])
def test_what_a_hitch_missed_is_skipped(model: linnet.Model, dt: float, worker: bool) -> None:
    """In no time, and the music goes on with the next bar, from its beginning."""
    plain = even(model)
    bars = [
        [(round(note.onset, 9), note.pitch) for note in plain.advance(2.0, budget=None)] for _ in range(6)
    ]
    with even(model, worker=worker) as stream:
        stream.prepare()
        assert len(stream.advance(1.0)) > 0
        begin = time.thread_time()  # not that of other programs
        assert stream.advance(dt) == []
        assert time.thread_time() - begin < 0.1
        stream.prepare()
        assert [(round(note.onset, 9), note.pitch) for note in stream.advance(2.0)] == bars[1]
        stream.prepare()
        assert [(round(note.onset, 9), note.pitch) for note in stream.advance(2.0)] == bars[2]
        assert stream.repeated == 0
        assert stream.seconds == pytest.approx(min(dt, 1e12) + 5.0)
        other = model.restore(stream.save())
        stream.prepare()
        other.prepare()
        assert other.advance(2.0) == stream.advance(2.0)


def test_a_hundred_hitches_in_a_row_keep_memory_flat(model: linnet.Model) -> None:
    stream = even(model)
    stream.prepare()
    tracemalloc.start()
    try:
        for _ in range(100):
            stream.advance(1e6, budget=0.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    assert stream.repeated >= 90  # with no time to compose the last bar begins anew each time


def test_whoever_wants_every_note_gets_every_note(model: linnet.Model) -> None:
    patient, frames = even(model), even(model)
    whole = [(note.pitch, note.velocity) for note in patient.advance(600.0, budget=None, skip_after=600)]
    parts = [
        (note.pitch, note.velocity)
        for _ in range(100)
        for note in frames.advance(6.0, budget=None, skip_after=6)
    ]
    assert len(whole) > 400
    assert whole == parts
    assert patient.advance(600.5, budget=None, skip_after=600) == []


def test_a_budget_of_none_is_bounded_too(model: linnet.Model) -> None:
    stream, begin = even(model), time.thread_time()
    assert stream.advance(1e9, budget=None) == []
    assert time.thread_time() - begin < 1
    assert stream.advance(2.0, budget=None)


@pytest.mark.parametrize("dt", [-1.0, -1e-9, math.nan, math.inf, -math.inf, 10**400])
def test_what_is_no_time_is_refused_in_one_line(model: linnet.Model, dt: float) -> None:
    stream = even(model)
    stream.prepare()
    with pytest.raises(ValueError, match=r"^dt must be .*at least 0, got "):
        stream.advance(dt)
    assert stream.seconds == 0


@pytest.mark.parametrize("skip_after", [-1.0, 86_401, math.inf, math.nan])
def test_what_is_no_hitch_is_refused(model: linnet.Model, skip_after: float) -> None:
    with pytest.raises(ValueError, match="skip_after must be between 0 and 86400"):
        even(model).advance(1.0, skip_after=skip_after)


@pytest.mark.parametrize("value", ["1", True, 1j, [1.0]])
@pytest.mark.parametrize("name", ["dt", "budget", "skip_after"])
def test_what_is_no_number_is_named(model: linnet.Model, name: str, value: object) -> None:
    stream = even(model)
    with pytest.raises(TypeError, match=f"^{name} must be a number .*, got "):
        stream.advance(**{"dt": 1.0, name: value})
    assert stream.seconds == 0


@pytest.mark.parametrize("count", [-1, 10**400, 1.5, True, "1"])
def test_tokens_are_counted_and_not_without_end(model: linnet.Model, count: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^count must be .* 1000000, got "):
        model.stream(seed=1).tokens(count)
