"""Whether this machine has time for tests that are about time."""

import threading
import time
from types import TracebackType

import pytest

MOST_LATE = 0.006
"""Seconds by which one of twenty naps may last too long."""


class Calm:
    """Naps in a thread while a test runs, and sees how late it is woken.

    What fails in a test `with Calm()`, while the machine was too busy, is skipped.
    """

    def __init__(self) -> None:
        self._late: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._nap, daemon=True)

    def __enter__(self) -> "Calm":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if isinstance(error, AssertionError) and self.late > MOST_LATE:
            pytest.skip(f"this machine is too busy to keep time ({self.late * 1e3:.0f} ms late)")

    @property
    def late(self) -> float:
        """Seconds, of the nap that was later than nineteen of twenty."""
        late = sorted(self._late) or [0.0]
        return late[int(0.95 * (len(late) - 1))]

    def _nap(self) -> None:
        while not self._over.is_set():
            due = time.perf_counter() + 0.005
            time.sleep(0.005)
            self._late.append(time.perf_counter() - due)
