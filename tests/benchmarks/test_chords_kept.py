"""Whether the chords that are asked for are heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.music import chords_kept
from benchmarks.music.chords_kept import aside, asked, found, kept
from linnet.music.score import Note, Notes, Score, Track
from linnet.music.source import MARKER, Source, TimedText

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
BAR = 4 * 480


def played(*bars: tuple[int, ...], names: tuple[str, ...]) -> Score:
    """A chord of half notes in each bar, twice, under the names that were asked for."""
    notes = [
        Note(bar * BAR + half * BAR // 2, BAR // 2, pitch, 80)
        for bar, pitches in enumerate(bars)
        for half in (0, 1)
        for pitch in pitches
    ]
    score = Score(480, (Track(Notes.of(notes)),))
    words = [TimedText(bar * BAR, name) for bar, name in enumerate(names)]
    return replace(score, source=Source.empty(score.end).with_words(words, MARKER))


def test_chords_that_are_played_as_asked_are_all_kept() -> None:
    score = played((48, 64, 67), (45, 60, 64), names=("C", "Am"))
    assert kept(score, asked(score)) == (1, 1)
    assert kept(score, found(score)) == (1, 1)
    assert kept(score, aside(score)) == (0, 0)


def test_other_chords_than_those_that_were_asked_for_show() -> None:
    score = played((48, 64, 67), (48, 65, 69), names=("C", "G"))
    inside, roots = kept(score, asked(score))
    assert (inside, roots) == (6 / 12, 1 / 2)  # none of F A C belongs to G
    score = played((52, 60, 67), (52, 60, 67), names=("C",))
    assert kept(score, asked(score)) == (1, 0)  # the third is in the bass


def test_where_no_chord_was_asked_for_nothing_counts() -> None:
    score = played((48, 64, 67), (45, 60, 64), names=("N.C.", "Am"))
    assert kept(score, asked(score)) == (1, 1)
    silent = played((48, 64), names=("N.C.",))
    assert all(share != share for share in kept(silent, asked(silent)))


def test_a_model_that_has_not_learnt_chords_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert chords_kept.main([str(TINY), "--seeds", "1"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "has not learnt" in said.err
