"""Whether this machine has time for tests that are about time."""

import subprocess
import sys
from types import TracebackType

import pytest

MOST_LATE, MOST_EVER = 0.006, 0.025
"""Seconds by which one of twenty naps may last too long, and any of them."""

NAPS = """
import sys, time
while True:
    due = time.perf_counter() + 0.005
    time.sleep(0.005)
    print(time.perf_counter() - due, flush=True)
"""


class Calm:
    """Naps in a process of its own while a test runs, and sees how late it is woken.

    What fails in a test `with Calm()`, while the machine was too busy, is skipped. A thread would be late
    because of what the test does, too, and a fault be taken for a busy machine.
    """

    def __enter__(self) -> "Calm":
        self.late: list[float] = []
        """Seconds, of each nap, once it is over."""

        self._napping = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", NAPS], stdout=subprocess.PIPE, text=True
        )
        assert self._napping.stdout is not None
        self._napping.stdout.readline()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._napping.kill()
        naps, _ = self._napping.communicate()
        self.late = sorted(float(line) for line in naps.splitlines(keepends=True) if line.endswith("\n"))
        often, ever = (self.late[int(0.95 * (len(self.late) - 1))], self.late[-1]) if self.late else (0, 0)
        failed = isinstance(error, (AssertionError, subprocess.TimeoutExpired))
        if failed and (often > MOST_LATE or ever > MOST_EVER):
            pytest.skip(
                f"this machine is too busy to keep time ({often * 1e3:.0f} ms late, once {ever * 1e3:.0f})"
            )
