"""Where chance comes from: seeds, and which stream of the generator draws what.

`Rng(seed, stream)` gives for each pair of numbers a sequence of its own. Whoever draws from a player's seed
has a stream of his own in this table, so that one draw does not move another; a new one takes the next
number.
"""

from __future__ import annotations

import os
from enum import IntEnum

__all__ = ["Streams", "new_seed", "track_streams"]


class Streams(IntEnum):
    """Streams of the generator for what is drawn from the seed of a piece or of a stream of music."""

    TOKENS = 0
    """The tokens of the piece, one draw each."""

    KEY = 1
    """A key that is usual in the model's music."""

    LATENT = 2
    """The latent of a variational model."""

    FORM = 3
    """The form: one of those that the model brings along."""

    TIMING = 4
    """How far strokes of drums are from the grid; a stretch of the stream for each tick."""

    PLAN = 5
    """The plan, where the model composes plans."""

    SEAM = 6
    """Seeds of loops that are composed anew, where their tune leaps over the seam."""

    CANDIDATES = 1 << 32
    """The tokens of candidates: so many streams further for each after the first, which draws from TOKENS."""


def track_streams(number: int) -> tuple[int, int]:
    """The streams for the timing and for the velocities of a track that `linnet.shape.humanise` moves.

    They are numbers of the table above too. Nothing draws from both by one call, since a piece is made by one
    and moved by another; a player who gives both the same seed hears nothing of it, because a draw of a token
    and a deviation in milliseconds have nothing in common. Other numbers would change everybody's files.
    """
    return 2 * number, 2 * number + 1


def new_seed() -> int:
    """A seed of 32 bits, short enough to be typed, for music that nobody gave one."""
    return int.from_bytes(os.urandom(4), "little")  # as `secrets` does, which would load OpenSSL's library
