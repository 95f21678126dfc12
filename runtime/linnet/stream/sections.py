"""Where a bar stands in the form of a stream: in which section, and how far in it."""

from __future__ import annotations

from linnet.controls import sections
from linnet.controls.form import section_bars
from linnet.controls.request import Request
from linnet.tools.dataclass import dataclass

__all__ = ["SectionBar", "section_bar", "to_next"]

_USUAL = section_bars(0)


@dataclass(frozen=True, slots=True)
class SectionBar:
    """A bar of a section."""

    name: str
    """`A`, `A'` or a name of the form that was asked for; else a number, counted from 1."""

    number: int
    """The bar in its section, from 1; 0 in an upbeat."""

    bars: int
    """Of the section."""


def section_bar(request: Request, bar: int) -> SectionBar:
    """The section of a bar of the piece, counted from 1 as the tracker does."""
    passed = bar - _begun(request)
    if passed < 0:
        return SectionBar("", 0, 0)
    form = request.options.form
    if isinstance(form, str) and form and not form.isdigit():
        written = sections.read(form)
        starts = sections.starts(written, _USUAL)
        passed %= starts[-1]
        place = max(place for place, start in enumerate(starts[:-1]) if start <= passed)
        name = written[place].name + "'" * written[place].primes
        return SectionBar(name, passed - starts[place] + 1, starts[place + 1] - starts[place])
    return SectionBar(str(passed // _USUAL + 1), passed % _USUAL + 1, _USUAL)


def to_next(request: Request, bar: int) -> int:
    """Bars from the beginning of this one to that of the next section; 0 where one begins with it."""
    here = section_bar(request, bar)
    return 0 if here.number == 1 else max(here.bars - here.number + 1, 1)


def _begun(request: Request) -> int:
    """The bar in which the form began. A plan that is composed as it goes leaves its bars behind."""
    plan = request.plan
    if plan is None or plan.composing is None:
        return request.first
    return request.first + len(plan.bars) - plan.composing.composed
