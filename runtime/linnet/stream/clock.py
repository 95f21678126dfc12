"""How a stream counts time: in whole units, so that sums of any length are exact.

A unit is 2^-64 of a second. The seconds of a call are a float, which is a whole number of units as it is,
from a quarter of a millisecond on; a tick is rounded to one, which comes to a nanosecond in twenty years.
What is due is decided in nanoseconds: 48 calls of 1/48, a float a little off, come to a second.
"""

from __future__ import annotations

from linnet.tokens.quantise import TICKS_PER_BEAT

SECOND = 1 << 64
"""Units."""

NANOSECOND = SECOND // 10**9
"""Units, rounded down."""

MOST = 2**200
"""Units: more than anybody lives."""

_AGES = 1e12
"""Seconds. No call is longer: what is, counts as this."""


def of_seconds(seconds: float) -> int:
    """Units in so many seconds, at least 0; what is left of a unit is dropped."""
    return int(min(seconds, _AGES) * SECOND)


def nanoseconds(units: int) -> int:
    """To the nearest one."""
    return (units * 10**9 + SECOND // 2) // SECOND


def of_tempo(tempo: int) -> int:
    """Units in a tick of the grid, at so many microseconds a quarter note."""
    return _nearest(tempo * SECOND, TICKS_PER_BEAT["grid"] * 10**6)


def of_bpm(bpm: float) -> int:
    """Units in a tick of the grid, at just so many quarter notes a minute: no microsecond is rounded."""
    numerator, denominator = float(bpm).as_integer_ratio()
    return _nearest(60 * SECOND * denominator, TICKS_PER_BEAT["grid"] * numerator)


def to_bpm(units: int) -> float:
    """Quarter notes a minute, of so many units in a tick of the grid; to a millionth."""
    return round(60 * SECOND / (units * TICKS_PER_BEAT["grid"]), 6)


HUNDREDTH = (SECOND + 50) // 100
"""Units in a tick of the performance base."""


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
