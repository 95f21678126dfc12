"""Which answers there can be to a question about a bar of a plan, and which one another bar has given."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from linnet.controls.plan_layout import NUMBERS, QUESTIONS, SHAPE

if TYPE_CHECKING:
    from linnet.controls.plan_bar import PlanBar

__all__ = ["ANY", "answer_in", "but", "ends", "first_ones"]

ANY = {name: bytes([1]) * question.size for name, question in QUESTIONS.items()}
"""All, by question."""


@cache
def first_ones(count: int, most: int) -> bytes:
    """The first so many of `most`."""
    return bytes(i < count for i in range(most))


@cache
def but(name: str, answer: int) -> bytes:
    """All to a question but one."""
    return bytes(i != answer for i in range(QUESTIONS[name].size))


@cache
def ends(beat: int, beats: int) -> bytes:
    """Of the chord of a beat: the beats after it in a bar of so many, and the bar line."""
    return bytes(end == 0 or beat < end < beats for end in range(QUESTIONS["until"].size))


def answer_in(bar: PlanBar, name: str, place: int) -> int:
    """1 + the answer that a question, about a place, had in another bar; 0: none."""
    if name == "chord":
        return bar.cells[place]
    if name == "until":
        later = (i for i in range(place + 1, len(bar.cells)) if bar.cells[i] != bar.cells[place])
        return 1 + next(later, 0) if bar.cells[place] else 0
    if name == "plays":
        return bar.players[place]
    if name in SHAPE:
        return bar.shape[SHAPE.index(name)]
    return bar.answers[NUMBERS[name]]
