"""The plan of a piece that people made, as the plan model learns it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import LONGEST_PHRASE, Conditions


@dataclass(frozen=True, slots=True)
class PeoplesPlan:
    """What the bars of a piece are, as far as it is known."""

    name: str
    conditions: Conditions
    bars: Sequence[PlanBar]
    split: Literal["train", "valid", "test"]
    programs: tuple[int, ...] = ()
    """Of the slots, as many as have roles."""


def spelled_phrases(bars: Sequence[PlanBar]) -> None:
    """Makes phrases of more than LONGEST_PHRASE bars several; `left` may say too little of them before."""
    begin = 0
    for number, bar in enumerate(bars):
        ends = bar.left == 1 or number + 1 == len(bars) or bars[number + 1].cadence != bar.cadence
        if not ends:
            continue
        phrase = bars[begin : number + 1]
        for place, each in enumerate(phrase):
            left = len(phrase) - place
            if each.cadence:
                each.left = (left - 1) % LONGEST_PHRASE + 1
                each.cadence = each.cadence if left <= LONGEST_PHRASE else 1
        begin = number + 1
