"""Accompaniment in a time of its own: whether it follows what is played."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import linnet
from benchmarks.music.jamming import PARTS, accompanied, chords, notes_of, phrases, tunes
from benchmarks.music.together import clashes
from linnet.live.backing import Backing
from linnet.music.score import Score


@pytest.fixture(scope="module")
def band() -> linnet.Model:
    return linnet.load("band", engine="native")


@pytest.mark.parametrize(("make", "most"), [(tunes, 0.12), (phrases, 0.12), (chords, 0.06)])
def test_it_keeps_out_of_the_way_of_what_is_played(
    band: linnet.Model, make: Callable[[int], Score], most: float
) -> None:
    """Of 8 others .08, .07 and .04 (benchmarks.music.jamming); `Model.add` has .12, .12, .05."""
    found = pairs = 0
    for seed in (1, 2, 3):
        played = make(seed)
        counted = clashes([notes_of(played), accompanied(band, played, seed)[0]])
        found, pairs = found + counted[0], pairs + counted[1]
    assert pairs > 500
    assert found <= most * pairs


def test_bars_that_are_repeated_are_known_and_accompanied_round_after_round(band: linnet.Model) -> None:
    phrase, other = phrases(1).slice("1-4"), phrases(2).slice("1-4")
    backing = Backing(band, phrase, PARTS, seed=1, programs={})
    first, second = backing.round(), backing.round()

    assert backing.is_to(phrase)
    assert not backing.is_to(other)
    assert all(0 <= stroke.beat < 16 for stroke in (*first, *second))
    assert {stroke.is_bass for stroke in first} == {True, False}
    assert [(stroke.beat, stroke.pitch) for stroke in first] != [(s.beat, s.pitch) for s in second]
    tune = {(note.onset / phrase.ticks_per_beat, note.pitch) for note in phrase.notes}
    assert not tune <= {(round(stroke.beat, 6), stroke.pitch) for stroke in first}
