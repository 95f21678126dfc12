"""What a piece has in common with a collection, note for note but in any key."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Score
from linnet_train.corpus.duplicates import GRID, skyline

LONGEST_STEP = 8 * GRID
"""Times between two notes count up to two whole notes."""

SHORTEST = 8
"""Notes; shorter runs are everybody's and are not looked for."""

FACTOR = np.uint64(0x9E3779B97F4A7C15)

Integers = NDArray[np.int64]


class Copies:
    """Finds runs of notes that a collection holds too.

    A piece is read as its skyline: interval and time from each highest note to the next.
    """

    def __init__(self, scores: Iterable[Score]) -> None:
        """Remembers a collection; a million notes take about a second and 25 MB."""
        parts = [np.zeros(0, np.int64)]
        for i, score in enumerate(scores):
            parts += (
                _steps(score),
                np.array([-1 - i]),
            )  # found nowhere else: no run crosses into the next piece
        self._steps = np.concatenate(parts)
        hashes = _hashes(self._steps)
        self._places = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._places]

    def runs(self, score: Score) -> Integers:
        """Notes in the longest run from each highest note on that the collection holds; 0 below SHORTEST.

        (highest notes)
        """
        steps = _steps(score)
        found = np.zeros(len(steps) + 1, np.int64)
        hashes = _hashes(steps)
        first, last = (np.searchsorted(self._hashes, hashes, side) for side in ("left", "right"))
        counts = last - first
        here = np.repeat(np.arange(len(hashes)), counts)
        rank = np.arange(len(here)) - np.repeat(np.cumsum(counts) - counts, counts)
        there = self._places[np.repeat(first, counts) + rank]
        steps, known = (
            np.append(steps, np.iinfo(np.int64).max),
            np.append(self._steps, 0),
        )  # ends match nothing
        length = SHORTEST - 1
        while len(here):
            found[here] = length + 1
            same = steps[here + length] == known[there + length]
            here, there, length = here[same], there[same], length + 1
        return found

    def share(self, score: Score, run: int = 12) -> float:
        """Share of the highest notes that are part of a run of at least so many notes (8 or more)."""
        runs = self.runs(score)
        change = np.zeros(len(runs) + 1, np.int64)
        begins = np.flatnonzero(runs >= run)
        np.add.at(change, begins, 1)
        np.add.at(change, begins + runs[begins], -1)
        return float(np.mean(np.cumsum(change)[:-1] > 0))

    def longest(self, score: Score) -> int:
        """Notes in the longest run that the collection holds too; 0 below SHORTEST."""
        return int(self.runs(score).max())


def _steps(score: Score) -> Integers:
    onset, pitch = skyline(score)
    steps: Integers = np.diff(pitch) + 128 + 256 * np.minimum(np.diff(onset), LONGEST_STEP)
    return steps


def _hashes(steps: Integers) -> NDArray[np.uint64]:
    """A 64-bit hash of the shortest run from each place on, where one fits."""
    count = max(len(steps) - (SHORTEST - 1) + 1, 0)
    hashes = np.zeros(count, np.uint64)
    for i in range(SHORTEST - 1):
        hashes = (hashes ^ steps[i : i + count].astype(np.uint64)) * FACTOR
        hashes ^= hashes >> np.uint64(32)
    return hashes
