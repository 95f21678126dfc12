"""Rewards for keeping to a plan, and for voices that move well.

They earn 1 where nothing was planned, and where there are no two voices.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_rows import beat_ticks, chord_of
from linnet.controls.wishes import INDEX
from linnet.music.score import Notes, Score, Track
from linnet.tokens import features
from linnet_train.tuning.played import Bars, Played

_CADENCE, _LEFT = INDEX["cadence"], INDEX["phrase_left"]

WIDEST_LEAP = 12
"""Semitones that a voice may leap."""

WIDEST_GAP = 12
"""Semitones between neighbouring voices but the lowest two."""

FIFTH, OCTAVE = 7, 0
"""Semitones, modulo 12."""


def plan_chords(piece: Played) -> float | Bars:
    """Share of the notes struck on beats that belong to the chord that is planned there."""
    score, rows = piece.score, piece.plan
    notes, starts = score.pitched_notes, [*score.bar_ticks().tolist(), score.end]
    ticks, right = list[int](), list[bool]()
    beat = beat_ticks(score.time_signatures[-1], score.ticks_per_beat)
    for row, (begin, stop) in zip(rows, pairwise(starts), strict=False):
        cells = row[features.CHORDS][: -(-(stop - begin) // beat)].tolist()
        for place, cell in enumerate(cells):
            chord = chord_of(cell, piece.shift) if cell else None
            if chord is not None:
                struck = notes.pitch[notes.onset == begin + place * beat] % 12
                ticks += [begin] * len(struck)
                right += [int(each) in chord.pitch_classes for each in struck]
    if not ticks:
        return 1.0
    return piece.by_bar(np.array(ticks), np.array(right) / len(right))


def plan_bass(piece: Played) -> float | Bars:
    """Share of the bars with a chord on the first beat in which the lowest note there is its root."""
    score = piece.score
    notes, starts = score.pitched_notes, score.bar_ticks().tolist()
    ticks, right = list[int](), list[bool]()
    for row, begin in zip(piece.plan, starts, strict=False):
        cell = int(row[features.CHORDS.start])
        chord = chord_of(cell, piece.shift) if cell else None
        struck = notes.pitch[(notes.onset <= begin) & (notes.end > begin)]
        if chord is not None and len(struck):
            ticks.append(begin)
            right.append(int(struck.min()) % 12 == chord.root)
    if not ticks:
        return 1.0
    return piece.by_bar(np.array(ticks), np.array(right) / len(right))


def plan_cadences(piece: Played) -> float | Bars:
    """Share of the planned ends of phrases that are heard as the cadence that was planned."""
    planned, heard = piece.plan, piece.heard[: len(piece.plan)]
    ends = np.flatnonzero((planned[: len(heard), _LEFT] == 1) & (planned[: len(heard), _CADENCE] > 0))
    if not len(ends):
        return 1.0
    right = planned[ends, _CADENCE] == heard[ends, _CADENCE]
    return piece.by_bar(piece.score.bar_ticks()[ends], right / len(ends))


def voice_leading(piece: Played) -> float | Bars:
    """Share of the moves from one chord to the next without a fault: no parallel fifths or octaves, no voice
    that leaps by more than an octave, that crosses its neighbour or is farther than an octave above it (the
    lowest two may be apart). Voices are the tracks from the highest on average down.
    """
    voices = _voices(piece.score)
    if len(voices) < 2:
        return 1.0
    ticks = np.unique(np.concatenate([voice.onset for voice in voices]))
    pitch = np.stack([_at(voice, ticks) for voice in voices])  # (voices, onsets), -1 for rests
    sounds = pitch >= 0
    move = np.diff(pitch, axis=1)
    known = sounds[:, 1:] & sounds[:, :-1]
    fault: NDArray[np.bool_] = np.any(known & (np.abs(move) > WIDEST_LEAP), axis=0)
    for upper in range(len(voices)):
        for lower in range(upper + 1, len(voices)):
            both = known[upper] & known[lower] & (move[upper] != 0) & (move[lower] != 0)
            same_way = both & (np.sign(move[upper]) == np.sign(move[lower]))
            apart = pitch[upper] - pitch[lower]
            for interval in (FIFTH, OCTAVE):
                stays = (apart[1:] % 12 == interval) & (apart[:-1] % 12 == interval)
                fault |= same_way & stays
            if lower == upper + 1:
                there = sounds[upper, 1:] & sounds[lower, 1:]
                fault |= there & (apart[1:] < 0)
                if lower < len(voices) - 1:
                    fault |= there & (apart[1:] > WIDEST_GAP)
    moves = known.any(axis=0)
    if not moves.any():
        return 1.0
    clean = ~fault[moves]
    return piece.by_bar(ticks[1:][moves], clean / len(clean))


def _voices(score: Score) -> list[Notes]:
    tracks: list[Track] = [track for track in score.tracks if not track.is_drum and len(track.notes)]
    tracks.sort(key=lambda track: -float(track.notes.pitch.mean()))
    return [track.notes for track in tracks]


def _at(voice: Notes, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pitch that sounds at each tick, of several the one that was struck last; -1 for none."""
    order = np.lexsort((voice.pitch, voice.onset))
    onset, end, pitch = voice.onset[order], voice.end[order], voice.pitch[order].astype(np.int64)
    last = np.searchsorted(onset, ticks, "right") - 1
    return np.where((last >= 0) & (end[last] > ticks), pitch[last], -1)
