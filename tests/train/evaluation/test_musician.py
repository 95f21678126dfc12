"""What a musician asks of a piece: known values on pieces made by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet_train.evaluation.musician import cadence, dynamics, motifs, reading, roles, voices
from tests.train.small_pieces import QUARTER, chorale, drums, line, parts, piece

C, F, G, G7 = (72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (71, 65, 62, 55)
"""Chords of four voices in C major, bass last."""

EMPTY = Score(QUARTER, end=16 * 4 * QUARTER)
BEAT = drums(*((i, 36) for i in range(64)), bars=16)


# What is read off the page


def test_the_top_line_is_the_highest_note_at_each_onset() -> None:
    score = piece((0, 4, 60), (0, 1, 67), (1, 1, 64), (1, 1, 72), bars=1)
    assert reading.top_line(score).pitch.tolist() == [67, 72]


def test_full_bars_begin_after_an_upbeat() -> None:
    whole = line([60] * 12)
    assert reading.full_bars(whole) == [(0, 96), (96, 192), (192, 288)]
    late = piece((2, 2, 60), (4, 4, 60), bars=2)
    assert reading.full_bars(late) == [(96, 192)]
    early = piece((1, 3, 60), (4, 4, 60), bars=2)
    assert len(reading.full_bars(early)) == 2
    short = replace(whole, time_signatures=(TimeSignature(0, 4, 4), TimeSignature(24, 4, 4)))
    assert reading.full_bars(short)[0] == (24, 120)


@pytest.mark.parametrize(
    ("pitches", "heard"),
    [
        ((60, 64, 67), (0, "major")),
        ((57, 60, 64), (9, "minor")),
        ((59, 62, 65), (11, "diminished")),
        ((55, 59, 62, 65), (7, "seventh")),
        ((64, 67, 72), (0, "major")),  # whatever lies lowest
    ],
)
def test_the_chord_of_a_stretch_is_the_one_that_covers_most(
    pitches: tuple[int, ...], heard: reading.Chord
) -> None:
    notes = piece(*((0, 4, pitch) for pitch in pitches), bars=1).notes
    assert reading.chord(notes, (0, 96)) == heard


def test_a_chord_is_of_what_sounds_in_its_stretch() -> None:
    notes = piece((0, 4, 60), (0, 4, 64), (0, 4, 67), (4, 4, 65), (4, 4, 69), (4, 4, 72), bars=3).notes
    assert [reading.chord(notes, bar) for bar in ((0, 96), (96, 192), (192, 288))] == [
        (0, "major"),
        (5, "major"),
        None,
    ]


# Where phrases go


def test_a_phrase_rests_on_the_tonic_by_its_longest_note() -> None:
    home = [(28.0, 3, 72), (31, 1, 67)]  # bar 8: a long tonic and a short dominant
    rest = [(4.0 * bar, 4, 64) for bar in range(7)]
    assert cadence.rests_on_tonic(piece(*rest, *home, (32, 4, 60), bars=9), 8) == 1
    away = [(28.0, 2, 72), (30, 2, 67)]  # of equals the last
    assert cadence.rests_on_tonic(piece(*rest, *away, (32, 4, 60), bars=9), 8) == 0
    assert np.isnan(cadence.rests_on_tonic(piece(*rest, *home, bars=8), 8)), "the last bar always does"
    assert np.isnan(cadence.rests_on_tonic(piece(*rest, (32, 4, 60), bars=9), 8)), "nothing begins there"


@pytest.mark.parametrize(
    ("chords", "falls"),
    [
        ((C, F, G, C), 1),  # 5-1
        ((C, G, F, C), 1),  # 4-1
        ((C, F, G, C, C), 1),  # struck again
        ((C, F, C, G), 0),
        ((C, G, (72, 69, 65, 50), C), 0),  # 2-1
    ],
)
def test_the_bass_falls_to_the_tonic(chords: tuple[tuple[int, ...], ...], falls: float) -> None:
    assert cadence.bass_falls_to_tonic(chorale(C, C, *chords)) == falls


def test_chords_of_half_bars_change_and_fall() -> None:
    score = chorale(C, C, G, C, beats=2)  # two bars
    assert cadence.chord_changes(score) == pytest.approx(2 / 3)
    assert cadence.roots_falling_a_fifth(score) == 1 / 2  # C to G rises one
    assert cadence.dominant_to_tonic(score) == 8 * 1 / 2


def test_a_cadence_closes_four_bars() -> None:
    closes, half, drifts = (F, F, C, C, F, F, G7, C), (C, C, C, C, C, C, F, G), (C, C, C, C, C, C, C, F)
    assert cadence.cadences(chorale(*closes, beats=2)) == 1
    assert cadence.cadences(chorale(*half, beats=2)) == 1
    plain = chorale(*drifts, *closes[:6], C, C, beats=2)
    assert cadence.phrase_ends(plain)[1] == ((7 * 96, 8 * 96), False)
    assert np.isnan(cadence.cadences(chorale(C, G, C, beats=2))), "shorter than a phrase"


# Voices and hands


def test_parallels_are_counted_in_moves() -> None:
    up = [(67, 64, 60, 48), (69, 65, 62, 50), (71, 67, 64, 52)]
    score = chorale(*up, *up)
    fifths, octaves = voices.parallels(score, voices.FIFTH), voices.parallels(score, voices.OCTAVE)
    # all voices move five times, which is thirty moves of pairs; the soprano is a fifth above tenor and bass,
    # the tenor an octave above the bass, and the alto's thirds are now major, now minor
    assert fifths == pytest.approx(100 * 10 / 30)
    assert octaves == pytest.approx(100 * 5 / 30)


def test_contrary_and_held_voices_make_no_parallels() -> None:
    contrary = [(67, 64, 60, 48), (79, 64, 60, 41)] * 4
    assert voices.parallels(chorale(*contrary), voices.FIFTH) == 0
    held = [(67, 64, 60, 48)] * 6
    assert np.isnan(voices.parallels(chorale(*held), voices.OCTAVE)), "nothing moves"


def test_voices_strike_together() -> None:
    assert voices.strike_together(chorale(*[C] * 8)) == 1
    bass = [(float(i), 1, 48) for i in range(8)]
    above = [[(2.0 * i, 2, pitch) for i in range(5)] for pitch in (72, 67, 64)]
    assert voices.strike_together(parts(*above, [*bass, (8, 1, 48)], bars=3)) == 5 / 9
    assert np.isnan(voices.strike_together(line([60] * 20)))


def test_hands_cross_in_the_bars_in_which_the_upper_lies_lower() -> None:
    right = [(0.0, 4, 72), (4, 4, 40), (8, 4, 72), (12, 4, 72)]
    left = [(0.0, 4, 48), (4, 4, 50), (8, 4, 48)]
    assert voices.hands_crossed(parts(right, left, bars=4)) == 1 / 3
    assert np.isnan(voices.hands_crossed(line([60] * 8)))


def test_bars_below_c3() -> None:
    assert voices.bars_below_c3(piece((0, 4, 47), (4, 4, 48), (8, 4, 60), (8, 4, 30), bars=4)) == 0.5


# Roles


def test_the_pitch_of_the_bass_is_that_of_bass_programs() -> None:
    tracks = [(0.0, 4, 72)], [(0.0, 4, 33), (4, 4, 35)]
    assert roles.bass_pitch(parts(*tracks, bars=2, programs=(0, 33))) == 34
    assert np.isnan(roles.bass_pitch(parts(*tracks, bars=2)))


def test_the_lowest_track_plays_roots_at_bar_lines() -> None:
    above = [(4.0 * bar, 4, pitch) for bar in range(4) for pitch in (60, 64, 67)]
    bass = [(0.0, 4, 36), (4.3, 3, 36), (8, 4, 43), (13, 2, 36)]  # root, near enough, fifth, too late
    assert roles.lowest_on_root(parts(above, bass, bars=4)) == pytest.approx(2 / 3)


def test_notes_outside_of_the_chord() -> None:
    triad = [(0.0, 4, pitch) for pitch in (60, 64, 67)]
    assert roles.in_the_chord(parts(triad, [(0, 4, 36)], bars=1)) == 1
    assert roles.in_the_chord(parts(triad, [(0, 4, 42)], bars=1)) == 3 / 4


# Material and loudness


def test_the_second_half_is_higher() -> None:
    assert motifs.second_half_higher(line([60] * 32 + [65] * 32)) == 5


def test_an_end_that_was_heard_before_is_not_new() -> None:
    bars = [[60 + i, 62, 64, 65] for i in range(8)]
    assert motifs.new_at_the_end(line([pitch for bar in bars * 2 for pitch in bar])) == 0
    fresh = [[72 + i, 62, 64, 65] for i in range(8)]
    assert motifs.new_at_the_end(line([pitch for bar in bars + fresh for pitch in bar])) == 1
    assert np.isnan(motifs.new_at_the_end(line([60] * 12)))


def test_the_opening_returns() -> None:
    opening = [pitch for i in range(8) for pitch in (60 + i, 62, 64, 65)]
    other = [pitch for i in range(8) for pitch in (80 + i, 82, 84, 85)]
    assert motifs.opening_returns(line(opening + other + opening)) == 1
    assert motifs.opening_returns(line(opening + other)) == 0
    half = [pitch if place % 2 else 90 for place, pitch in enumerate(opening)]
    assert motifs.opening_returns(line(opening + half)) == pytest.approx(2 / 6)


def test_motifs_of_the_primer_come_back_in_any_key() -> None:
    primer = line([60, 62, 64, 65])
    assert motifs.motifs_of_the_primer(primer, primer.transpose(5)) == 1
    assert motifs.motifs_of_the_primer(primer, line([60, 62, 64, 65], step=0.5)) == 0
    assert motifs.motifs_of_the_primer(primer, line([67, 69, 71, 72, 60])) == 1 / 2
    assert motifs.motifs_of_the_primer(primer, primer.resample(480)) == 1
    assert np.isnan(motifs.motifs_of_the_primer(primer, line([60, 62, 64])))


def test_the_key_after_a_primer() -> None:
    scale = line([60, 62, 64, 65, 67, 69, 71, 72, 60, 64, 67, 60])
    assert motifs.same_key(scale, scale) == 1
    assert motifs.same_key(scale, scale.transpose(6)) == 0
    assert np.isnan(motifs.same_key(scale, EMPTY))


def test_loudness_from_bar_to_bar() -> None:
    def bar(number: int, velocity: int) -> list[Note]:
        return [Note(96 * number + 24 * i, 24, 60, velocity) for i in range(4)]

    notes = Notes.of(bar(0, 60) + bar(1, 80) + bar(3, 100))  # a bar of rest between
    score = Score(QUARTER, (Track(notes),), end=4 * 96)
    assert dynamics.velocity_between_bars(score) == pytest.approx(np.std([60, 80, 100]))
    assert np.isnan(dynamics.velocity_between_bars(line([60] * 4)))


def test_parts_play_and_enter_after_rests() -> None:
    held = [(0, 4, 60), (4, 4, 62), (8, 4, 64), (12, 4, 65)]
    score = parts(held, [(0, 2, 72), (4, 6, 74)], bars=4)

    assert roles.parts_playing(score) == 7 / 8
    assert math.isnan(roles.parts_entering(parts(held, bars=4)))
    assert roles.parts_entering(parts(held, [(4, 1, 72), (12, 1, 72)], bars=4)) == 1
    assert roles.parts_entering(parts(held, [(12, 1, 72)], bars=4)) == 1 / 3
