"""How voices and hands move beside each other.

All are figures of one piece; NaN where it has another number of parts.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Notes, Score
from linnet_train.evaluation.musician.reading import full_bars, mean, pitched_parts, within

FEWEST = 4
"""A track with no more notes is no voice."""

FIFTH, OCTAVE = 7, 0
"""Semitones, modulo 12."""

MIDDLE = 48
"""C3: what lies below is the bass of a piano."""


def parallels(score: Score, interval: int) -> float:
    """Parallel fifths (7) or octaves and unisons (0), in 100 moves.

    Four voices; the chord at every onset. Of the pairs of voices that both move from one chord to the next,
    those that move the same way from the interval to itself, modulo 12.
    """
    parts = four_voices(score)
    if not parts:
        return np.nan
    chords = _sounding(parts)  # (voices, onsets)
    moves = found = 0
    for upper, lower in combinations(chords, 2):
        known = (upper[:-1] >= 0) & (upper[1:] >= 0) & (lower[:-1] >= 0) & (lower[1:] >= 0)
        up, down = np.diff(upper), np.diff(lower)
        both = known & (up != 0) & (down != 0)
        apart = (upper - lower) % 12
        moves += int(both.sum())
        same_way = both & (np.sign(up) == np.sign(down))
        found += int((same_way & (apart[:-1] == interval) & (apart[1:] == interval)).sum())
    return 100 * found / moves if moves else np.nan


def strike_together(score: Score) -> float:
    """Of four voices: share of onsets at which all of them begin a note."""
    parts = four_voices(score)
    if not parts:
        return np.nan
    begun = np.concatenate([np.unique(part.onset) for part in parts])
    return mean(np.unique(begun, return_counts=True)[1] == len(parts))


def hands_crossed(score: Score) -> float:
    """Of two hands: share of the bars that both play in which the upper one lies lower.

    The upper hand is the track that is higher over the piece; in each bar mean pitches count.
    """
    parts = pitched_parts(score)
    if len(parts) != 2 or len(parts) != sum(not track.is_drum for track in score.tracks):
        return np.nan
    both = [tuple(within(part, bar).pitch for part in parts) for bar in full_bars(score)]
    return mean([upper.mean() < lower.mean() for upper, lower in both if len(upper) and len(lower)])


def bars_below_c3(score: Score) -> float:
    """Share of bars in which a note below C3 (pitch 48) begins."""
    notes = score.pitched_notes
    if not len(notes):
        return np.nan
    return mean([bool((within(notes, bar).pitch < MIDDLE).any()) for bar in full_bars(score)])


def four_voices(score: Score) -> list[Notes]:
    """Soprano, alto, tenor and bass: the four tracks with more than FEWEST notes, by mean pitch; none
    where there are more or fewer.
    """
    parts = pitched_parts(score, more_than=FEWEST)
    return parts if len(parts) == 4 else []


def _sounding(parts: list[Notes]) -> NDArray[np.int64]:
    """The pitch that sounds in each part at every onset of any; -1 for a rest. (parts, onsets)"""
    onsets = np.unique(np.concatenate([part.onset for part in parts]))
    rows = []
    for part in parts:
        latest = np.searchsorted(part.onset, onsets, "right") - 1
        # notes are in order of onset, then pitch: of a chord that is the highest
        held = (latest >= 0) & (part.end[latest] > onsets)
        rows.append(np.where(held, part.pitch[latest].astype(np.int64), -1))
    return np.array(rows)
