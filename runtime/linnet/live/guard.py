"""Ends the notes of a program that was killed: a small process of its own, which outlives it.

    python -m linnet.live.guard PORT

It has the output port open beside the program, and waits until its standard input ends. Where that ends
without the word that all is well, it silences the port.
"""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from linnet.tools.stuck import ended_if_stuck

_WELL = b"well\n"

_TIMES, _PAUSE = 2, 0.5
"""A system that loses a program may lose messages for a moment, too."""

_PATIENCE = 10.0
"""Seconds that it takes at most, once the program is gone."""

_BREATH = 0.003
"""Seconds between portions that a port can take."""


class Guard:
    """Silences a port when this program is gone and could not do it itself."""

    def __init__(self, port: str) -> None:
        """Of an output by its whole name; waits until that is open, for some systems falter meanwhile."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "linnet.live.guard", port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is not for it
        )

        assert self._process.stdout is not None
        self._process.stdout.readline()

    def close(self) -> None:
        """All is well: it is not needed any more."""
        try:
            self._process.communicate(_WELL, timeout=5)
        except (OSError, subprocess.TimeoutExpired):  # it is gone already, or hangs
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main(name: str) -> None:
    """Waits, and silences the port unless all is well."""
    import mido

    port = mido.open_output(name)
    print("open", flush=True)
    word = sys.stdin.buffer.read()
    with ended_if_stuck(_PATIENCE):  # a sound server that is gone takes nothing any more
        if word != _WELL:
            for _ in range(_TIMES):
                _silence(port)
                time.sleep(_PAUSE)
        port.close()


def _silence(port: Any) -> None:
    from mido import Message

    for channel in range(16):
        for control in (64, 120, 123):
            port.send(Message("control_change", channel=channel, control=control, value=0))
        time.sleep(_BREATH)
    for channel in range(16):  # there are synthesizers that know nothing of the above
        for note in range(128):
            port.send(Message("note_off", channel=channel, note=note))
            if note % 16 == 0:
                time.sleep(_BREATH)


if __name__ == "__main__":
    main(sys.argv[1])
