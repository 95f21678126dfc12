"""Where phrases go: rests on the tonic, cadences, chords in motion.

All are figures of one piece; NaN where it is too short to tell or has nothing pitched.
"""

from itertools import groupby, pairwise

import numpy as np

from linnet.music.score import Notes, Score
from linnet_train.evaluation.musician.reading import (
    Bar,
    changes,
    chords,
    full_bars,
    half_bars,
    lowest_part,
    mean,
    tonic,
    top_line,
    within,
)

FIFTH, FOURTH = 7, 5
"""Semitones."""

PHRASE = 4
"""Bars at whose end a cadence is looked for."""


def rests_on_tonic(score: Score, bar: int) -> float:
    """Whether a phrase that ends in this full bar (from 1) rests on the tonic: 1 or 0.

    The longest note of the top line that begins in it (of equals the last) has the pitch class of the piece's
    last. NaN where it is the last bar, where nothing begins, or without such a bar.
    """
    bars, line = full_bars(score), top_line(score)
    if len(bars) <= bar:
        return np.nan
    notes = within(line, bars[bar - 1])
    if not len(notes):
        return np.nan
    longest = np.flatnonzero(notes.duration == notes.duration.max())[-1]
    return float(notes.pitch[longest] % 12 == line.pitch[-1] % 12)


def bass_falls_to_tonic(score: Score) -> float:
    """Whether the bass ends 5-1 or 4-1: 1 or 0.

    The last note of the lowest part is the tonic of the key found, and the note before it that is another
    lies a fifth or a fourth above, modulo the octave.
    """
    bass, home = _pitch_classes(lowest_part(score)), tonic(score)
    if len(bass) < 2 or home is None:
        return np.nan
    return float(bass[-1] == home and (bass[-2] - bass[-1]) % 12 in (FIFTH, FOURTH))


def chord_changes(score: Score) -> float:
    """Share of half bars whose chord is another than that of the half bar before."""
    labels = chords(score, half_bars(full_bars(score)))
    return mean([a != b for a, b in pairwise(labels)])


def roots_falling_a_fifth(score: Score) -> float:
    """Of the changes between chords of half bars, the share in which the root falls a fifth."""
    heard = changes(chords(score, half_bars(full_bars(score))))
    return mean([(a - b) % 12 == FIFTH for (a, _), (b, _) in pairwise(heard)])


def cadences(score: Score) -> float:
    """Share of phrases of four full bars that end with a cadence.

    In their last two bars the last two different chords of half bars fall a fifth, or the last is on the
    dominant of the key found.
    """
    return mean([closes for _, closes in phrase_ends(score)])


def phrase_ends(score: Score) -> list[tuple[Bar, bool]]:
    """The last bar of each four full bars, and whether there is a cadence."""
    bars, home = full_bars(score), tonic(score)
    found = []
    for end in range(PHRASE, len(bars) + 1, PHRASE):
        heard = changes(chords(score, half_bars(bars[end - 2 : end])))
        if heard and home is not None:
            falls = len(heard) > 1 and (heard[-2][0] - heard[-1][0]) % 12 == FIFTH
            found.append((bars[end - 1], falls or (heard[-1][0] - home) % 12 == FIFTH))
    return found


def dominant_to_tonic(score: Score) -> float:
    """How often in 8 bars a half bar on the dominant of the key found is followed by one on its tonic."""
    bars, home = full_bars(score), tonic(score)
    if home is None:
        return np.nan
    roots = [(root - home) % 12 for root, _ in chords(score, half_bars(bars))]
    return 8 * sum(pair == (FIFTH, 0) for pair in pairwise(roots)) / len(bars)


def _pitch_classes(part: Notes) -> list[int]:
    """In order, each that is another than the one before."""
    return [pitch_class for pitch_class, _ in groupby((part.pitch % 12).tolist())]
