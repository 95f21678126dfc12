"""Somebody has the tune: in a composed plan those who lead rest for four bars at most, as before a tune."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls.plan_draft import Ask, Draft
from linnet.music.roles import ROLES

__all__ = ["having_the_tune"]

LEADING = frozenset({ROLES.index("lead"), ROLES.index("second")})
LONGEST_REST = 4
"""Bars."""

_RESTS, _PLAYS = 1, 2


def having_the_tune(ask: Ask, draft: Draft) -> bytes:
    """1 for each possible answer after which somebody leads; all where that need not be."""
    leading = [slot for slot, role in enumerate(draft.conditions.roles) if role in LEADING]
    if ask.name not in ("together", "plays") or not leading or not _has_rested(draft, leading):
        return ask.possible
    if ask.name == "together":
        return bytes(
            possible and (not option or any(option[slot] == _PLAYS for slot in leading))
            for possible, option in zip(ask.possible, (*ask.options, ()), strict=True)
        )
    if ask.place != leading[-1] or any(draft.begun.players[slot] == _PLAYS for slot in leading):
        return ask.possible
    return bytes((0, ask.possible[1]))


def _has_rested(draft: Draft, leading: Sequence[int]) -> bool:
    before = draft.bars[-LONGEST_REST:]
    return len(before) == LONGEST_REST and all(
        bar.players[slot] == _RESTS for bar in before for slot in leading
    )
