"""What a model remembers of the music it learnt from, so that nothing of it is written again.

A filter of runs, notes in a row in whatever key (csrc/original.h). Export makes it
(`linnet_export.original`), and what was measured then stands beside it.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any

from linnet._core import KnownRuns
from linnet.tools.dataclass import dataclass

__all__ = ["Originality"]


@dataclass(frozen=True, slots=True)
class Originality:
    """The filter, and what is known of it."""

    runs: KnownRuns
    pairs: int
    """Of a run, each an interval and a time: one less than its notes."""

    window: int
    """Of so many runs in a row one at least is in the filter, if they stand in the music."""

    log2: int
    hashes: int
    measured: Mapping[str, float]
    """Shares: `held_out`, of the notes of people's held-out pieces that complete a run of the music;
    `false_alarms`, of runs that nobody wrote and that are found all the same.
    """

    @property
    def notes(self) -> int:
        """No run of more notes than these stands in what is written."""
        return self.pairs + self.window - 1

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Originality:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is none."""
        pairs, window, log2, hashes = (int(entry[name]) for name in ("pairs", "window", "log2", "hashes"))
        if not 1 <= window <= 64:
            raise ValueError("a filter of runs is damaged")
        runs = KnownRuns(binascii.a2b_base64(entry["bits"]), log2=log2, hashes=hashes, pairs=pairs)
        measured = {str(name): float(share) for name, share in entry["measured"].items()}
        return cls(runs, pairs, window, log2, hashes, measured)

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As it stands in a model file; `of` reads it."""
        return {
            "pairs": self.pairs,
            "window": self.window,
            "log2": self.log2,
            "hashes": self.hashes,
            "bits": binascii.b2a_base64(self.runs.bits, newline=False).decode(),
            "measured": dict(self.measured),
        }
