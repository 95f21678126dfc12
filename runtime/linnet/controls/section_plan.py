"""What each bar of a form that is written out is to be: new, like an earlier one, or partly so."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls.plan_types import FARTHEST, NEW, Bar, like
from linnet.controls.sections import Section
from linnet.controls.wishes import INDEX
from linnet.tools.named import NamedTuple

__all__ = ["cadenced", "check_returns", "section_plan"]

_FIRST_HALF, _STRONG = 0b0011, 0b0101
"""Quarters of a bar that come back in a varied one."""

_PHRASE = 4
"""Bars before a cadence that are told of it."""

_LEFT_MOST = 8


class _Placed(NamedTuple):
    section: Section
    first: int
    """Its first bar."""
    bars: int


def section_plan(form: Sequence[Section], usual: int, *, rounds: int = 1) -> list[Bar]:
    """The bars of the form so many times; in each time round its sections are new.

    A section comes back as the last one of its name was; with primes, as that one or else the last of its
    name without, varied. `usual` is how long a section is that does not say so.
    """
    found: list[Bar] = []
    for _ in range(rounds):
        before: list[_Placed] = []
        for section in form:
            bars = section.bars or usual
            here = _Placed(section, len(found), bars)
            model = _model(section, before)
            if model is None:
                new = _new(bars)
            elif section.primes and model.section.primes != section.primes:
                new = _varied(here, model)
            else:
                new = _again(here, model)
            found += cadenced(new, bars - 1, section.cadence) if section.cadence else new
            before.append(here)
    return found


def check_returns(form: Sequence[Section], usual: int) -> None:
    """ValueError, in one line, for a section that comes back from farther than can be remembered."""
    before: list[_Placed] = []
    first = 0
    for section in form:
        model = _model(section, before)
        if model is not None and first - model.first > FARTHEST:
            raise ValueError(
                f"a section must come back within {FARTHEST} bars of where it was, and {section} comes after "
                f"{first - model.first}"
            )
        before.append(_Placed(section, first, section.bars or usual))
        first += section.bars or usual


def cadenced(bars: Sequence[Bar], last: int, cadence: int) -> list[Bar]:
    """The bars, with a cadence in the one of that number; the phrase before it is told."""
    found = list(bars)
    for left in range(min(last + 1, _PHRASE)):
        bar = found[last - left]
        if left and INDEX["cadence"] in bar.wishes:
            break  # of another phrase
        told = {INDEX["cadence"]: cadence, INDEX["phrase_left"]: min(left + 1, _LEFT_MOST)}
        found[last - left] = bar._replace(wishes=bar.wishes | told)
    return found


def _model(section: Section, before: Sequence[_Placed]) -> _Placed | None:
    """The section that one is like."""
    same = [each for each in before if each.section.name == section.name]
    for primes in (section.primes, 0):
        exact = [each for each in same if each.section.primes == primes]
        if exact:
            return exact[-1]
    return same[-1] if same else None


def _new(bars: int) -> list[Bar]:
    """A section of 8 bars or more is a period: its second half sets out like its first."""
    if bars < 8 or bars % 4:
        return [NEW] * bars
    half = bars // 2
    return [*_new(half), *[like(half)] * (half // 2), *[NEW] * (half - half // 2)]


def _again(here: _Placed, model: _Placed) -> list[Bar]:
    """Bar for bar; cut short it ends as the other did, and where it is longer it goes on with what is new."""
    back = here.first - model.first
    if here.bars > model.bars:
        return [*[like(back)] * model.bars, *[NEW] * (here.bars - model.bars)]
    return [*[like(back)] * (here.bars - 1), like(back - (model.bars - here.bars))]


def _varied(here: _Placed, model: _Placed) -> list[Bar]:
    """As it was where phrases set out, partly so after that, and with another end."""
    found = _again(here, model)
    for number, bar in enumerate(found):
        if number == here.bars - 1:
            found[number] = NEW
        elif bar.source != NEW.source and number % 4 > 1:
            found[number] = bar._replace(quarters=_FIRST_HALF if number % 4 == 2 else _STRONG)
    return found
