"""A watch for what may hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Hung(BaseException):
    """It took longer than it may; no `except Exception` catches it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises Hung where the block takes longer. In the main thread, and where there are alarms."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hung(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
