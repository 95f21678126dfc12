"""What is given of a plan: which answers of the plan model agree with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import and_

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Ask
from linnet.controls.plan_layout import SHAPE

__all__ = ["fitting", "told"]

LEFT_MOST = 8
"""Of the wish phrase_left, which says no more of longer phrases."""


def told(ask: Ask, given: PlanBar) -> bool:
    """Whether what is given of a bar, if it is all there is to know, has an answer to a question."""
    if ask.name == "source":
        return given.source is not None
    if ask.name == "how":
        return given.how > 0
    if ask.name in ("length", "cadence"):
        return given.cadence > 0
    if ask.name in ("copy", "chord", "until"):
        return bool(given.cells) and all(given.cells)
    if ask.name in ("together", "plays"):
        return any(given.players)
    return any(given.shape)


def fitting(ask: Ask, given: Iterator[PlanBar]) -> bytes:
    """1 for each possible answer that agrees with what is given of the bar and of those after it."""
    here = next(given)
    name, place, cells = ask.name, ask.place, here.cells
    if name == "source":
        fits = _only(here.source, ask)
    elif name == "how":
        fits = _only(here.how - 1 if here.how else None, ask)
    elif name == "length":
        fits = _lengths([here, *given])
    elif name == "cadence":
        cadences = {bar.cadence for bar in [here, *given][: ask.reference[0]]} - {0}
        fits = _only(cadences.pop() - 1 if len(cadences) == 1 else None, ask)
    elif name == "copy":
        fits = bytes(_agree(cells, option) for option in ask.options) + b"\1"
    elif name == "together":
        fits = bytes(_agree(here.players, option) for option in ask.options) + b"\1"
    elif name == "chord":
        fits = _only(cells[place] - 1 if cells and cells[place] else None, ask)
    elif name == "until":
        chord = ask.reference[0]
        same = [cell in (0, chord) for cell in cells]
        known = range(len(ask.possible))
        fits = bytes(
            all(same[place : end or None]) and not (cells and end and cells[end % len(cells)] == chord)
            for end in known
        )
    elif name == "plays":
        fits = _only(here.players[place] - 1 if here.players[place] else None, ask)
    elif name == "changed":
        differs = [(i, value != ask.reference[i]) for i, value in enumerate(here.shape) if value]
        fits = bytes(all(bool(mask >> i & 1) == each for i, each in differs) for mask in range(16))
    else:
        value = here.shape[SHAPE.index(name)]
        fits = _only(value - 1 if value else None, ask)
    return fits if fits is ask.possible else bytes(map(and_, ask.possible, fits))


def _only(answer: int | None, ask: Ask) -> bytes:
    if answer is None:
        return ask.possible
    return bytes(answer) + b"\1" + bytes(len(ask.possible) - answer - 1)


def _agree(given: Sequence[int], option: Sequence[int]) -> bool:
    return bool(option) and all(each in (0, value) for each, value in zip(given, option, strict=False))


def _lengths(bars: Sequence[PlanBar]) -> bytes:
    """Lengths of a phrase that agree with the bars left and the cadence that are given of its bars."""
    fits = bytearray(len(bars))
    for longer in range(len(bars)):
        phrase = bars[: longer + 1]
        left = range(longer + 1, 0, -1)
        fits[longer] = len({bar.cadence for bar in phrase} - {0}) <= 1 and all(
            min(bar.left, LEFT_MOST) in (0, min(bars_left, LEFT_MOST))
            for bar, bars_left in zip(phrase, left, strict=True)
        )
    return bytes(fits)
