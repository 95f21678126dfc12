"""What a piece says of itself in the rows of a plan."""

from dataclasses import replace

import numpy as np
import pytest

from linnet import _core
from linnet.controls.plan_rows import (
    CHORD_QUALITIES,
    LOUDNESS_EDGES,
    NO_CHORD_CELL,
    PLAN_WISHES,
    beat_ticks,
    chord_cell,
    chord_of,
)
from linnet.controls.wishes import INDEX, measure
from linnet.music.chord import Chord
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import TIME_SIGNATURES
from tests.runtime.harmonised import music

CADENCE = ("C3:4 F3:4 G2:4 C3:4", "E4:4 F4:4 D4:4 E4:4", "G4:4 A4:4 B4:4 C5:4")


def column(score: Score, name: str) -> list[int]:
    """Of each bar, without the header."""
    return measure(codec.quantise(score))[1:, INDEX[name]].tolist()


def cells(score: Score, key: int | None = None) -> list[list[int]]:
    return measure(codec.quantise(score), key=key)[1:, features.CHORDS].tolist()


def test_cells_are_those_of_the_core() -> None:
    count = _core.plan_layout()[2]
    assert NO_CHORD_CELL == count == 85
    assert chord_cell(Chord(0)) == 1
    assert chord_cell(Chord(9, "minor")) == 1 + 7 * 9 + 1
    assert chord_cell(Chord(7, "dominant seventh")) == 1 + 7 * 7 + 4


def test_cells_read_back_wherever_home_is() -> None:
    for shift in (-6, 0, 5):
        for cell in range(1, NO_CHORD_CELL + 1):
            assert chord_cell(chord_of(cell, shift), shift) == cell
    assert chord_of(NO_CHORD_CELL) is None
    assert chord_cell(Chord(2, "half-diminished")) == chord_cell(Chord(2, "diminished"))
    for cell in (0, 86):
        with pytest.raises(ValueError, match="must be between 1 and 85"):
            chord_of(cell)


@pytest.mark.parametrize("meter", [row[:2] for row in TIME_SIGNATURES])
def test_a_bar_has_as_many_cells_as_the_core_counts_beats(meter: tuple[int, int]) -> None:
    """The core tells the chord of a beat until the next beat, by the bars and beats that it counts."""
    bar = next(row[2] for row in TIME_SIGNATURES if row[:2] == meter)
    beat = beat_ticks(TimeSignature(0, *meter), 24)
    score = Score(24, (Track(Notes.of([Note(0, bar, 60, 80)])),), time_signatures=(TimeSignature(0, *meter),))
    score = codec.quantise(score)
    found = np.array(cells(score)[0])
    assert (found > 0).sum() == min(-(-bar // beat), 8)
    plan = np.zeros((2, features.ROW_WIDTH), np.uint8)
    plan[1, features.CHORDS] = np.where(found > 0, np.arange(1, 9), 0)
    family = next(family for family in features.FAMILIES if family.name == "chord")
    notes = Notes.of([Note(tick, 6, 60, 80) for tick in range(0, bar, 6)])
    tokens = codec.encode(replace(score, tracks=(Track(notes),)))
    ids = features.compute(tokens, "grid", plan)[:, family.first_column] - family.first_id
    heard = ids[tokens == 60 + features.FAMILIES_OF_TOKENS["note"].first]
    assert heard.tolist() == [tick // beat for tick in range(0, bar, 6)]


def test_chords_count_from_the_home_key() -> None:
    home = cells(music(*CADENCE))
    c, f, g = (chord_cell(Chord(root)) for root in (0, 5, 7))
    assert home == [[each] * 4 + [0] * 4 for each in (c, f, g, c)]
    for semitones in (-5, 3, 6):
        assert cells(music(*CADENCE).transpose(semitones)) == home


def test_in_a_minor_key_they_count_from_a() -> None:
    a_minor = music(
        "A2:4 D3:4 E3:4 A2:4", "A4:4 A4:4 G#4:4 A4:4", "C5:4 D5:4 B4:4 C5:4", "E5:4 F5:4 E5:4 E5:4"
    )
    assert cells(a_minor)[0][0] == chord_cell(Chord(9, "minor"))
    assert cells(a_minor.transpose(-4)) == cells(a_minor)


def test_a_silent_piece_tells_no_chord_and_a_long_rest_that_there_is_none() -> None:
    assert not np.any(cells(Score(24)))
    assert cells(music("C4+E4+G4:4 -:12 C4+E4+G4:4"))[2][:4] == [NO_CHORD_CELL] * 4


def test_cadences_and_bars_left_of_the_phrase() -> None:
    tune = music("C4 E4 G4 E4 F4 A4 G4 F4 E4 G4 F4 E4 D4:3 - C4 E4 G4 E4 F4 A4 G4 F4 E4 G4 D4 B3 C4:3 -")
    assert column(tune, "cadence") == [2] * 4 + [3] * 4
    assert column(tune, "phrase_left") == [4, 3, 2, 1] * 2


def test_the_loudness_of_a_bar_is_its_mean_velocity() -> None:
    bars = [(96 * bar, velocity) for bar, velocity in enumerate((10, 66, 127))]
    quiet = Track(Notes.of([Note(tick, 24, 60, velocity) for tick, velocity in bars]))
    # quantised, velocities have steps of four
    assert column(Score(24, (quiet,), end=4 * 96), "loudness") == [1, 3, 8, 0]
    assert len(LOUDNESS_EDGES) + 2 == dict(features.WISHES)["loudness"]


def test_who_plays_is_told_of_each_slot_and_of_the_kit() -> None:
    held = Track(Notes.of([Note(0, 100, 60, 80)]))  # into the second bar
    late = Track(Notes.of([Note(200, 24, 72, 80)]), program=73)
    kit = Track(Notes.of([Note(0, 6, 36, 90)]), is_drum=True)
    band = Score(24, (held, late, kit))
    assert column(band, "plays_0") == [2, 2, 1]
    assert column(band, "plays_1") == [1, 1, 2]
    assert column(band, "plays_2") == [0, 0, 0]
    assert column(band, "plays_kit") == [2, 1, 1]
    assert column(replace(band, tracks=(held, late)), "plays_kit") == [0, 0, 0]


def test_the_header_says_nothing_of_what_differs_between_bars() -> None:
    rows = measure(codec.quantise(music(*CADENCE)))
    assert not rows[0, [INDEX[name] for name in PLAN_WISHES]].any()
    assert not rows[0, features.CHORDS].any()


def test_a_key_that_is_known_is_taken() -> None:
    rows = measure(codec.quantise(music(*CADENCE)), key=7)
    assert set(rows[:, INDEX["key"]].tolist()) == {8}
    assert rows[1, features.CHORDS][0] == chord_cell(Chord(5))  # C is the fourth of G
    assert len(CHORD_QUALITIES) * 12 + 1 == NO_CHORD_CELL
