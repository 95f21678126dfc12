"""The plan of a piece that people made, as the plan model learns it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import Conditions


@dataclass(frozen=True, slots=True)
class PeoplesPlan:
    """What the bars of a piece are, as far as it is known."""

    name: str
    conditions: Conditions
    bars: Sequence[PlanBar]
    split: Literal["train", "valid", "test"]
    programs: tuple[int, ...] = ()
    """Of the slots, as many as have roles."""
