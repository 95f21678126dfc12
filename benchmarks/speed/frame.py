"""Music for a game: a thread calls `advance` 60 times a second, while the main thread runs pure Python.

    python -m benchmarks.speed.frame [--play 180]

The packaged model plays in real time, for as many seconds as --play says; a call may take 2 ms. Beside it a
Python loop with io binding does the same: within 2 ms a call it draws ahead of the clock by two bars, as
linnet does. A note is late when its time has passed before it is composed; linnet plays a bar again instead,
which counts as one late note here.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import linnet
from benchmarks.speed import command, peers
from benchmarks.speed.busy import python_runs
from benchmarks.speed.peers import PythonLoop
from benchmarks.table import Figure, Goal, at_most
from linnet.tokens.vocabulary import FAMILIES

FRAME, BUDGET = 1 / 60, 0.002  # seconds
BPM, BARS_AHEAD = 120, 2
LINNET, WORKER, BOUND = "linnet", "linnet with a worker", "io binding in a Python thread"
TICKS_A_SECOND = 24 * BPM / 60
NOTES = range(FAMILIES["note"].first, FAMILIES["note"].first + FAMILIES["note"].count)


@dataclass(frozen=True, slots=True)
class Played:
    """How it went, frame by frame."""

    calls: list[float]
    """Seconds that each call took."""

    late: int
    """Notes that were composed after their time."""


def linnet_plays(seconds: float, *, worker: bool) -> Callable[[], Played]:
    """A stream of the packaged model."""
    stream = linnet.load().stream(seed=1, bpm=BPM, ahead=BARS_AHEAD, worker=worker)
    stream.prepare()

    def play() -> Played:
        late = 0

        def frame() -> None:
            nonlocal late
            late += sum(note.onset < 0 for note in stream.advance(FRAME, budget=BUDGET))

        with stream:
            calls = sixty_a_second(frame, seconds)
        return Played(calls, late + stream.repeated)

    return play


def python_plays(seconds: float) -> Callable[[], Played]:
    """The same model in a Python loop."""
    loop = PythonLoop(peers.ort_bound(linnet.load().file))
    ahead = BARS_AHEAD * 4 * 24  # ticks, in bars of four quarters
    while loop.now < ahead:
        loop.step()

    def play() -> Played:
        heard, late = float(loop.now - ahead), 0

        def frame() -> None:
            nonlocal late, heard
            heard += FRAME * TICKS_A_SECOND
            until = time.perf_counter() + BUDGET
            while loop.now < heard + ahead and time.perf_counter() < until:
                late += loop.step() in NOTES and loop.now < heard

        return Played(sixty_a_second(frame, seconds), late)

    return play


def sixty_a_second(frame: Callable[[], None], seconds: float) -> list[float]:
    """Seconds that each call took."""
    calls = []
    due = time.perf_counter()
    end = due + seconds
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        begun = time.perf_counter()
        frame()
        calls.append(time.perf_counter() - begun)
        due += FRAME
    return calls


def beside_python(play: Callable[[], Played]) -> Played:
    """Plays in a thread, while this one runs pure Python."""
    found: list[Played] = []
    thread = threading.Thread(target=lambda: found.append(play()))
    thread.start()
    python_runs(thread)
    return found[0]


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `frame`."""
    players = {
        LINNET: linnet_plays(settings.play, worker=False),
        WORKER: linnet_plays(settings.play, worker=True),
        BOUND: python_plays(settings.play),
    }
    played = {name: beside_python(play) for name, play in players.items()}
    slowest = {name: float(np.percentile(p.calls, 99)) * 1e3 for name, p in played.items()}
    share = {name: sum(p.calls) / len(p.calls) / FRAME * 100 for name, p in played.items()}
    for name in (WORKER, BOUND):
        reach = at_most(BUDGET * 1e3, slowest[LINNET], " ms") if name == BOUND else None
        ratio = slowest[name] / slowest[LINNET]
        yield Figure("frame", "p99 of a call", slowest[LINNET], "ms", name, slowest[name], ratio, reach)
    for name in (WORKER, BOUND):
        late = played[LINNET].late
        reach = Goal("0", late == 0) if name == BOUND else None
        yield Figure("frame", "late notes", late, "", name, played[name].late, goal=reach)
    for name in (WORKER, BOUND):
        ratio = share[name] / share[LINNET]
        yield Figure("frame", "share of 16.7 ms", share[LINNET], "%", name, share[name], ratio)


if __name__ == "__main__":
    sys.exit(command.main(["frame"]))
