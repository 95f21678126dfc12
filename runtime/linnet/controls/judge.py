"""The judge of a model: which of several ways on is most like people's music.

It hears a section as integers (`csrc/judge.h` says which), looks each of them up in a table of weights, and
adds these up. The tables are learnt from people's sections and the model's own, and stand in the model file
under `linnet.judge`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from linnet._core import HEARD, SILENT, Tracker
from linnet._core import hear as _hear
from linnet.tools.dataclass import dataclass

__all__ = ["HEARD", "PHRASE", "SILENT", "UNIT", "Judge", "Table", "hear"]

PHRASE = 4
"""Full bars that are heard together."""

UNIT = 1024
"""What stands for 1 in the logarithm of the odds."""

_LARGEST = 1 << 24
_MOST_CELLS = 64


@dataclass(frozen=True, slots=True)
class Table:
    """What one thing that is heard says for a section."""

    at: tuple[int, ...]
    """Where the cells after the first one begin, in order."""

    weights: tuple[int, ...]
    """Of each cell, UNITs of the logarithm of the odds that the section is people's."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The tables of a model."""

    section: int
    """Full bars after which one of several pieces goes on."""

    tables: Mapping[str, Table]
    """By what is heard."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Judge:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is no judge."""
        section = entry["section"]
        tables = {
            name: Table(tuple(each["at"]), tuple(each["weights"])) for name, each in entry["tables"].items()
        }
        for name, table in tables.items():
            numbers = (*table.at, *table.weights)
            if not (
                name in HEARD
                and len(table.weights) == len(table.at) + 1 <= _MOST_CELLS
                and all(type(number) is int and abs(number) <= _LARGEST for number in numbers)
                and all(a < b for a, b in pairwise(table.at))
            ):
                raise ValueError("a table of the judge is damaged")
        if type(section) is not int or not 1 <= section <= PHRASE:
            raise ValueError(f"sections of {section} bars")
        return cls(section, tables)

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """What `of` reads."""
        return {
            "section": self.section,
            "tables": {name: {"at": [*t.at], "weights": [*t.weights]} for name, t in self.tables.items()},
        }

    def score(self, heard: Sequence[int]) -> int:
        """How much more likely a section is people's than the model's own, in UNITs of the logarithm of the
        odds; `heard`: one number for each of HEARD.
        """
        of = dict(zip(HEARD, heard, strict=True))
        return sum(table.weights[bisect_right(table.at, of[name])] for name, table in self.tables.items())

    def best(self, trackers: Sequence[Tracker], full: int) -> int:
        """The number of the piece that is most like people's after so many full bars; of equals the first."""
        scores = [self.score(hear(tracker, full)) for tracker in trackers]
        return scores.index(max(scores))


def hear(tracker: Tracker, full: int) -> list[int]:
    """What is heard in the last bars of a piece, when so many full bars are over."""
    return _hear(tracker, 0 if full % PHRASE else 1 if full % (2 * PHRASE) else 2)
