"""The way from one character of the music to another: at once, or with a fill or a bridge, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linnet.controls.model_info import ModelInfo
from linnet.controls.options import ABOUT
from linnet.controls.request import Request
from linnet.stream.segment import Act, Change
from linnet.tools.dataclass import dataclass, field

__all__ = ["Transition", "steps"]

_FULLER = 3
"""Steps of density that a fill is above what was before it."""

_DENSEST = 8
_USUAL_DENSITY = 4


@dataclass(frozen=True, slots=True)
class Transition:
    """Where the music goes, and by which way."""

    at: str
    """`now`, `beat`, `bar` or `section`."""

    options: Mapping[str, Any] = field(default_factory=dict)  # as `Options` keeps them
    """What it is asked for then."""

    fill: bool = False
    """Whether the bar before is a fill."""

    bridge: int = 0
    """Bars between the two."""

    back: bool = False
    """Whether it goes back to where it was left."""

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it."""
        return {
            "at": self.at,
            "options": dict(self.options),
            "fill": self.fill,
            "bridge": self.bridge,
            "back": self.back,
        }


def steps(
    plan: Transition, info: ModelInfo, now: Request, left: Request | None
) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """What changes at which bar line, counted from the one at which the transition is to be; a fill is at -1.

    Args:
        plan: The transition.
        info: Of the model, for what it has learnt.
        now: What the music is asked for before.
        left: What the place is asked for to which it goes back.
    """
    goal = left if plan.back and left is not None else None
    bpm = goal.bpm if goal is not None else plan.options.get("bpm", now.bpm)
    density = _density(goal) if goal is not None else plan.options.get("density", _density(now))
    way: list[tuple[int, dict[str, Any]]] = []
    if plan.fill:
        way.append((-1, _fill(info, now)))
    for bar in range(plan.bridge):
        share = (bar + 1) / (plan.bridge + 1)
        way.append((bar, _between(info, now, bpm, density, share, last=bar == plan.bridge - 1)))
    if goal is None:  # what the way changed is as it was, unless it is asked to be something else
        touched = sorted({name for _, options in way for name in options})
        after = {name: getattr(now.options, name) for name in touched} | dict(plan.options)
    else:
        after = {name: getattr(goal.options, name) for name in _CHANGEABLE if _is_given(name, now, goal)}
    end = Change(after, act=Act("back") if plan.back else None)
    leaves = not plan.back
    for ahead, options in way:
        yield ahead, (Change(options, act=Act("leave") if leaves else None),)
        leaves = False
    yield plan.bridge, (Change(after, act=Act("leave")),) if leaves else (end,)


def _fill(info: ModelInfo, now: Request) -> dict[str, Any]:
    """The bar before: fuller than what was."""
    if not info.has_learnt("density"):
        return {}
    return {"density": min((_density(now) or _USUAL_DENSITY) + _FULLER, _DENSEST)}


def _between(
    info: ModelInfo, now: Request, bpm: float | None, density: Any, share: float, *, last: bool
) -> dict[str, Any]:
    """A bar of a bridge: some share of the way in tempo and density; the last one on the dominant."""
    found: dict[str, Any] = {}
    if bpm is not None and now.bpm is not None and bpm != now.bpm:
        found["bpm"] = round(now.bpm + (bpm - now.bpm) * share, 3)
    if info.has_learnt("density"):
        before = _density(now) or _USUAL_DENSITY
        found["density"] = round(before + ((density or before) - before) * share)
    if last and info.has_learnt("chords") and now.plan is not None:
        found["chords"] = "V7"
    return found


_CHANGEABLE = [name for name, about in ABOUT.items() if {"wish", "restrict"} & set(about.calls)]


def _is_given(name: str, *requests: Request) -> bool:
    return any(getattr(request.options, name) is not None for request in requests)


def _density(request: Request) -> Any:
    return request.options.density
