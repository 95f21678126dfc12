"""How much the bars of a piece have in common: what its form looks like from the notes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet._core import in_common
from linnet.music.score import Notes, Score
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Bar", "Places", "bar_contents", "distance", "likeness", "struck"]

Bar = frozenset[tuple[int, int]]
"""What begins in a bar: (sixteenth, pitch), drums from pitch 128 up."""


def struck(score: Score) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Onsets in ticks and pitches (drums from 128 up) of all notes, in order of onset, then pitch."""
    onset = np.concatenate([np.zeros(0, np.int64), *(track.notes.onset for track in score.tracks)])
    pitches = (track.notes.pitch.astype(np.int64) + 128 * track.is_drum for track in score.tracks)
    pitch = np.concatenate([np.zeros(0, np.int64), *pitches])
    order = np.lexsort((pitch, onset))
    return onset[order], pitch[order]


def bar_contents(score: Score) -> list[Bar]:
    """What begins in each bar. (bars)"""
    onset, pitch = struck(score)
    starts = score.bar_ticks()
    bar = np.searchsorted(starts, onset, "right") - 1
    position = (onset - starts[bar]) * 4 // score.ticks_per_beat
    bars: list[set[tuple[int, int]]] = [set() for _ in starts]
    for i, note in zip(bar.tolist(), zip(position.tolist(), pitch.tolist(), strict=True), strict=True):
        bars[i].add(note)
    return [frozenset(bar) for bar in bars]


def likeness(bars: Sequence[Bar]) -> NDArray[np.float64]:
    """Notes that each two bars share, of all that either holds (Jaccard index): 1 for the same, 0 for bars
    with nothing in common, and between empty ones. (bars, bars)
    """
    column = {note: i for i, note in enumerate({note: None for bar in bars for note in bar})}
    holds = np.zeros((len(bars), len(column)), np.float32)
    for row, bar in enumerate(bars):
        holds[row, [column[note] for note in bar]] = 1
    shared = (holds @ holds.T).astype(np.float64)  # whole numbers, exact
    size = np.diag(shared)
    either: NDArray[np.float64] = size[:, None] + size - shared
    return shared / np.maximum(either, 1)


class Places:
    """The places of each bar at which notes are struck, (tick, pitch) each once, and what bars share."""

    def __init__(self, notes: Notes, starts: NDArray[np.int64]) -> None:
        """Of notes under bars that start there."""
        bar = np.searchsorted(starts, notes.onset, "right") - 1
        place = (notes.onset - starts[bar]) * 128 + notes.pitch  # ascends within a bar, as notes do
        once = np.append(True, (place[1:] != place[:-1]) | (bar[1:] != bar[:-1]))[: len(bar)]
        self._values = place[once]
        self.size = np.bincount(bar[once], minlength=len(starts))
        """(bars,)"""
        self._first = np.append(0, np.cumsum(self.size))

    def shared(self, distance: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many places each bar has in common with the one so far before it, and how many either has; of
        the bar of that number and those after it. (bars - distance,) each
        """
        common = np.empty(len(self.size), np.int64)
        in_common(self._values, self._first, distance=distance, common=common)
        common = common[distance:]
        return common, self.size[distance:] + self.size[: len(common)] - common


def distance(a: Score, b: Score) -> float:
    """How far two pieces are apart: the share of the notes of either (place to a sixteenth, pitch) that the
    other has not. 0: the same notes, 1: none in common.
    """

    def contents(score: Score) -> set[tuple[int, int]]:
        onset, pitch = struck(score)
        sixteenth = (onset * 8 + score.ticks_per_beat) // (2 * score.ticks_per_beat)
        return set(zip(sixteenth.tolist(), pitch.tolist(), strict=True))

    first, second = contents(a), contents(b)
    return 1 - len(first & second) / max(len(first | second), 1)
