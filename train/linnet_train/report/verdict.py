"""Whether a model is good enough to be shipped: what it must reach, what it should, and what it does."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from linnet_train.evaluation.reference import COPYING
from linnet_train.report.card import Card

SHIPPED = "as shipped"


@dataclass(frozen=True)
class Goal:
    """One line of the verdict."""

    name: str
    must: float
    aim: float
    value: float
    """NaN where nobody measured it."""

    better: Literal["higher", "lower"]
    how: Callable[[float], str]
    """For tables."""

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if math.isnan(self.value):
            return "not measured"
        return "aim reached" if self._reaches(self.aim) else "met" if self._reaches(self.must) else "missed"

    def _reaches(self, limit: float) -> bool:
        return self.value >= limit if self.better == "higher" else self.value <= limit

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, must, aim, value, verdict."""
        sign = "≥" if self.better == "higher" else "≤"
        limits = (f"{sign} {self.how(limit)}" for limit in (self.must, self.aim))
        value = "" if math.isnan(self.value) else self.how(self.value)
        return (self.name, *limits, value, self.verdict)


def goals(card: Card, recorded: dict[str, Any]) -> list[Goal]:
    """All of them, at the settings that the model ships with.

    `recorded` are figures that other commands kept: the share of stuck pieces is of `benchmarks.music.stuck`.
    """

    def valid(row: str) -> float:
        return card.validity[row][SHIPPED].value

    def beside(row: str) -> float:
        return card.comparisons[row][SHIPPED].value

    copied, human = (column.values(COPYING[1]) for column in (card.shipped, card.people))
    people = float(human.mean())
    error = float(human.std()) / len(human) ** 0.5
    exported = card.model.info.passport.get("held_out", {}).get("export", {})
    lost = exported["exact_nats"] / exported["float_nats"] - 1 if exported.get("exact_nats") else math.nan
    return [
        Goal("grammar valid, masks off", 0.98, 0.995, valid("grammar valid, masks off"), "higher", _share),
        Goal("grammar valid, masks on", 1, 1, valid("grammar valid, masks on"), "higher", _share),
        Goal("files valid in three readers", 1, 1, valid("file valid"), "higher", _share),
        Goal("ends properly, not forced", 0.9, 0.97, valid("ends properly"), "higher", _share),
        Goal("stuck, temperatures 0.7 to 1.2", 0.02, 0, _stuck(card, recorded), "lower", _share),
        Goal("range hit", 0.84, 0.88, beside("range hit"), "higher", _plain),
        Goal("Fréchet distance", 6, 3, beside("Fréchet distance"), "lower", _plain),
        Goal("told apart (AUC)", 0.85, 0.7, beside("told apart (AUC)"), "lower", _plain),
        Goal("self gap, either way", 0.1, 0.05, abs(card.shipped_gap.value), "lower", _share),
        Goal("notes in copied runs of 12", people + 2 * error, people, float(copied.mean()), "lower", _plain),
        Goal("integers against floats, nats", 0.002, 0.0005, lost, "lower", lambda x: f"{x:+.3%}"),
    ]


def _stuck(card: Card, recorded: dict[str, Any]) -> float:
    """Of this very file, over all temperatures, with the watchdog and the form that nobody asked for."""
    found = recorded.get("stuck", {}).get(card.model.info.name, {})
    if found.get("sha256") != card.model.info.sha256:
        return math.nan
    shares = []
    for row in found["temperatures"].values():
        way = "as shipped" if "as shipped, with watchdog" in row else "left free"
        shares.append(float(row[f"{way}, with watchdog"]["stuck"]))
    return sum(shares) / len(shares)


def _share(value: float) -> str:
    return f"{value:.1%}"


def _plain(value: float) -> str:
    return f"{value:.3f}"
