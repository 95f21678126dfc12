"""The numbers of wishes: what the network is told for what a player asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from linnet.controls.options import ABOUT
from linnet.controls.wishes import INDEX
from linnet.music.theory import key_index
from linnet.tokens.vocabulary import tempo_index

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.controls.options import Options

__all__ = ["unusual", "with_values"]

_AMOUNTS = ("density", "polyphony", "register")
"""Wishes for more or less of something: of one that people's music hardly has, the nearest that it has."""


def with_values(info: ModelInfo, before: tuple[int, ...], values: Mapping[str, Any]) -> tuple[int, ...]:
    """The wishes before, by column, but for what these options say; None takes one back.

    Any: as in `Options`. ValueError for a wish that the model has not learnt, and for a value out of range.
    """
    wishes = list(before)
    for name, value in values.items():
        wish = ABOUT[name].wish
        if name == "bpm" and info.has_learnt("tempo"):
            wishes[INDEX["tempo"]] = 0 if value is None else tempo_index(value) + 1
        elif ABOUT[name].group == "wishes" and wish in INDEX:
            wishes[INDEX[wish]] = 0 if value is None else _wish_value(info, name, wish, value)
    return tuple(wishes)


def _wish_value(info: ModelInfo, name: str, wish: str, value: str | int) -> int:
    """The number of a wish; ValueError for one that the model has not learnt."""
    about = next((entry for entry in info.wishes if entry["name"] == wish), None)
    if about is None or not about["trained"]:
        raise ValueError(f"{name} is a wish this model has not learnt")
    names = list(about.get("values", ()))
    if name == "key":
        return key_index(str(value)) + 1
    if isinstance(value, str):
        if value in names:
            return names.index(value) + 1
        if not value.isdecimal():
            raise ValueError(f"{name} must be one of {', '.join(names) or 'its numbers'}, got {value!r}")
    most = len(names) or about["count"] - 1
    if not 1 <= int(value) <= most:
        raise ValueError(f"{name} must be between 1 and {most}, got {value}")
    least, most = (wish in _AMOUNTS and info.usual(wish)) or (1, most)
    return min(max(int(value), least), most)


def unusual(options: Options, info: ModelInfo) -> Iterator[str]:
    """A line for each wish for less or more than people's music has, with what is played instead."""
    for name, about in ABOUT.items():
        value, usual = getattr(options, name), None
        if about.wish in _AMOUNTS and isinstance(value, int):
            usual = info.usual(about.wish)
        if usual is not None and not usual[0] <= value <= usual[1]:
            side, nearest = ("below", usual[0]) if value < usual[0] else ("above", usual[1])
            yield f"{name} {value} is {side} all that {info.name} learnt from; it plays {nearest}"
