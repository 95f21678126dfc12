"""Kinds of the options that teachers and therapists ask for."""

from __future__ import annotations

from typing import Any

from linnet.controls import kinds
from linnet.controls.kinds import Kind, shown
from linnet.controls.note_values import ticks_of

__all__ = ["ACCIDENTALS", "HANDS", "REST", "RHYTHM", "TEMPOS", "VELOCITIES"]

_VALUES = "note values such as '1/4,1/8,1/4.'"


def _rhythm(value: Any) -> tuple[str, ...]:
    members = kinds.names(value) if isinstance(value, str) else kinds.listed(value, _VALUES)
    if not members or not all(isinstance(each, str) for each in members):
        raise TypeError(f"must be {_VALUES}, got {shown(value)}")
    return tuple(sorted({each.strip() for each in members}, key=ticks_of, reverse=True))


def _rest(value: Any) -> str | float:
    if isinstance(value, str):
        if value not in ("allowed", "none"):
            raise ValueError(f"must be allowed, none or a share between 0 and 1, got {shown(value)}")
        return value
    try:
        share: float = kinds.number(0, 1).read(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"must be allowed, none or a share between 0 and 1, got {shown(value)}") from None
    return share


def _rest_or_share(word: str) -> str | float:
    try:
        return float(word)
    except ValueError:
        return word


def _pair(kind: Kind, what: str) -> Kind:
    def read(value: Any) -> tuple[Any, Any]:
        members = kinds.listed(value, f"the lowest and the highest {what}", ordered=True)
        if len(members) != 2:
            raise TypeError(f"must be the lowest and the highest {what}, got {shown(value)}")
        low, high = (kind.read(each) for each in members)
        if low > high:
            raise ValueError(f"must go from low to high, got {low:g} to {high:g}")
        return low, high

    return Kind(read, ("LOW", "HIGH"), kind.parse, words=2)


RHYTHM = Kind(_rhythm, "VALUE,..", kinds.names)
REST = Kind(_rest, "allowed|none|X", _rest_or_share)
ACCIDENTALS = kinds.choice("none", "allowed")
VELOCITIES = _pair(kinds.whole(1, 127), "velocity, of 1 to 127")
TEMPOS = _pair(kinds.number(10, 1000), "tempo, in quarter notes a minute")
HANDS = kinds.choice("together", "apart")
