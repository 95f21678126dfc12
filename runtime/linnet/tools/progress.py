"""A bar on the terminal that fills."""

from __future__ import annotations

import sys
from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how much is done, and how much was asked."""

_WIDTH = 32


def progress_bar() -> Progress | None:
    """What draws it on stderr; None where that is no terminal."""
    return _draw if sys.stderr.isatty() else None


def _draw(done: int, asked: int) -> None:
    filled = _WIDTH * done // max(asked, 1)
    end = "\r\033[K" if done >= asked else ""
    print(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{asked}", end=end, file=sys.stderr, flush=True)
