"""Music that is given, as the tracker is told of it: its notes as rows, and where nothing else may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from linnet._core import Given, read_notes
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.tokens.quantise import TimeBase

__all__ = [
    "ANY",
    "DOWN",
    "KIT",
    "NO_END",
    "SAME",
    "UP",
    "Given",
    "Reading",
    "changes_of",
    "inside",
    "lend",
    "read",
]

KIT = 16
"""The slot of the drum kit."""

ANY, UP, DOWN, SAME = -1, -2, -3, -4
"""A pitch or a velocity that is not given; a pitch above, below, or that of the one struck before."""

NO_END = 2**31 - 1
"""Where a span ends that never does."""

ONSET, DURATION, SLOT, PITCH, VELOCITY = range(5)
"""Columns of a row."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in tokens."""

    notes: NDArray[np.int32]
    """Rows of onset, duration, slot, pitch and number of the velocity, in the order of tokens. (n, 5)"""

    places: NDArray[np.int32]
    """Where the tokens of each note begin and end; its slot and its velocity belong to it. (n, 2)"""

    ticks: NDArray[np.int32]
    """After each token. (tokens,)"""


def read(tokens: NDArray[np.uint16], time_base: TimeBase = "grid") -> Reading:
    """The notes of a piece, and where they stand in its tokens. ValueError for what is no token."""
    tokens = np.ascontiguousarray(tokens, np.uint16)
    struck = sum(
        int(((tokens >= family.first) & (tokens < family.first + family.count)).sum())
        for family in (FAMILIES["note"], FAMILIES["drum"])
    )
    notes, places = np.empty((struck, 5), np.int32), np.empty((struck, 2), np.int32)
    ticks = np.empty(len(tokens), np.int32)
    read_notes(tokens, notes, places, ticks, time_base)
    return Reading(notes, places, ticks)


def inside(ticks: NDArray[np.int32], spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Whether each tick lies in a span; in all of time where there is none. (n,)"""
    if not spans:
        return np.ones(len(ticks), np.bool_)
    begins, ends = np.array(spans, np.int64).T
    place = np.searchsorted(begins, ticks, "right") - 1
    return np.asarray((place >= 0) & (ticks < ends[np.maximum(place, 0)]))


def changes_of(tokens: NDArray[np.uint16], reading: Reading) -> list[tuple[int, int]]:
    """Meters and tempos of a piece, as (tick, token), but for those at its beginning."""
    families = FAMILIES["time_signature"], FAMILIES["rare_time_signature"], FAMILIES["tempo"]
    found = np.zeros(len(tokens), np.bool_)
    for family in families:
        found |= (tokens >= family.first) & (tokens < family.first + family.count)
    found &= reading.ticks > 0
    return list(zip(reading.ticks[found].tolist(), np.asarray(tokens)[found].tolist(), strict=True))


def lend(
    notes: NDArray[np.int32],
    *,
    slots: Iterable[int] = (),
    spans: Sequence[tuple[int, int]] = (),
    onsets: Iterable[int] = (),
    onsets_to: int = NO_END,
    changes: Sequence[tuple[int, int]] = (),
) -> Given:
    """Given music for a tracker; csrc/given.h says how notes stand.

    Args:
        notes: rows as in `Reading`. (n, 5)
        slots: that are given all through.
        spans: (from, to) ticks, ascending, outside of which everything is given; none: nothing is.
        onsets: slots in which something begins only where a note is given.
        onsets_to: until this tick.
        changes: meters and tempos, as `changes_of` gives them.
    """
    rows = np.ascontiguousarray(notes, np.int32)
    return Given(rows, slots=slots, spans=spans, onsets=onsets, onsets_to=onsets_to, changes=changes)
