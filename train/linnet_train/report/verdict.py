"""Whether a model is good enough to be shipped: what it must reach, what it should, and what it does."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from linnet_train.evaluation.reference import COPYING
from linnet_train.evaluation.words import words
from linnet_train.report.card import Card

SHIPPED = "as_shipped"


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
        return (words(self.name), *limits, value, self.verdict)


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
        Goal(
            "grammar_valid_without_masks", 0.98, 0.995, valid("grammar_valid_without_masks"), "higher", _share
        ),
        Goal("grammar_valid_with_masks", 1, 1, valid("grammar_valid_with_masks"), "higher", _share),
        Goal("files_valid", 1, 1, valid("file_valid"), "higher", _share),
        Goal("ends_without_rule", 0.9, 0.97, valid("ends_properly"), "higher", _share),
        Goal("stuck", 0.02, 0, _stuck(card, recorded), "lower", _share),
        Goal("range_hit", 0.84, 0.88, beside("range_hit"), "higher", _plain),
        Goal("frechet_distance", 6, 3, beside("frechet_distance"), "lower", _plain),
        Goal("classifier_auc", 0.85, 0.7, beside("classifier_auc"), "lower", _plain),
        Goal("self_gap", 0.1, 0.05, abs(card.shipped_gap.value), "lower", _share),
        Goal("notes_in_copied_runs_of_12", people + 2 * error, people, float(copied.mean()), "lower", _plain),
        Goal("wrong_on_its_face", 0.05, 0, valid("wrong_on_its_face"), "lower", _share),
        Goal("figures_far_from_people", 0.25, 0, _far(card), "lower", _share),
        Goal("integer_loss", 0.002, 0.0005, lost, "lower", lambda x: f"{x:+.3%}"),
    ]


def overall(reached: Sequence[Goal]) -> str:
    """All goals in one: the worst of them, and nothing is reached while something was not measured."""
    worst = ("missed", "not measured", "met", "aim reached")
    return min((goal.verdict for goal in reached), key=worst.index)


def _far(card: Card) -> float:
    """Share of a musician's figures; one is enough to keep a model from the aim."""
    return sum(each.far for each in card.musician) / len(card.musician) if card.musician else math.nan


def _stuck(card: Card, recorded: dict[str, Any]) -> float:
    """Of this very file, over all temperatures, with the watchdog and the form that a model uses by
    default.
    """
    found = recorded.get("stuck", {}).get(card.model.info.name, {})
    if found.get("sha256") != card.model.info.sha256:
        return math.nan
    shares = []
    for row in found["temperatures"].values():
        way = "as_shipped" if "as_shipped_with_watchdog" in row else "unconstrained"
        shares.append(float(row[f"{way}_with_watchdog"]["stuck"]))
    return sum(shares) / len(shares)


def _share(value: float) -> str:
    return f"{value:.1%}"


def _plain(value: float) -> str:
    return f"{value:.3f}"
