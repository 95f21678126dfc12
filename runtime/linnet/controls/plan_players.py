"""Who plays in a composed plan: somebody always does, and nobody who matters is away for long.

Plan models learnt from people's pieces of any length, whose introductions and solos may be longer than all of
a short piece. So somebody with a pitch plays in every bar, those who lead (together), the other voices of a
choir, the left hand and the kit rest for a quarter of the piece at a time, up to four bars, and others for
half of it. In music without end those who lead always play: whoever plays it has layers to let them rest, and
may hear one of them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet.controls.plan_layout import PLAYERS
from linnet.music.roles import ROLES

if TYPE_CHECKING:
    from linnet.controls.plan_draft import Ask, Draft

__all__ = ["somebody_plays"]

RESTS, PLAYS = 1, 2
KIT = PLAYERS - 1
LEADING = frozenset(map(ROLES.index, ("lead", "second", "soprano", "right hand")))

HELD = frozenset(map(ROLES.index, ("alto", "tenor", "low voice", "left hand")))
"""Voices and hands: in 9 of 10 of people's pieces none of them rests for longer than those who lead."""

ENDLESS = 32
"""Bars that count as a piece where there is no end."""

SHORTEST, LEAD_MOST = 2, 4
"""Bars in a row for which anybody may rest in any piece of twice as many, and at most those who lead, voices,
hands and the kit. In shorter pieces only others rest.
"""


def somebody_plays(ask: Ask, draft: Draft) -> bytes:
    """1 for each possible answer with which somebody plays in the bar, and nobody rests for too long; all
    where the question is another one.
    """
    if ask.name not in ("together", "plays") or not draft.conditions.roles:
        return ask.possible
    due = _due(draft)
    if ask.name == "together":
        fits = [not players or all(_has(players, group) for group in due) for players in ask.options]
        return bytes(may and fit for may, fit in zip(ask.possible, [*fits, True], strict=True))
    settled = draft.begun.players
    must = any(ask.place == group[-1] and not _has(settled, group[:-1]) for group in due)
    return bytes([ask.possible[0] and not must, ask.possible[1]])


def _has(players: Sequence[int], group: Sequence[int]) -> bool:
    return any(players[player] == PLAYS for player in group)


def _due(draft: Draft) -> list[Sequence[int]]:
    """Of each of these somebody has to play: of all with pitches, of those who lead if nobody has led for as
    long as may be, and of everybody else who has rested for as long as that one may.
    """
    roles, piece = draft.conditions.roles, draft.conditions.bars or ENDLESS
    pitched = range(len(roles))
    leading = [player for player in pitched if roles[player] in LEADING]
    others = [player for player in pitched if player not in leading]
    shortest = SHORTEST if piece >= 2 * SHORTEST else 0
    soon, late = max(min(piece // 4, LEAD_MOST), shortest), max(piece // 2, shortest)
    groups = [([KIT], soon), *(([player], soon if roles[player] in HELD else late) for player in others)]
    if draft.conditions.bars:
        groups.append((leading, soon))
    else:
        groups += [([player], 0) for player in leading]
    return [pitched, *(group for group, most in groups if group and _have_rested(draft, group, most))]


def _have_rested(draft: Draft, group: Sequence[int], most: int) -> bool:
    latest = draft.bars[-most:] if most else []
    return len(latest) == most and all(bar.players[player] == RESTS for bar in latest for player in group)
