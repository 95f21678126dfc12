"""Form: which part of a piece is like which. A letter stands for a section, as in AABB.

A small network remembers a phrase but does not plan one: left alone it wanders, or falls into a loop. A plan
tells it bar by bar what a bar is to be, new or like an earlier one, and lets it look at that bar alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from linnet.wishes import LIKENESS_BARS

__all__ = ["NEW", "Bar", "check", "cycle", "plan", "section_bars"]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar is to be."""

    like: Literal[4, 8] | None
    """Like the bar so many ago; None: new."""

    @property
    def likeness(self) -> int:
        """The value of the wish `likeness`."""
        return 1 if self.like is None else LIKENESS_BARS.index(self.like) + 2

    @property
    def look(self) -> Literal["nowhere", 4, 8]:
        """Where `Tracker.look` may look."""
        return self.like or "nowhere"


NEW = Bar(None)

MOST = 1000
"""Sections of a form: hours of music."""


def check(form: str) -> str:
    """The form, if it is one: letters, or nothing for no plan."""
    if form and not form.isalpha():
        raise ValueError(f"form must be letters, one for each section, such as AABB, got {form!r}")
    if len(form) > MOST:
        raise ValueError(f"form must have at most {MOST} sections, got {len(form)}")
    return form.upper()


def section_bars(bars: int) -> Literal[4, 8]:
    """Bars of a section in a piece of so many bars: 8, or 4 where two of 8 would not show a form."""
    return 8 if bars >= 24 else 4


def plan(form: str, section: Literal[4, 8], bar: int) -> Bar:
    """What a bar, counted from 0, is to be: like the bar a section ago where the letter repeats, else new.

    A new section of 8 bars is a period: its second half sets out like its first, for two bars. The form
    starts over when it is through. A letter that comes back later is new music again: nobody looks further
    back than 8 bars.
    """
    place, within = divmod(bar, section)
    if place > 0 and form[place % len(form)] == form[(place - 1) % len(form)]:
        return Bar(section)
    return Bar(4) if within in (4, 5) else NEW


def cycle(form: str, section: Literal[4, 8]) -> tuple[list[Bar], int]:
    """What each bar is to be, and the bar to go on with after the last, for as long as the music lasts."""
    bars = len(form) * section
    return [plan(form, section, bar) for bar in range(2 * bars)], bars
