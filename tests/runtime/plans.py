"""Plans that are drawn by lot, for tests."""

import random

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Ask, Draft, Given
from linnet.controls.plan_given import fitting
from linnet.controls.plan_layout import Conditions

TUNE = Conditions("4/4", minor=False, style=1, bars=16, roles=(1, 4), kit=True)


def answered(draft: Draft, choose: "Chooser", bars: int) -> list[PlanBar]:
    """So many bars more, with these answers."""
    for _ in range(bars):
        asks = draft.bar()
        ask = next(asks, None)
        while ask is not None:
            try:
                ask = asks.send(choose(ask, draft))
            except StopIteration:
                break
    return draft.bars[-bars:]


class Chooser:
    """Answers at random, among what is possible."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def __call__(self, ask: Ask, draft: Draft) -> int:
        return self.dice.choice([i for i, each in enumerate(ask.possible) if each])


class Follower(Chooser):
    """Answers with the first that agrees with what is given."""

    def __call__(self, ask: Ask, draft: Draft) -> int:
        return fitting(ask, draft.given_from_here()).index(1)


class Wanderer(Chooser):
    """Answers at random, among what agrees with what is given."""

    def __call__(self, ask: Ask, draft: Draft) -> int:
        return self.dice.choice([i for i, each in enumerate(fitting(ask, draft.given_from_here())) if each])


def drawn(seed: int, conditions: Conditions = TUNE, *, bars: int = 16) -> list[PlanBar]:
    """A plan of random answers."""
    return answered(Draft(conditions), Chooser(seed), bars)


def given(bars: list[PlanBar]) -> Given:
    """A whole plan as what is given."""
    return lambda number: bars[number] if number < len(bars) else PlanBar()
