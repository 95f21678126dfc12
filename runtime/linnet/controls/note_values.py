"""Note values, as musicians write them: `1/4`, dotted `1/4.`, of a triplet `1/8t`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from linnet.tokens.vocabulary import WHOLE_NOTE

__all__ = ["fill", "sums", "ticks_of"]

_WRITTEN = r"1(?:/(1|2|4|8|16|32))?(\.{0,2}|t)"


def ticks_of(value: str) -> int:
    """Ticks of the grid that a note value lasts; ValueError for what is none, or no whole number of ticks."""
    found = re.fullmatch(_WRITTEN, value)
    if found is None:
        raise ValueError(f"must be note values such as 1/4, 1/8, 1/4. or 1/8t, got {value!r}")
    times, parts = (2, 3) if found[2] == "t" else (2 ** (len(found[2]) + 1) - 1, 2 ** len(found[2]))
    ticks, over = divmod(WHOLE_NOTE * times, int(found[1] or 1) * parts)
    if over:
        raise ValueError(f"must be note values that last whole ticks, of 24 a quarter, got {value!r}")
    return ticks


def sums(values: Iterable[int], most: int) -> frozenset[int]:
    """Where note values, of so many ticks each, lead one after the other, 0 included."""
    found, steps = {0}, sorted(set(values))
    for place in range(1, most + 1):
        if any(place - step in found for step in steps if step <= place):
            found.add(place)
    return frozenset(found)


def fill(values: Iterable[int], bar: int) -> bool:
    """Whether note values can fill a bar of so many ticks."""
    return bar in sums(values, bar)
