"""A stream as sound in real time, while the main thread runs pure Python, as a game does: are there gaps?

    python -m benchmarks.speed.sounding [--play 600]

A loudspeaker with two buffers of 512 frames asks for one of them 93.75 times a second (48,000 frames a
second). It hears a gap where nothing is ready, and where an answer comes more than a buffer late. What waits
for the GIL counts; a gap while this program waited that long for a core that others had, other programs or
other machines where this one is virtual, is counted apart, so that the first number says something on a
machine that has other work. The share of a core is that of all threads but the main one: composing,
synthesizer, loudspeaker.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import linnet
from benchmarks.speed import command
from benchmarks.speed.busy import python_runs
from benchmarks.speed.rounds import queued, stolen
from benchmarks.table import Figure, Goal
from linnet.synth import Synth
from linnet.synth.ahead import Ahead
from linnet.tools.urgent import be_urgent

BLOCK, AHEAD = 512, 4


@dataclass(slots=True)
class Heard:
    """What the loudspeaker got."""

    buffers: int = 0
    gaps: int = 0
    excused: int = 0
    """Gaps while others had the core."""

    latest: float = 0.0
    """Seconds, of the answer that came latest after it was asked for, while the core was ours."""

    loudest: float = 0.0


def loudspeaker(ahead: Ahead, rate: int, seconds: float, heard: Heard) -> None:
    """Asks for buffers at their times, and looks when they come."""
    be_urgent()
    period = BLOCK / rate
    waits = deque([_waited()], maxlen=AHEAD + 1)
    due = time.perf_counter()
    end = due + seconds
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        missing = ahead.dropouts
        frames = ahead.read(BLOCK)
        took = time.perf_counter() - due
        waits.append(_waited())
        if ahead.dropouts > missing or took > period:
            busy = waits[-1] - waits[0] if ahead.dropouts > missing else waits[-1] - waits[-2]
            if busy > min(took, period) / 2:
                heard.excused += 1
            else:
                heard.gaps += 1
            due = time.perf_counter()  # it goes on after the gap
        elif waits[-1] - waits[-2] < period / 10:
            heard.latest = max(heard.latest, took)
        heard.buffers += 1
        heard.loudest = max(heard.loudest, float(np.abs(frames).max()))
        due += period


def _waited() -> float:
    """Seconds that the threads of this program have waited for a core: whoever has the GIL keeps the others
    waiting when it waits itself, and so does who composes or synthesizes. With what other machines took of a
    virtual one's cores, all of which it needs: one plays and one runs Python.
    """
    return stolen() + sum(queued(thread) for thread in threading.enumerate())


def played(seconds: float) -> tuple[Heard, float, str]:
    """What was heard, the share of a core that it took, and what played."""
    synth = Synth()
    stream = linnet.load().stream(seed=1, worker=True)
    stream.prepare()

    def sound(frames: int) -> NDArray[np.float32]:
        synth.play(stream.advance(frames / synth.rate))
        return synth.render(frames)

    heard = Heard()
    with stream, Ahead(sound, block=BLOCK, blocks=AHEAD) as ahead:
        thread = threading.Thread(target=loudspeaker, args=(ahead, synth.rate, seconds, heard))
        others = time.process_time() - time.thread_time()
        thread.start()
        python_runs(thread)
        others = time.process_time() - time.thread_time() - others
    return heard, others / seconds, synth.name


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `sounding`."""
    heard, share, name = played(settings.play)
    print(f"{settings.play:g} s by {name}, at its loudest {heard.loudest:.2f}", file=sys.stderr)
    goal = Goal("0", heard.gaps == 0)
    yield Figure("sounding", f"gaps in {heard.buffers} buffers", heard.gaps, "", goal=goal)
    yield Figure("sounding", "while others had the core", heard.excused, "")
    yield Figure("sounding", "latest answer", heard.latest * 1e3, "ms")
    yield Figure("sounding", "share of a core", share * 100, "%")


if __name__ == "__main__":
    sys.exit(command.main(["sounding"]))
