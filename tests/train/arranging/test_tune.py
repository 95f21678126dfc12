"""Tunes: a melody over chords, from lead sheets, from songs and from what is neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from linnet.music.chord import Chord
from linnet.music.score import Score
from linnet_train.arranging import read_tune

C, F, G = Chord(0), Chord(5), Chord(7)
LINE = [("C5", 1), ("E5", 1), ("G5", 1), ("E5", 1)] * 8


def saved(folder: Path, score: Score) -> Path:
    path = folder / "tune.mid"
    score.save(path)
    return path


def test_chord_symbols_win_over_what_is_heard(tmp_path: Path) -> None:
    score = Score.from_notes(LINE)
    marked = score.with_markers((i * 1920, "C" if i % 2 == 0 else "F/A") for i in range(8))
    tune = read_tune(saved(tmp_path, marked))
    assert tune is not None
    assert (tune.meter, tune.bars, tune.beats, tune.bar) == ("4/4", 8, 4, 96)
    assert tune.chords == (*[C] * 4, *[Chord(5, "major", 9)] * 4) * 4
    assert tune.notes[:2] == ((0, 24, 72), (24, 24, 76))


def test_without_symbols_chords_are_heard_and_the_top_line_is_the_tune(tmp_path: Path) -> None:
    below = [(("C3", "G3"), 4), (("G2", "B3"), 4)] * 4
    tune = read_tune(
        saved(
            tmp_path,
            Score.from_notes(
                [("G5", 2), ("E5", 1), ("C5", 1), ("B4", 1), ("D5", 1), ("G5", 1), ("F5", 1)] * 4
            ).mix(Score.from_notes(below)),
        )
    )
    assert tune is not None
    assert {chord.root for chord in tune.chords[:4]} == {0}
    assert {chord.root for chord in tune.chords[4:8]} == {7}
    assert [pitch for _, _, pitch in tune.notes[:4]] == [79, 76, 72, 71]


def test_an_upbeat_lies_before_the_first_bar(tmp_path: Path) -> None:
    line = [(None, 3), ("G4", 1), *LINE]
    tune = read_tune(saved(tmp_path, Score.from_notes(line)))
    assert tune is not None
    assert tune.bars == 8
    assert tune.notes[:2] == ((-24, 24, 67), (0, 24, 72))


def test_two_bars_of_two_beats_are_one_of_four(tmp_path: Path) -> None:
    tune = read_tune(saved(tmp_path, Score.from_notes(LINE, time_signature="2/4")))
    assert tune is not None
    assert (tune.meter, tune.bars) == ("4/4", 8)


@pytest.mark.parametrize("meter", ["5/4", "9/8"])
def test_other_meters_are_left_out(tmp_path: Path, meter: str) -> None:
    assert read_tune(saved(tmp_path, Score.from_notes(LINE * 2, time_signature=meter))) is None


def test_what_is_too_short_or_has_no_tune_is_left_out(tmp_path: Path) -> None:
    assert read_tune(saved(tmp_path, Score.from_notes(LINE[:16]))) is None
    assert read_tune(saved(tmp_path, Score.from_notes([("C5", 4)] * 16))) is None
    drums = Score.from_notes(LINE)
    drums = replace(drums, tracks=tuple(replace(track, is_drum=True) for track in drums.tracks))
    assert read_tune(saved(tmp_path, drums)) is None
