"""A bar of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls.plan_layout import CHORDS, PLAYERS, QUESTIONS, SHAPE
from linnet.tokens.vocabulary import SOURCE_MOST
from linnet.tools.dataclass import dataclass, field

__all__ = ["NOTHING_GIVEN", "PlanBar"]


@dataclass(slots=True)
class PlanBar:
    """What a bar of a plan is to be, as far as it is told."""

    source: int | None = None
    """0 for a new bar, or how many bars ago the bar was that comes back."""

    how: int = 0
    """The quarters that come back, as bits; 15 more where the bars are alike as a whole."""

    cadence: int = 0
    left: int = 0
    """1 + bars of the phrase after this one."""

    cells: list[int] = field(default_factory=list)
    """1 + the chord of each beat."""

    players: list[int] = field(default_factory=lambda: [0] * PLAYERS)
    """1 rests, 2 plays."""

    shape: list[int] = field(default_factory=lambda: [0] * len(SHAPE))
    answers: list[int] = field(default_factory=lambda: [0] * len(QUESTIONS))
    """1 + the answer to each question that is asked once a bar."""

    def save(self) -> list[int]:
        """All of it as numbers, for `restored`; of a bar that is composed, whose source is known."""
        return [
            self.source or 0,
            self.how,
            self.cadence,
            self.left,
            *self.players,
            *self.shape,
            *self.answers,
            *self.cells,
        ]

    @classmethod
    def restored(cls, saved: Sequence[int], beats: int) -> PlanBar:
        """The bar that was saved. ValueError or TypeError for what no bar saved."""
        if len(saved) != sum(_WIDTHS) + beats or any(type(each) is not int for each in saved):
            raise ValueError("no bar of a plan")
        ends, parts = 0, list[list[int]]()
        for width in (*_WIDTHS, beats):
            parts.append(list(saved[ends : ends + width]))
            ends += width
        (source, how, cadence, left), players, shape, answers, cells = parts
        limits = (SOURCE_MOST, 30, 3, 64)
        if (
            any(not 0 <= each <= most for each, most in zip(parts[0], limits, strict=True))
            or any(not 0 <= each <= 2 for each in players)
            or any(not 0 <= each <= QUESTIONS[name].size for each, name in zip(shape, SHAPE, strict=True))
            or any(
                not 0 <= each <= question.size
                for each, question in zip(answers, QUESTIONS.values(), strict=True)
            )
            or any(not 0 <= each <= CHORDS for each in cells)
        ):
            raise ValueError("no bar of a plan")
        return cls(source, how, cadence, left, cells, players, shape, answers)


_WIDTHS = (4, PLAYERS, len(SHAPE), len(QUESTIONS))
"""Numbers of a saved bar before its cells."""

NOTHING_GIVEN = PlanBar()
"""Of a bar of which nothing is told; nobody changes it."""
