"""The tempo of somebody who plays: by when the notes begin, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence

from linnet.tools.lazy import np

__all__ = ["Follower", "pulse"]

SLOWEST, FASTEST = 50.0, 200.0
"""Quarter notes a minute that are believed."""

_USUAL, _WIDE, _NARROW = 108.0, 0.8, 0.3
"""What is likely when nothing is known, and octaves from there, or from what was before, that are as well."""

_SHARES = ((1, 1.0), (2, 1.0), (4, 0.4))
"""Parts of a beat on which notes begin, and how much each speaks for it."""

_FEWEST = 3
"""Moments on which notes begin."""

_TOGETHER = 0.05
"""Seconds: notes that begin so near to each other are a chord."""

_BAR_SHARE = 0.5
"""How much notes on bar lines, or in the middle of bars, speak for a beat."""

_EMPTY = 0.5
"""How much beats on which nothing begins speak against it."""


def pulse(
    onsets: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    bar: float = 4.0,
    near: float | None = None,
) -> tuple[float, float] | None:
    """The length of a beat and a moment when one begins, in seconds; None for next to nothing.

    The beat is the one into whose halves and quarters most onsets fall (the Fourier transform of the onsets:
    Grosche and Müller, "Extracting predominant local pulse information", 2011), near a usual tempo; which of
    its halves it is, say the onset that came first and the ones that are strong and long.

    Args:
        onsets: in seconds, (notes,).
        weights: how strong each is; 1 unless given.
        bar: beats of a bar.
        near: quarter notes a minute that it was before.
    """
    times = np.asarray(onsets, np.float64)
    loud = np.ones(len(times)) if weights is None else np.asarray(weights, np.float64)
    order = np.argsort(times)
    times, loud = times[order], loud[order]
    first = np.diff(times, prepend=-np.inf) > _TOGETHER
    times, loud = times[first], np.bincount(np.cumsum(first) - 1, loud).astype(np.float64)
    if len(times) < _FEWEST or np.ptp(times) < 120 / FASTEST:
        return None
    loud = loud / loud.sum()
    bpm = np.exp(np.linspace(math.log(SLOWEST), math.log(FASTEST), 700))
    since = times - times[0]
    fit = np.zeros(len(bpm))
    for parts, share in (*_SHARES, (1 / bar, _BAR_SHARE), (2 / bar, _BAR_SHARE)):
        turns = np.exp(2j * np.pi * parts * np.outer(bpm / 60, since))
        fit += share * np.abs(turns @ loud)
    filled = np.minimum(1, len(times) / (np.ptp(times) * bpm / 60 + 1))
    fit *= 1 - _EMPTY * (1 - filled)
    centre, width = (_USUAL, _WIDE) if near is None else (near, _NARROW)
    fit *= np.exp(-0.5 * (np.log2(bpm / centre) / width) ** 2)
    period = 60 / bpm[int(np.argmax(fit))]
    # Straight through the onsets, each at its nearest half or quarter of a beat.
    for parts in (2, 4):
        angle = np.angle(np.sum(loud * np.exp(2j * np.pi * parts * since / period)))
        phase = angle * period / (2 * np.pi * parts)
        place = np.round((since - phase) / period * parts) / parts
        if np.ptp(place) >= 1:
            slope, start = np.polyfit(place, since, 1, w=np.sqrt(loud))
            if abs(slope / period - 1) < 0.06:
                period, phase = float(slope), float(start)
    longer = loud * np.minimum(np.append(np.diff(since), period), period)
    longer[0] += longer.max()

    def on_it(start: float) -> float:
        away = (since - start) / period
        return float((longer * np.cos(2 * np.pi * away)).sum())

    best = max((phase + half * period / 4 for half in range(4)), key=on_it)
    return period, float(times[0] + best)


class Follower:
    """Keeps to the beats of a player, onset by onset, once the tempo is known."""

    def __init__(self, most: int = 24, *, reach: float = 0.12) -> None:
        """By so many onsets; one that is farther than `reach` beats from where it could be says nothing."""
        self._most, self._reach = most, reach
        self._pairs: list[tuple[float, float]] = []
        """Moments, and the beats on which the notes were meant."""

    def forget(self) -> None:
        """What was played until now says nothing any more."""
        self._pairs.clear()

    def heard(self, seconds: float, beat: float, bpm: float) -> tuple[float, float] | None:
        """The beat that it was at this onset, and the tempo; None where it says nothing of either.

        Args:
            seconds: when it began.
            beat: which beat that was thought to be.
            bpm: the tempo until now.
        """
        meant = min((round(beat * parts) / parts for parts in (2, 4, 3)), key=lambda each: abs(each - beat))
        if abs(beat - round(beat * 2) / 2) <= self._reach:
            meant = round(beat * 2) / 2
        off = meant - beat
        if abs(off) > self._reach:
            return None
        self._pairs = [*self._pairs[1 - self._most :], (seconds, meant)]
        moved = beat + 0.25 * off
        times, beats = np.array(self._pairs).T
        if len(times) < 6 or np.ptp(beats) < 2:
            return moved, bpm
        recent = 0.9 ** np.arange(len(times))[::-1]
        slope = float(np.polyfit(times - times[-1], beats, 1, w=np.sqrt(recent))[0]) * 60
        if not 0.8 < slope / bpm < 1.25 or not SLOWEST <= slope <= FASTEST:
            return moved, bpm
        return moved, bpm + 0.3 * (slope - bpm)
