"""A played piece as rewards see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls.wishes import INDEX, measure
from linnet.music.key import estimate_key
from linnet.music.score import Notes, Score
from linnet.tokens import features

Bars = NDArray[np.float64]
"""What each bar adds to a reward. (bars)"""


@dataclass(frozen=True)
class Played:
    """A piece that was played, and what had been asked for."""

    score: Score
    wishes: Mapping[str, int] = field(default_factory=dict)
    """By name, as values of `linnet.controls.wishes`: key 1..24 (C major is 1), density 1..8, register
    1..5."""

    ended: bool = True
    """Whether it came to an end: in the bar it was asked to, or anywhere if it was not."""

    plan: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, features.ROW_WIDTH), np.uint8))
    """What each bar was to be, in the home key; 0 for what was left open. (bars, ROW_WIDTH)"""

    shift: int = 0
    """Semitones from the home key to the sounding one."""

    @cached_property
    def melody(self) -> Notes:
        """The highest note of each onset; drums piece no part."""
        notes = self.score.pitched_notes
        order = np.lexsort((notes.pitch, notes.onset))
        onset = notes.onset[order]
        highest = order[np.append(onset[1:] != onset[:-1], True)[: len(onset)]]
        chosen = (column[highest] for column in (notes.onset, notes.duration, notes.pitch, notes.velocity))
        return Notes(*chosen)

    @cached_property
    def pitches(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Of the melody. (notes)"""
        return self.melody.pitch.astype(np.int64)

    @cached_property
    def key(self) -> int | None:
        """Index into `linnet.music.key.KEYS`: the key that was asked for, else the one it seems to be in."""
        wish = self.wishes.get("key", 0)
        return wish - 1 if wish else estimate_key(self.score.pitched_notes)

    @cached_property
    def heard(self) -> NDArray[np.uint8]:
        """What each bar is. (bars, ROW_WIDTH)"""
        return measure(self.score, key=self.key)[1:]

    @cached_property
    def adherence(self) -> dict[str, Bars]:
        """What each bar adds to the share of bars that are within one step of a wish, or in the key."""
        rows = measure(self.score)[1:]  # in the key it seems to be in, whatever was asked
        found = {}
        for name, wish in self.wishes.items():
            values = rows[:, INDEX[name]].astype(np.int64)
            known = values > 0  # an empty bar has no register
            near = known & (np.abs(values - wish) <= (0 if name == "key" else 1))
            found[name] = near / max(1, known.sum())
        return found

    def by_bar(self, ticks: NDArray[Any], values: NDArray[Any]) -> Bars:
        """Adds up values at these ticks in each bar. (bars)"""
        starts = self.score.bar_ticks()
        bars = np.searchsorted(starts, ticks, "right") - 1
        return np.bincount(bars.clip(0), values, minlength=len(starts)).astype(np.float64)
