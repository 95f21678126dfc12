"""How long a piece is to be, and where it comes to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls import form as forms
from linnet.controls import sections
from linnet.controls.form import Bar, Plan
from linnet.controls.options import Options, cadences_of
from linnet.controls.request import Request
from linnet.controls.section_plan import cadenced
from linnet.controls.wishes import INDEX
from linnet.tokens.quantise import TICKS_PER_SECOND

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["length_of", "with_cadences"]

_BARS, _SECONDS = 16, 30
"""Length of a piece unless given."""


def length_of(info: ModelInfo, options: Options) -> int:
    """In bars, or in hundredths of a second in the performance base."""
    if info.time_base == "grid":
        if options.seconds is not None:
            raise ValueError(f"{info.name} counts bars: ask for bars instead of seconds")
        written = forms.length(options.form) if isinstance(options.form, str) else 0
        if written and options.bars not in (None, written):
            raise ValueError(f"form has {written} bars, so bars may be left out, got {options.bars}")
        return written or (_BARS if options.bars is None else options.bars)
    if options.bars is not None:
        raise ValueError(f"{info.name} keeps human timing and has no bars: ask for seconds")
    return round((_SECONDS if options.seconds is None else options.seconds) * TICKS_PER_SECOND)


def with_cadences(request: Request, plan: Plan | None, *, has_key: bool) -> tuple[Plan | None, bool]:
    """The plan of a piece with the cadences that are asked for, or one of nothing else; and whether it closes
    in its last bar: not where an open cadence stands there.

    ValueError for a cadence after the end, and for one without a key.
    """
    asked = tuple(cadences_of(request.options))
    if asked:
        plan = plan or Plan([Bar("anywhere", 15, {})], 0, upbeat=False)
        bars = [plan.bar(number) for number in range(request.length + plan.upbeat)]
        for bar, kind in asked:
            if bar > request.length:
                raise ValueError(f"cadence must be at one of the {request.length} bars, got {bar}")
            bars = cadenced(bars, bar + plan.upbeat - 1, sections.CADENCES[kind])
        plan = Plan(bars, 0, plan.upbeat)
    told = bool(asked) or "/" in str(request.options.form or "")
    if plan is None or not told or not request.length:
        return plan, request.closes
    if not has_key:
        raise ValueError("a cadence needs a key to close in: ask for one, such as key='D major'")
    last = plan.bar(request.length + plan.upbeat - 1).wishes.get(INDEX["cadence"], 0)
    return plan, request.closes and last != sections.CADENCES["open"]
