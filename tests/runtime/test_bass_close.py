"""How the bass comes to its last note where chords are planned: from a fifth or fourth away, once, held."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

import linnet
from linnet.music.score import Notes

TICKS, BARS, PIECES = 24, 8, 12
BAR = 4 * TICKS


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load("chorale")


def basses(model: linnet.Model, leading: str, *, last: str = "C", key: str = "C major") -> Iterator[Notes]:
    """The lowest lines of pieces whose last bar but one ends with a chord."""
    chords, found = f"C | F | G | C | Am | Dm | Em {leading} | {last}", 0
    for seed in count():
        piece = model.generate(seed=seed, bars=BARS, chords=chords, key=key, time_signature="4/4")
        if found == PIECES:
            return
        if not piece.upbeat:
            found += 1
            score = piece.resample(TICKS)
            lines = [track.notes for track in score.tracks if len(track.notes)]
            yield min(lines, key=lambda notes: float(notes.pitch.mean()))


def from_bar(notes: Notes, bar: float) -> Notes:
    return notes.select(notes.onset >= bar * BAR)


def share_of_ends(basses: Iterator[Notes], before: int) -> float:
    return sum((notes.pitch[-2:] % 12).tolist() == [before, 0] for notes in basses) / PIECES


def test_most_end_from_a_fifth_or_a_fourth_away(model: linnet.Model) -> None:
    assert share_of_ends(basses(model, "G7"), 7) > 0.75
    assert share_of_ends(basses(model, "F"), 5) > 0.75


def test_the_tonic_is_struck_once_and_held(model: linnet.Model) -> None:
    held = 0
    for notes in basses(model, "G7"):
        last = from_bar(notes, BARS - 1)
        on_beats = last.pitch[last.onset % TICKS == 0] % 12
        assert on_beats.tolist().count(0) == 1
        held += int(last.end[-1]) == BARS * BAR
    assert held == PIECES


def test_other_chords_lead_nowhere(model: linnet.Model) -> None:
    classes: set[int] = set()
    for notes in basses(model, "Am"):
        classes |= {pitch % 12 for pitch in from_bar(notes, BARS - 1.5).pitch.tolist()[:2]}
    assert len(classes) > 2


def test_where_the_last_bar_goes_elsewhere_the_bass_goes_on(model: linnet.Model) -> None:
    struck = [len(from_bar(notes, BARS - 1)) for notes in basses(model, "G7", last="F C")]
    assert sum(struck) > 1.5 * PIECES
