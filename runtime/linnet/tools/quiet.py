"""Keeps libraries from talking on stderr."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed() -> Iterator[None]:
    """Keeps C from writing to stderr, as Debian's library does of a thousand schemas when it is opened.

    What other threads write to it meanwhile, some hundredths of a second, is lost.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
