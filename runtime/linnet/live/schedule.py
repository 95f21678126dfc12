"""What is to be sent at a moment, and is."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from linnet.tools.urgent import be_urgent

__all__ = ["Schedule"]

_FINE = 0.002
"""Seconds before a moment from which on nothing wakes the thread but the clock, which is more exact."""


class Schedule:
    """A thread that does things at their moments, in seconds of `time.perf_counter`."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._turn = threading.Condition()
        self._serial = count()
        self._closing = False
        self.late: deque[float] = deque(maxlen=100_000)
        """Seconds by which the latest were late."""

        self.error: BaseException | None = None
        """What ended the thread before its time."""

        self._thread = threading.Thread(target=self._run, name="linnet schedule", daemon=True)
        self._thread.start()

    def at(self, seconds: float, act: Callable[..., object], *words: Any) -> None:
        """Calls `act` with these words then, or at once if that has passed."""
        with self._turn:
            heapq.heappush(self._waiting, (seconds, next(self._serial), act, words))
            if self._waiting[0][0] == seconds:
                self._turn.notify()

    def clear(self) -> None:
        """Forgets all that was to come."""
        with self._turn:
            self._waiting.clear()

    def close(self) -> None:
        """Forgets all that was to come, and ends the thread."""
        with self._turn:
            self._waiting.clear()
            self._closing = True
            self._turn.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        be_urgent()
        try:
            while (due := self._next()) is not None:
                seconds, _, act, words = due
                left = seconds - time.perf_counter()
                if left > 0:
                    time.sleep(left)
                self.late.append(max(time.perf_counter() - seconds, 0.0))
                act(*words)
        except BaseException as error:  # whoever watches it says so
            self.error = error

    def _next(self) -> tuple[float, int, Callable[..., object], tuple[Any, ...]] | None:
        """The next one, just before its moment; None at the end."""
        with self._turn:
            while not self._closing:
                if not self._waiting:
                    self._turn.wait()
                    continue
                left = self._waiting[0][0] - time.perf_counter() - _FINE
                if left <= 0:
                    return heapq.heappop(self._waiting)
                self._turn.wait(left)
        return None
