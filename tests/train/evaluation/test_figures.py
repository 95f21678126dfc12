"""Figures of music: known values on pieces made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from linnet.music.score import Note, Notes, Score, Track
from linnet_train.evaluation import figures as musical
from tests.train.small_pieces import C_MAJOR, line, piece, tune, walk


def test_one_pitch_has_no_entropy_and_twelve_have_the_most() -> None:
    assert musical.pitch_class_entropy(line([60, 72, 48, 60])) == 0
    assert musical.pitch_class_entropy(line(list(range(60, 72)))) == pytest.approx(np.log2(12))


def test_pitch_class_entropy_counts_notes_and_not_their_length() -> None:
    assert musical.pitch_class_entropy(piece((0, 3, 60), (3, 1, 67), bars=1)) == 1


def test_a_scale_is_consistent_and_the_chromatic_one_is_seven_twelfths() -> None:
    assert musical.scale_consistency(line(list(C_MAJOR))) == 1
    assert musical.scale_consistency(line([pitch + 3 for pitch in C_MAJOR])) == 1
    assert musical.scale_consistency(line(list(range(60, 72)))) == pytest.approx(7 / 12)


def test_drums_have_no_pitch() -> None:
    score = line(list(C_MAJOR))
    drums = Track(Notes.of([Note(0, 10, 42, 80), Note(24, 10, 37, 80)]), is_drum=True)
    both = replace(score, tracks=(*score.tracks, drums))
    for figure in (musical.scale_consistency, musical.pitch_class_entropy, musical.polyphony):
        assert figure(both) == figure(score)


def test_music_that_leaves_for_a_distant_key_is_less_near_its_own() -> None:
    home = [60, 64, 67, 72, 71, 67, 65, 62] * 4
    away = [pitch + 6 for pitch in home]
    assert musical.key_nearness(line(home * 3)) == 1
    # windows of eight bars at bars 0, 4, 8, 12 and 16; those from bar 12 on are mostly a tritone away
    assert musical.key_nearness(line(home * 2 + away)) < 1
    assert np.isnan(musical.key_nearness(line(home[:28])))


def test_the_fifth_and_the_relative_are_near() -> None:
    c_major = 0
    assert musical._neighbours(c_major) == {0, 9 + 12, 0 + 12, 7, 5}
    assert musical._neighbours(9 + 12) == {9 + 12, 0, 9, 4 + 12, 2 + 12}


def test_density_polyphony_and_silence() -> None:
    score = piece((0, 2, 60), (0, 1, 64), (2, 1, 67), bars=2)
    assert musical.notes_per_beat(score) == 3 / 8
    assert musical.polyphony(score) == pytest.approx(4 / 3)  # four quarters of sound in three
    assert musical.silence(score) == pytest.approx(5 / 8)
    assert musical.longest_gap(score) == 5


def test_the_rest_before_an_upbeat_is_no_silence() -> None:
    assert musical.silence(piece((3, 5, 60), bars=2)) == 0
    assert musical.silence(piece((8, 4, 60), bars=3)) == 0.5  # but an empty second bar is


def test_entropies_of_rhythm() -> None:
    even = line(list(C_MAJOR))
    assert (musical.onset_entropy(even), musical.duration_entropy(even)) == (0, 0)
    dotted = piece((0, 1.5, 60), (1.5, 0.5, 62), (2, 1.5, 64), (3.5, 0.5, 65), (4, 4, 60), bars=2)
    assert musical.onset_entropy(dotted) == 1
    assert musical.duration_entropy(dotted) == pytest.approx(0.8 * np.log2(5 / 2) + 0.2 * np.log2(5))


def test_chords_do_not_change_the_entropy_of_onsets() -> None:
    assert musical.onset_entropy(piece((0, 1, 60), (0, 1, 64), (1, 1, 60), (2, 1, 60), bars=1)) == 0


def test_groove_counts_sixteenths_that_differ() -> None:
    assert musical.groove_consistency(line([60] * 8)) == 1
    score = piece((0, 1, 60), (2, 1, 60), (4, 1, 60), (7, 1, 60), bars=2)  # beats 1 3, then 1 4
    assert musical.groove_consistency(score) == 1 - 2 / 16
    jig = piece((0, 0.5, 60), (3, 0.5, 60), (3.5, 0.5, 60), bars=2, meter=(6, 8))
    assert musical.groove_consistency(jig) == 1 - 1 / 12


def test_endings() -> None:
    ends = line([60, 64, 67, 65, 64, 62, 71, 60])
    assert musical.ends_on_tonic(ends) == 1
    assert musical.ends_on_tonic(line([60, 64, 67, 60, 64, 62, 71, 67])) == 0
    assert musical.ends_long(ends) == 1
    assert musical.ends_long(piece((0, 1, 60), (1, 1, 62), (2, 0.5, 60), bars=1)) == 0


def test_a_chord_ends_on_its_lowest_note() -> None:
    score = piece((0, 1, 67), (1, 1, 60), (2, 1, 60), (2, 1, 64), (2, 1, 67), bars=1)
    assert musical.ends_on_tonic(score) == 1


def test_an_opening_ends_with_its_last_bar() -> None:
    score = musical.opening(piece((0, 1, 60), (3, 9, 62), (8, 1, 64), bars=3), 2)
    assert (score.bars, score.notes.end.tolist()) == (2, [24, 192])
    assert musical.opening(score, 99) == score


def test_a_tune_is_sound_and_silence_and_loops_are_degenerate() -> None:
    assert musical.measure(tune(1))["degenerate"] == 0
    assert musical.measure(line(walk(3, 8) * 8))["degenerate"] == 1
    assert musical.measure(piece((0, 1, 60), (24, 1, 64), bars=7))["degenerate"] == 1


def test_drums_alone_are_neither_silent_nor_stuck() -> None:
    strokes = Notes.of(Note(24 * i, 6, 36 + i % 3, 90) for i in range(128))
    figures = musical.measure(Score(24, (Track(strokes, is_drum=True),), end=96 * 32))
    assert np.isnan(figures["silence"])
    assert figures["longest_gap"] < 1
    assert figures["notes_per_beat"] == 1


def test_the_pitches_of_a_piece() -> None:
    assert musical.pitch_range(line([60, 72, 64])) == 12
    assert musical.pitch_classes(line([60, 72, 64])) == 2
    assert np.isnan(musical.pitch_range(piece(bars=1)))


def test_music_without_bars_has_no_figures_of_bars() -> None:
    with_bars, without = musical.measure(tune(1)), musical.measure(tune(1), barred=False)
    told = {name for name, value in without.items() if not np.isnan(value)}
    assert told == set(with_bars) - musical.NEED_BARS
    assert {"groove_consistency", "key_nearness", "bar_repeat", "entropy_in_4_bars"} <= musical.NEED_BARS


def test_the_sixteen_are_figures() -> None:
    assert len(set(musical.SIXTEEN) & set(musical.FIGURES)) == 16
