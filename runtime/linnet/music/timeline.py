"""When things happen: tempo changes, time signatures, and the bars they make. Whole ticks throughout."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from linnet.music.notes import MAX_TICK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DENOMINATORS = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `tick` on, a quarter note lasts `tempo` microseconds."""

    tick: int
    tempo: int

    def __post_init__(self) -> None:
        check_range("tick", self.tick, 0, MAX_TICK)
        check_range("tempo", self.tempo, 1, 0xFFFFFF)

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return 60e6 / self.tempo


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """From `tick` on, a bar holds `numerator` notes of length 1/`denominator`. A new bar starts at `tick`."""

    tick: int
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        check_range("tick", self.tick, 0, MAX_TICK)
        check_range("numerator", self.numerator, 1, 255)
        if self.denominator not in _DENOMINATORS:
            raise ValueError(f"denominator must be one of {_DENOMINATORS}, got {self.denominator}")


@overload
def rescale(value: int, new: int, old: int) -> int: ...
@overload
def rescale(value: NDArray[np.int64], new: int, old: int) -> NDArray[np.int64]: ...
def rescale(value: int | NDArray[np.int64], new: int, old: int) -> int | NDArray[np.int64]:
    """`value * new / old` in whole numbers, halves upwards; no product along the way overflows 64 bits."""
    whole, rest = divmod(value, old)
    return whole * new + (2 * rest * new + old) // (2 * old)


def check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= operator.index(value) <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value}")


def normal_tempos(tempos: Iterable[TempoChange]) -> tuple[TempoChange, ...]:
    by_tick = {0: TempoChange(0, 500_000)} | {change.tick: change for change in sorted(tempos, key=_tick)}
    changes = list(by_tick.values())
    return tuple(c for i, c in enumerate(changes) if i == 0 or c.tempo != changes[i - 1].tempo)


def normal_signatures(signatures: Iterable[TimeSignature], ticks_per_beat: int) -> tuple[TimeSignature, ...]:
    by_tick = {0: TimeSignature(0, 4, 4)} | {s.tick: s for s in sorted(signatures, key=_tick)}
    kept: list[TimeSignature] = []
    for signature in by_tick.values():
        if kept and _meter(kept[-1]) == _meter(signature):
            gap = signature.tick - kept[-1].tick
            # A bar starts at `gap` exactly when one tick more of room lets one more bar begin.
            bars = [bars_within(room, signature, ticks_per_beat) for room in (gap, gap + 1)]
            if bars[0] < bars[1]:
                continue
        kept.append(signature)
    return tuple(kept)


def _tick(change: TempoChange | TimeSignature) -> int:
    return change.tick


def _meter(signature: TimeSignature) -> tuple[int, int]:
    return signature.numerator, signature.denominator


def bar_length(signature: TimeSignature, ticks_per_beat: int) -> tuple[int, int]:
    """The ticks of one bar as a fraction: bar n starts at `rescale(n, *bar_length)`. At least one tick."""
    return max(4 * ticks_per_beat * signature.numerator, signature.denominator), signature.denominator


def bars_within(ticks: int, signature: TimeSignature, ticks_per_beat: int) -> int:
    """How many bars begin in the first `ticks` ticks of a signature."""
    length, parts = bar_length(signature, ticks_per_beat)
    return -(-(2 * ticks - 1) * parts // (2 * length)) if ticks > 0 else 0
