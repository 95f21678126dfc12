"""Form: which part of a piece is like which. A letter stands for a section, as in AABB.

A small network remembers a phrase but does not plan one. The wish `likeness` tells it, bar by bar, what a bar
is to be: new, or like the bar a section ago; a form says so for a whole piece.
"""

from __future__ import annotations

from linnet.wishes import LIKENESS_BARS

__all__ = ["check", "likeness", "section_bars"]

NEW = 1


def check(form: str) -> str:
    """The form, if it is one: letters, or nothing for no plan."""
    if form and not form.isalpha():
        raise ValueError(f"form must be letters, one for each section, such as AABB, got {form!r}")
    return form.upper()


def section_bars(bars: int) -> int:
    """Bars of a section in a piece of so many bars: 8, or 4 where two of 8 would not show a form."""
    return 8 if bars >= 24 else 4


def likeness(form: str, section: int, bar: int) -> int:
    """The wish for a bar, counted from 0: like the bar a section ago where the letter repeats, else new.

    The form starts over when it is through. A letter that comes back later is new music again: the network
    looks no further back than the section before.
    """
    place = bar // section
    if place > 0 and form[place % len(form)] == form[(place - 1) % len(form)]:
        return LIKENESS_BARS.index(section) + 2
    return NEW
