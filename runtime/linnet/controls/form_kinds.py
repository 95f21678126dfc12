"""Kinds of options about forms: sections that are given, and cadences."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, SupportsIndex

from linnet.controls import sections
from linnet.controls.kinds import Kind, listed, names, plain, shown
from linnet.controls.sections import CADENCES
from linnet.music.score import Score

__all__ = ["CADENCE", "SECTIONS"]


def _sections(value: Any) -> dict[str, Score]:
    what = "scores by the name of the section, such as {'A': score}"
    if not isinstance(value, Mapping) or not value:
        raise TypeError(f"must be {what}, got {shown(value)}")
    found = {}
    for name, score in value.items():
        if not isinstance(name, str) or not isinstance(score, Score):
            raise TypeError(f"must be {what}, got {shown(value)}")
        (section,) = sections.read(name) if len(name.split()) == 1 else [None]
        if section is None or section.primes or section.bars or section.cadence:
            raise ValueError(f"must be {what}, got {shown(name)} for a name")
        found[section.name] = score
    return found


def _bar(value: Any) -> int | None:
    """A bar that a number or a word says; None for what is none."""
    value = plain(value)
    if isinstance(value, str):
        return int(value) if value.strip().isdecimal() else None
    return operator.index(value) if isinstance(value, SupportsIndex) and not isinstance(value, bool) else None


def _cadence(value: Any) -> tuple[tuple[int, str], ...]:
    what = "bars in which the tune comes to rest, such as 16 or 8/open,16/closed"
    if isinstance(value, str):
        value = [part.partition("/")[::2] for part in names(value)]
    elif _bar(value) is not None:
        value = [(value, "")]
    found: dict[int, str] = {}
    for member in listed(value, what, ordered=True):
        pair = (member, "") if _bar(member) is not None else tuple(listed(member, what, ordered=True))
        bar = _bar(pair[0]) if pair else None
        kind = str(pair[1] or "closed").lower() if len(pair) == 2 else ""
        if bar is None or bar < 1 or kind not in CADENCES:
            raise ValueError(f"must be {what}, got {shown(value)}")
        found[bar] = kind
    if not found:
        raise ValueError(f"must be {what}, got none")
    return tuple(sorted(found.items()))


SECTIONS = Kind(_sections, "NAME=FILE")
CADENCE = Kind(_cadence, "BAR,..")
