"""Side by side: contenders take turns in one run, and each is judged by its median."""

import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

SCHEDULED = Path("/proc/thread-self/schedstat")
"""Nanoseconds on a core, nanoseconds of waiting for one, and turns."""

Name = TypeVar("Name", bound=Hashable)

WHOLE = 0.97
"""A round in which the process had less of its cores than this was disturbed by other programs."""

ATTEMPTS = 3
"""A disturbed round is repeated up to so often in all; the least disturbed one counts, fast or slow."""


def take_turns(
    works: Mapping[Name, Callable[[], float]], rounds: int, *, cores: Mapping[Name, int] | None = None
) -> dict[Name, float]:
    """What each work returns, the median of its rounds. A round before them warms caches and clocks.

    The order is another one in each round: engines leave threads that spin for a while, warm or empty caches,
    and always the same neighbour would have to play beside them.

    `cores`: of those that keep more than one busy, how many.
    """
    results: dict[Name, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for turn in range(rounds):
        for name in random.Random(turn).sample(list(works), len(works)):
            results[name].append(_undisturbed(works[name], (cores or {}).get(name, 1)))
    return {name: statistics.median(values) for name, values in results.items()}


def _undisturbed(work: Callable[[], float], cores: int) -> float:
    most, result = -1.0, 0.0
    for _ in range(ATTEMPTS):
        wall, cpu = time.perf_counter(), _cpu_seconds()
        value = work()
        share = (_cpu_seconds() - cpu) / (time.perf_counter() - wall) / cores
        if share > most:
            most, result = share, value
        if share >= WHOLE:
            break
    return result


def _cpu_seconds() -> float:
    """Of this process and of the children it has seen end."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def lap() -> Callable[[], float]:
    """Starts a clock; what comes back tells the seconds since.

    They are those of the CPU where these are fewer than those of the wall: what other programs took of a core
    does not count. On an idle machine they are the same, but for engines with threads of their own.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    return lambda: min(time.perf_counter() - wall, time.process_time() - cpu)


def queued() -> float:
    """Seconds that this thread has waited for a core that others had.

    0 where the system does not say.
    """
    try:
        return int(SCHEDULED.read_text().split()[1]) * 1e-9
    except OSError:
        return 0.0


def elapsed(work: Callable[[], object]) -> float:
    """Seconds that a call takes, by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def seconds_of(work: Callable[[], object], seconds: float) -> float:
    """Seconds that one call takes, over so many seconds of calls."""
    calls, until, clock = 0, time.perf_counter() + seconds, lap()
    while time.perf_counter() < until:
        for _ in range(8):  # so that looking at the clock does not count
            work()
        calls += 8
    return clock() / calls


@contextmanager
def pinned(cores: int = 1) -> Iterator[None]:
    """This thread, and what it starts meanwhile, keeps to so many cores, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[-cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
