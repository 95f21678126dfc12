"""An end for a program that a library holds for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType

__all__ = ["BriefExit", "ended_if_stuck"]


@contextmanager
def ended_if_stuck(seconds: float) -> Iterator[None]:
    """The system ends the program where this takes longer; on Windows nobody does.

    A library that waits with Python's lock in its hands, as python-rtmidi does for a sound server, leaves no
    thread of ours a turn, nor Ctrl-C.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)


class BriefExit(ExitStack):
    """An exit stack which takes so many seconds at most when it is left."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        with ended_if_stuck(self._seconds):
            return super().__exit__(kind, error, trace)
