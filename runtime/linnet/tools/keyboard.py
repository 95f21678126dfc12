"""Keys that are pressed in a terminal, one by one and without Return."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keys() -> Iterator[Callable[[], str]]:
    """A function that gives the keys that were pressed since it was called last, without waiting.

    Where standard input is no terminal there are none, and its characters are not read.
    """
    if not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        import msvcrt

        yield lambda: "".join(msvcrt.getwch() for _ in iter(msvcrt.kbhit, False))
    else:
        import select
        import termios
        import tty

        place = sys.stdin.fileno()
        before = termios.tcgetattr(place)

        def pressed() -> str:
            found = b""
            while select.select([place], [], [], 0)[0] and (part := os.read(place, 64)):
                found += part
            return found.decode(errors="ignore")

        try:
            tty.setcbreak(place)
            yield pressed
        finally:
            with contextlib.suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(place, termios.TCSADRAIN, before)
