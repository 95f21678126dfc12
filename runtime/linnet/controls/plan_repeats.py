"""What comes back in a composed plan turns to something else in the end.

A bar that is like the one before, or like one that was, makes a vamp of the bars in a row that all go back to
one; and once a plan has played one for a while, going on so is the likeliest. None of 28 held-out pieces of
people's for bands has the same bar more than four times in a row (benchmarks.music.stuck).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet.tokens.vocabulary import SOURCE_MOST

if TYPE_CHECKING:
    from linnet.controls.plan_bar import PlanBar
    from linnet.controls.plan_draft import Ask, Draft

__all__ = ["turning"]

MOST = 4
"""Bars in a row that may go back to one."""

_WHOLE, _MOST_OF_IT = 15, 3
"""`how` above this likens whole bars; below it counts quarters, of which so many are as good as all."""


def turning(ask: Ask, draft: Draft) -> bytes:
    """1 for each possible answer with which a bar does not go on what MOST bars have been; all where the
    question is another one, and in music of drums alone.
    """
    if ask.name != "source" or not draft.conditions.roles:
        return ask.possible
    origins = _origins(draft.bars[-SOURCE_MOST - 1 :])  # as many as a draft that was saved still has
    if len(origins) < MOST or len(set(origins[-MOST:])) > 1:
        return ask.possible
    over, count = origins[-1], len(origins)
    return bytes(
        may and not (0 < back <= count and origins[-back] == over) for back, may in enumerate(ask.possible)
    )


def _origins(bars: Sequence[PlanBar]) -> list[int]:
    """For each bar the number of the one that it goes back to, by way of others or not; its own if it is
    new.
    """
    found: list[int] = []
    for number, bar in enumerate(bars):
        back = bar.source or 0
        found.append(found[number - back] if 0 < back <= number and _is_like(bar) else number)
    return found


def _is_like(bar: PlanBar) -> bool:
    return bar.how > _WHOLE or bar.how.bit_count() >= _MOST_OF_IT
