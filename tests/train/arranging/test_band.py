"""Accompaniments: each player does what the style says, over the chords of the tune."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from linnet.music.chord import Chord
from linnet.music.score import Score, Track
from linnet.music.theory import QUALITIES
from linnet_train.arranging import STYLES, Drummer, Tune, arrange
from linnet_train.arranging.bass import LOWEST, bass_line
from linnet_train.arranging.comping import comp, voicings
from linnet_train.arranging.drums import CRASH, Bar, Performance, like
from linnet_train.arranging.ground import Ground

C, F, G7, AM = Chord(0), Chord(5), Chord(7, "dominant seventh"), Chord(9, "minor")
STEADY: Bar = tuple(
    (tick, drum, 90)
    for tick in range(0, 96, 12)
    for drum in (42, *((36,) if tick % 48 == 0 else (38,) if tick % 24 == 0 else ()))
)
FILL: Bar = tuple((tick, 47, 90) for tick in range(0, 96, 6))


def tune(meter: str = "4/4") -> Tune:
    beats, beat = {"4/4": (4, 24), "3/4": (3, 24), "6/8": (2, 36)}[meter]
    chords = tuple(chord for chord in (C, AM, F, G7, C, F, G7, C) for _ in range(beats)) * 2
    notes = tuple((i * beat, beat, 60 + 4 * (i % 3)) for i in range(16 * beats))
    return Tune("tune", meter, notes, chords, 120)


def part(score: Score, name: str) -> Track:
    return next(track for track in score.tracks if track.name == name)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_plays_a_tune_and_ends_it_together(style: str) -> None:
    for seed in range(6):
        meter = STYLES[style].meters[seed % len(STYLES[style].meters)]
        piece = arrange(tune(meter), STYLES[style], Drummer(), Random(seed))
        signature = piece.time_signatures[0]
        assert f"{signature.numerator}/{signature.denominator}" == meter
        last = piece.bar_tick(piece.bars - 1)
        for track in (each for each in piece.tracks if each.name != "second"):  # which ends before
            assert int(track.notes.onset.max()) == last, track.name
            if not track.is_drum:
                assert int(track.notes.end.max()) == piece.end
        assert int(part(piece, "bass").notes.pitch[-1]) % 12 == 0
        assert {int(pitch) % 12 for pitch in part(piece, "chords").notes.pitch[-3:]} <= {0, 4, 7}


@pytest.mark.parametrize("style", STYLES)
def test_the_bass_is_low_and_begins_each_chord_with_its_root(style: str) -> None:
    for kind in STYLES[style].basses:
        rows = bass_line(kind, Ground((*[C] * 4, AM, AM, G7, G7), 24, 96), [[0, 36], [0, 60]])
        at = {onset: pitch for onset, _, pitch, _ in rows}
        assert (at[0] % 12, at[96] % 12, at[144] % 12) == (0, 9, 7)
        assert all(LOWEST <= pitch <= LOWEST + 24 for pitch in at.values())
        assert all(onset + length <= following for (onset, length, *_), (following, *_) in pairwise(rows))


def test_the_kicking_bass_strikes_with_the_bass_drum() -> None:
    rows = bass_line("kick", Ground((C,) * 8, 24, 96), [[0, 36, 60], [0, 48]])
    assert [row[0] for row in rows] == [0, 36, 60, 96, 144]


def test_an_inverted_chord_has_its_own_bass() -> None:
    assert bass_line("whole", Ground((Chord(0, "major", 4),) * 4, 24, 96), [[0]])[0][2] % 12 == 4


@pytest.mark.parametrize("style", STYLES)
def test_comping_plays_tones_of_the_chord_alone(style: str) -> None:
    for kind in STYLES[style].comping:
        rows = comp(kind, Ground((*[C] * 4, *[G7] * 4), 24, 96), Random(1))
        assert rows
        for onset, length, pitch, _ in rows:
            chord = C if onset < 96 else G7
            assert (pitch - chord.root) % 12 in QUALITIES[chord.quality]
            assert onset + length <= (96 if onset < 96 else 192)


def test_chords_move_little() -> None:
    found = voicings(Ground((*[C] * 4, *[F] * 4, *[G7] * 4), 24, 96).stretches)
    means = [sum(pitches) / len(pitches) for pitches in found]
    assert max(abs(a - b) for a, b in pairwise(means)) < 4


def test_a_drummer_repeats_a_bar_and_fills_at_the_end() -> None:
    drummer = Drummer()
    drummer.beats["rock"] = [Performance("rock", (STEADY,) * 5 + (FILL,))]
    drummer.fills["rock"] = [FILL]
    for seed in range(8):
        (bars, more), swing = drummer.play(["rock"], "4/4", [8, 4], Random(seed))
        assert swing == 0
        assert len(bars) == 8
        assert len(more) == 4
        assert all(bar == STEADY for bar in (*bars[:-1], *more[:-1]))
        assert bars[-1] in (STEADY, FILL)
    assert like(STEADY, STEADY) == 1
    assert like(STEADY, FILL) == 0


def test_a_swinging_drummer_makes_the_tune_swing() -> None:
    late: Bar = tuple((tick, 51, 90) for quarter in range(0, 96, 24) for tick in (quarter, quarter + 16))
    drummer = Drummer()
    drummer.beats["jazz"] = [Performance("jazz", (late,) * 6)]
    notes = tuple((i * 12, 12, 72) for i in range(16 * 8))
    straight = Tune("tune", "4/4", notes, (C,) * 64, 120)
    piece = arrange(straight, STYLES["swing"], drummer, Random(1))
    lead = part(piece, "lead").notes
    assert {int(onset) % 24 for onset in lead.onset} == {0, 16}


def test_a_crash_begins_what_follows_and_the_end() -> None:
    piece = arrange(tune(), STYLES["rock"], Drummer(), Random(3))
    drums = part(piece, "drums").notes
    assert piece.bar_tick(piece.bars - 1) in drums.onset[drums.pitch == CRASH]


def test_the_same_seed_is_the_same_piece() -> None:
    first, again, other = (arrange(tune(), STYLES["funk"], Drummer(), Random(seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other
