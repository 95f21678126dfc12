"""Threads that must not come late."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SWITCH = 0.001
"""Seconds for which a thread may keep others waiting; Python's own are 0.005."""

_lock = threading.Lock()
_usual: list[float] = []


@contextmanager
def brief_turns() -> Iterator[None]:
    """Python switches between threads every millisecond meanwhile, so that none waits long for its turn."""
    with _lock:
        _usual.append(sys.getswitchinterval())
        sys.setswitchinterval(min(_SWITCH, _usual[0]))
    try:
        yield
    finally:
        with _lock:
            first = _usual[0]
            _usual.pop()
            if not _usual:
                sys.setswitchinterval(first)


def be_urgent() -> bool:
    """Asks the system to run this thread before others, as sound programs do; whether it may.

    On Linux alone, where users may if they are in the group `audio`, as a rule. Only for threads that sleep
    most of the time.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        return False
    return True
