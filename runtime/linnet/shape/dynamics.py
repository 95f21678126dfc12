"""Velocities in phrases."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.shape._parts import check_strength, each_track, nearest
from linnet.shape.metre import place
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Ints

__all__ = ["smooth"]

MOST_BARS = 4
"""Music without a rest breathes this often."""

ARCH = 16
"""Steps of velocity from the ends of a phrase up to its middle."""


def smooth(score: Score, *, strength: float = 1.0) -> Score:
    """Velocities that rise and fall with the phrase instead of jumping from note to note.

    A phrase ends at a rest of a beat, or after four bars. In it each moment goes to the mean of the moments
    up to a beat away, on an arch that is loudest half way (after the rule "phrase arch" of Friberg, "Matching
    the rule parameters of PHRASE ARCH to performances of Träumerei", 1995). Notes struck together keep their
    balance; drums keep their accents.
    """
    check_strength(strength)
    if not strength:
        return score
    return each_track(score, lambda notes: _phrased(score, notes, strength), drums=False)


def _phrased(score: Score, notes: Notes, strength: float) -> Notes:
    moments, first, of_note, count = np.unique(
        notes.onset, return_index=True, return_inverse=True, return_counts=True
    )
    loudness = np.add.reduceat(notes.velocity.astype(np.float64), first) / count
    sums = np.append(0.0, np.cumsum(loudness))
    wanted = loudness.copy()
    for a, b in pairwise(_bounds(score, notes, moments, first)):
        span = moments[a:b]
        low = np.searchsorted(span, span - score.ticks_per_beat) + a
        high = np.searchsorted(span, span + score.ticks_per_beat, "right") + a
        along = (span - span[0]) / max(int(span[-1] - span[0]), 1)
        arch = 4 * along * (1 - along)
        middle = np.cumsum(arch)[-1] / len(arch)  # one after the other, as on every CPU
        wanted[a:b] = (sums[high] - sums[low]) / (high - low) + ARCH * (arch - middle)
    change = nearest(strength * (wanted - loudness))
    velocity = np.clip(notes.velocity + change[of_note], 1, 127)
    return Notes(notes.onset, notes.duration, notes.pitch, velocity)


def _bounds(score: Score, notes: Notes, moments: Ints, first: Ints) -> list[int]:
    """The moments with which phrases begin, and the number of all."""
    bar = place(score, moments)
    starts, lengths = bar.start.tolist(), (bar.stop - bar.start).tolist()
    silent_from = np.maximum.accumulate(notes.end)[first[1:] - 1]
    rests = [False, *(moments[1:] - silent_from >= score.ticks_per_beat).tolist()]
    bounds, stop = [0], starts[0] + MOST_BARS * lengths[0]
    for i, (start, length, rest) in enumerate(zip(starts, lengths, rests, strict=True)):
        if rest or start >= stop:
            bounds.append(i)
            stop = start + MOST_BARS * length
    return [*bounds, len(starts)]
