"""What held-out plans cost, field by field: by the plan model, and by two baselines that count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_layout import ANSWERS, COLUMNS, QUESTIONS
from linnet_train.plans.spelling import Spelled

FIELDS = {
    "likeness": ("source", "how"),
    "cadences": ("length", "cadence"),
    "chords": ("copy", "chord", "until"),
    "players": ("together", "plays"),
    "shape": ("changed", "density", "polyphony", "register", "loudness"),
}
"""What a plan is read by, and the questions that spell it."""

_NAMES = list(QUESTIONS)
_FIELD = np.array([next(i for i, names in enumerate(FIELDS.values()) if name in names) for name in QUESTIONS])

PRIOR = 0.5
"""Added to every count: an answer that was never given is not impossible."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Nats a bar."""

    total: float
    by_field: dict[str, float]
    """Of each field, over the bars of plans that tell it."""

    bars: int


def likelihood(plans: Sequence[Spelled], nats: Sequence[NDArray[np.floating]]) -> Likelihood:
    """Sums up the nats of each answer, a row for each plan."""
    cost, told = np.zeros(len(FIELDS)), np.zeros(len(FIELDS))
    for plan, each in zip(plans, nats, strict=True):
        sums = np.bincount(_FIELD[plan.kinds], weights=each, minlength=len(FIELDS))
        cost += sums
        told += plan.bars * (np.bincount(_FIELD[plan.kinds], minlength=len(FIELDS)) > 0)
    bars = sum(plan.bars for plan in plans)
    by_field = {name: float(cost[i] / told[i]) for i, name in enumerate(FIELDS) if told[i]}
    return Likelihood(float(cost.sum()) / max(bars, 1), by_field, bars)


class Counts:
    """A baseline: how often people give each answer, after the one of the bar before or whatever it was."""

    def __init__(self, plans: Sequence[Spelled], *, order: int) -> None:
        """`order`: 0 for the shares of all answers, 1 for those after each answer in the bar before."""
        self.order = order
        self._counts = np.full((ANSWERS + 1 if order else 1, ANSWERS), PRIOR)
        for plan in plans:
            np.add.at(self._counts, (self._rows(plan), plan.answers), 1)

    def nats(self, plan: Spelled) -> NDArray[np.float64]:
        """Nats of each answer of a plan. (n,)"""
        shares = self._counts[self._rows(plan)]
        possible = np.unpackbits(plan.possible, axis=1)[:, :ANSWERS]
        chosen = shares[np.arange(len(plan.answers)), plan.answers]
        found: NDArray[np.float64] = np.log((shares * possible).sum(axis=1) / chosen)
        return found

    def _rows(self, plan: Spelled) -> NDArray[np.int64]:
        if not self.order:
            return np.zeros(len(plan.answers), np.int64)
        place, first, _ = COLUMNS["earlier_1"]
        return np.maximum(plan.ids[:, place].astype(np.int64) - first + 1, 0)  # 0: none there


def baselines(train: Sequence[Spelled], valid: Sequence[Spelled]) -> dict[str, Likelihood]:
    """What held-out plans cost those who only count."""
    found = {}
    for order, name in enumerate(("frequencies", "order 1")):
        counts = Counts(train, order=order)
        found[name] = likelihood(valid, [counts.nats(plan) for plan in valid])
    return found
