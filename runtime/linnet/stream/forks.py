"""Forks: no thread is in the midst of anything while the process is copied."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

from linnet._core import Turns

__all__ = ["held_in_forks"]


class _Player(Protocol):
    """Who takes turns."""

    desk: Turns
    turn: Turns


_players: weakref.WeakSet[_Player] = weakref.WeakSet()
_held: list[Turns] = []


def held_in_forks(player: _Player) -> None:
    """Nobody is at its desk or has its turn while the process forks; so both processes can go on."""
    _players.add(player)


def _hold_all() -> None:
    for player in list(_players):
        for turns in (player.desk, player.turn):
            turns.take()
            _held.append(turns)


def _let_go() -> None:
    while _held:
        _held.pop().give()


if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(before=_hold_all, after_in_parent=_let_go, after_in_child=_let_go)
