"""Tokens a second of one piece in a thread, while the main thread runs pure Python, as a game does.

    python -m benchmarks.speed.busy [--sizes 2x256 ...]

A Python loop waits for the GIL at every token; linnet does
not hold it. The first line of a size compares linnet with itself beside a main thread that waits.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.speed import command
from benchmarks.speed.rounds import queued, take_turns
from benchmarks.speed.step import BOUND, RUN, Player, linnet_player, python_players
from benchmarks.table import Figure, faster

IDLE = "linnet, main thread idle"
GOALS = {IDLE: 0.9, RUN: 12.0, BOUND: 40.0}


def in_a_thread(player: Player, seconds: float, meanwhile: Callable[[threading.Thread], object]) -> float:
    """Tokens a second of a player in another thread, while this one does something else.

    Waiting for the GIL counts, waiting for a core that other programs have does not.
    """
    found: list[float] = []

    def play() -> None:
        start, before = time.perf_counter(), queued()
        count = player(seconds)
        found.append(count / (time.perf_counter() - start - (queued() - before)))

    thread = threading.Thread(target=play)
    thread.start()
    meanwhile(thread)
    thread.join()
    return found[0]


def python_runs(thread: threading.Thread) -> int:
    """Counts in pure Python until the thread has ended."""
    spun = 0
    while thread.is_alive():
        spun += 1
    return spun


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `busy`."""
    for size in settings.sizes:
        made = settings.made(size)
        players = {"linnet": linnet_player(made), **python_players(made)}

        works = {
            name: partial(in_a_thread, player, settings.seconds, python_runs)
            for name, player in players.items()
        }
        works[IDLE] = partial(in_a_thread, players["linnet"], settings.seconds, threading.Thread.join)
        rates = take_turns(works, settings.rounds, cores={"linnet": 2})  # the loops share the GIL, so a core
        for name in (IDLE, *list(players)[1:]):
            yield faster("busy", str(size), name, rates, goal=GOALS.get(name))


if __name__ == "__main__":
    sys.exit(command.main(["busy"]))
