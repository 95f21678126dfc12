"""Bars of a stream that are to be something else than its form says: the way to an end, a theme and what
becomes of it.
"""

from __future__ import annotations

from typing import Any

from linnet.controls.form import Bar, Plan
from linnet.controls.request import Request
from linnet.tokens import features
from linnet.tools.dataclass import replace

__all__ = ["Told", "entry", "restored", "told_to"]

Told = tuple[tuple[int, Bar], ...]
"""(bar of the piece, what it is to be), by bar."""


def told_to(request: Request, told: Told) -> Request:
    """The request with a plan in which some bars are as they are told; its other bars are as they were."""
    if not told:
        return request
    plan = request.plan or Plan([Bar("anywhere", 15, {})], 0, upbeat=False)
    places = {bar - request.first: each for bar, each in told if bar >= request.first}
    if plan.composing is not None:
        count, again = len(plan.bars), plan.again
    else:
        again = max([plan.again, *(place + 1 for place in places)])
        count = again + len(plan.bars) - plan.again
    bars = [plan.bar(number) for number in range(count)]
    for place, each in places.items():
        if place < count:
            bars[place] = each._replace(wishes=bars[place].wishes | each.wishes)
    return replace(request, plan=plan._replace(bars=bars, again=again))


def entry(told: Told) -> list[Any]:
    """As a saved stream has it."""
    return [[bar, each.source, each.quarters, sorted(each.wishes.items())] for bar, each in told]


def restored(saved: list[Any]) -> Told:
    """What was saved. ValueError and its kin for damage."""
    found = []
    for bar, source, quarters, wishes in saved:
        known = source in ("nowhere", "anywhere") or (type(source) is int and 0 < source < 64)
        values = dict(wishes)
        whole = all(
            type(column) is int
            and 0 <= column < len(features.WISHES)
            and type(value) is int
            and 0 <= value < features.WISHES[column][1]
            for column, value in values.items()
        )
        if not known or not whole or type(bar) is not int or quarters not in range(16):
            raise ValueError("no bar of a plan")
        found.append((bar, Bar(source, quarters, values)))
    return tuple(found)
