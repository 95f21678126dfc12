"""Many streams in one frame, within one budget."""

from __future__ import annotations

import time
from collections.abc import Iterable

from linnet.stream.hearing import Heard
from linnet.stream.stream import Stream

__all__ = ["advance_all"]

_SLICE = 0.0004
"""Seconds that one stream composes before the next one has its turn."""


def advance_all(streams: Iterable[Stream], dt: float, *, budget: float = 0.002) -> list[Heard]:
    """The notes due in the next `dt` seconds of many streams, which share one budget.

    As `Stream.advance` for each, but the seconds that are spent on composing ahead are those of all of them:
    a game with fifty streams calls this once a frame. Whoever has the least music ahead composes first.

    Args:
        streams: Of any models.
        dt: Seconds, at least 0.
        budget: Seconds to spend on composing ahead, at most, for all; streams with a worker need none.

    Returns:
        What each is due, in the order of the streams.
    """
    every = list(streams)
    until = time.perf_counter() + budget
    heard = [stream.advance(dt, budget=0.0) for stream in every]
    waiting = [stream for stream in every if not stream.has_worker and not stream.player.rests]
    if waiting:
        waiting.sort(key=lambda stream: stream.player.left)
        for stream in waiting:
            left = until - time.perf_counter()
            if left <= 0:
                break
            player = stream.player
            player.desk.run(player.compose_for, min(left, _SLICE))
    return heard
