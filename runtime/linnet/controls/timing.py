"""The timing of the people that a model learnt from: how late their strokes come, at which place of the bar.

Tokens stand on the grid; what makes a beat breathe lies between its ticks. It is measured where a corpus is
prepared (`linnet-train prepare --performed`), stands in the model file, and is added after decoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tools.dataclass import dataclass

__all__ = ["DRUMS", "GROUPS", "PLACES", "Timing", "group_of"]

DRUMS: Mapping[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "hat": (42, 44, 46),
    "ride": (51, 53, 59),
    "toms": (41, 43, 45, 47, 48, 50),
    "crash": (49, 52, 55, 57),
}
"""Drums that are played alike, by their General MIDI numbers."""

GROUPS = (*DRUMS, "others")
"""Whose timing is told apart, in order."""

PLACES = 4 * TICKS_PER_BEAT["grid"]
"""Ticks of the grid, from a bar line on; in longer bars they begin again."""

FARTHEST = 200.0
"""Milliseconds; what is farther from its place has another."""

_GROUP = {pitch: number for number, pitches in enumerate(DRUMS.values()) for pitch in pitches}


def group_of(pitch: int) -> int:
    """The number of the group that a drum belongs to."""
    return _GROUP.get(pitch, len(DRUMS))


@dataclass(frozen=True, slots=True)
class Timing:
    """How people's strokes lie beside the grid."""

    late: Sequence[Sequence[float]]
    """Milliseconds that strokes come after their place on average, by group and place. (groups, places)"""

    spread: Sequence[Sequence[float]]
    """Their standard deviation in one performance, in milliseconds. (groups, places)"""

    together: float
    """Correlation of strokes that are meant for one moment."""

    carried: float
    """How much of what the strokes of one moment share those of the next one share too."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Timing:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is no timing."""
        found = cls(
            _table(entry["late"], -FARTHEST),
            _table(entry["spread"], 0.0),
            float(entry["together"]),
            float(entry["carried"]),
        )
        if not (0 <= found.together <= 1 and -1 <= found.carried <= 1):
            raise ValueError("a timing is damaged")
        return found

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As it stands in a model file; `of` reads it."""
        return {
            "late": {name: list(row) for name, row in zip(GROUPS, self.late, strict=True)},
            "spread": {name: list(row) for name, row in zip(GROUPS, self.spread, strict=True)},
            "together": self.together,
            "carried": self.carried,
        }


def _table(rows: Mapping[str, Sequence[float]], least: float) -> tuple[tuple[float, ...], ...]:
    table = tuple(tuple(float(value) for value in rows[name]) for name in GROUPS)
    if not all(len(row) == PLACES and all(least <= value <= FARTHEST for value in row) for row in table):
        raise ValueError("a timing is damaged")
    return table
