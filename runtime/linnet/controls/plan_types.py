"""A plan as a piece takes it: what each bar is to be."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from linnet.controls.wishes import INDEX, LIKENESS_BARS
from linnet.tools.named import NamedTuple

__all__ = ["BEAT", "FARTHEST", "IN_REGISTER", "NEW", "RETURNS", "Bar", "Composing", "Plan", "like"]


class Bar(NamedTuple):
    """What a bar is to be, as `Piece.plan` takes it."""

    source: int | Literal["nowhere", "anywhere"]
    """How many bars ago the bar it repeats was; or for a new bar what `Tracker.set_source` takes."""

    quarters: int
    """Where it comes back: the lowest bit for the first quarter of the bar."""

    wishes: dict[int, int]
    """Values by column of a row of the plan: wishes, and the cells of chords."""

    comes_back: tuple[int, int] | None = None
    """How many bars ago what comes back was, and the quarters in which it does, where that is not the source
    that features look up; (0, 0): nothing."""

    @property
    def returns(self) -> tuple[int, int]:
        """How many bars ago what comes back was, 0 for nothing, and the quarters in which it does."""
        if self.comes_back is not None:
            return self.comes_back
        return (self.source, self.quarters) if isinstance(self.source, int) else (0, 0)


class Plan(NamedTuple):
    """What is to come, bar by bar."""

    bars: list[Bar]
    again: int
    """The bar to go on with after the last, for as long as the music lasts."""

    upbeat: bool
    """Whether the first bar is an incomplete one."""

    composing: Composing | None = None
    """Of a plan that is composed for as long as the music lasts: what goes on after its last bar."""

    def bar(self, number: int) -> Bar:
        """The bar of that number, from 0, also after the last."""
        count = len(self.bars)
        if number >= count:
            number = self.again + (number - count) % (count - self.again)
        return self.bars[number]


class Composing(Protocol):
    """Where the composition of an endless plan is. It stays there: to go on gives another."""

    @property
    def composed(self) -> int:
        """Bars since the plan began."""

    def on(self, bars: int) -> tuple[list[Bar], Composing]:
        """So many bars more, and where it is then."""

    def save(self) -> dict[str, Any]:  # Any: JSON
        """What it takes to go on elsewhere."""


NEW = Bar("nowhere", 0, {INDEX["likeness"]: 1})

RETURNS, BEAT = 3.0, 1.0
"""By how much logits are lowered that lead away from what comes back, and from the beat of the kit, where a
model says nothing else: twenty and three times less likely."""

IN_REGISTER = 0.5
"""Likewise those of a line's notes, for each semitone out of the register that it is told: an octave away, a
thirtieth as likely."""

FARTHEST = 63
"""Bars ago that a bar can come back from: what the tracker remembers."""


def like(back: int) -> Bar:
    """A bar like the one so many bars ago; it is shown in the column of the nearest distance that has one."""
    column = back if back in LIKENESS_BARS else LIKENESS_BARS[-1]
    return Bar(back, 15, {INDEX["likeness"]: LIKENESS_BARS.index(column) + 2})
