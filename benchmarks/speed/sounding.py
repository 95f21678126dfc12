"""A stream as sound in real time, while the main thread runs pure Python, as a game does: are there gaps?

    python -m benchmarks.speed.sounding [--play 600]

An audio device (`asker.c`) asks for a block of 512 frames 93.75 times a second (48,000 frames a second), in
C and without Python, as that of `linnet.synth.speaker.Speaker` does; first with 4 blocks kept ready, then
with 16. It hears a gap where nothing is ready, and where an answer comes more than a block late. What waits
for the GIL counts. A gap is counted apart if others had the core, other programs or other machines where this
one is virtual, for half of the time that the queue lasts, while the main thread could have run: whoever has
the GIL keeps the others waiting when it waits for a core itself. The share of a core is that of all threads
but the main one: composing, synthesizer, device.
"""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import linnet
from benchmarks.speed import command
from benchmarks.speed.busy import python_runs
from benchmarks.speed.compiled import compiled
from benchmarks.table import Figure, Goal
from linnet.synth import Synth
from linnet.synth.ahead import Ahead
from linnet.tools.urgent import be_urgent

BLOCK = 512
ANSWER = np.dtype([(name, np.int64) for name in ("took", "waited", "lost", "gaps")])
"""As in asker.c: nanoseconds, and a count."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the device got."""

    buffers: int
    gaps: int
    excused: int
    """Gaps while others had the core."""

    latest: float
    """Seconds, of the answer that came latest after it was due, while the core was ours."""

    loudest: float = 0.0


def judged(answers: NDArray[np.void], period: float, blocks: int) -> Heard:
    """What to think of answers that were due every `period` seconds, with so many blocks kept ready."""
    took = answers["took"] * 1e-9
    empty = np.diff(answers["gaps"], prepend=0) > 0
    gap = empty | (took > period)
    # A queue runs empty if nobody fills it for as long as it lasts; an answer is late by what held it up.
    before = np.maximum(np.arange(len(answers)) - blocks, 0)
    lost = (answers["lost"] - answers["lost"][before]) * 1e-9
    waited = np.diff(answers["waited"], prepend=answers["waited"][:1]) * 1e-9
    waited[:-1] += waited[1:]  # what was stolen may be told after it
    excused = gap & np.where(empty, lost > blocks * period / 2, waited > np.minimum(took, period) / 2)
    ours = ~gap & (waited < period / 10)
    latest = float(took[ours].max(initial=0.0))
    return Heard(len(answers), int((gap & ~excused).sum()), int(excused.sum()), latest)


def device(ahead: Ahead, library: ctypes.CDLL, rate: int, answers: NDArray[np.void]) -> float:
    """Asks for blocks and writes down how they come; the loudest sample."""
    be_urgent()
    library.ask.restype = ctypes.c_float
    with ExitStack() as stack:

        def opened(path: str) -> int:
            try:
                file = os.open(path, os.O_RDONLY)
            except OSError:  # not Linux: it does not say
                return -1
            stack.callback(os.close, file)
            return file

        own = f"/proc/self/task/{threading.get_native_id()}"
        busy = f"/proc/self/task/{threading.main_thread().native_id}"
        return float(
            library.ask(
                ctypes.c_void_p(ahead.sdl),
                ctypes.c_void_p(ahead.userdata),
                ctypes.c_int32(BLOCK),
                ctypes.c_int32(len(answers)),
                ctypes.c_int64(BLOCK * 10**9 // rate),
                ctypes.c_int(opened(f"{own}/schedstat")),
                ctypes.c_int(opened(f"{busy}/schedstat")),
                ctypes.c_int(opened(f"{busy}/stat")),
                ctypes.c_int(opened("/proc/stat")),
                ctypes.c_void_p(answers.ctypes.data),
            )
        )


def played(seconds: float, blocks: int, library: ctypes.CDLL) -> tuple[Heard, float, str]:
    """What was heard, the share of a core that it took, and what played."""
    synth = Synth()
    stream = linnet.load().stream(seed=1, worker=True)
    stream.prepare()

    def sound(frames: int) -> NDArray[np.float32]:
        synth.play(stream.advance(frames / synth.rate))
        return synth.render(frames)

    answers = np.zeros(round(seconds * synth.rate / BLOCK), ANSWER)
    loudest: list[float] = []
    with stream, Ahead(sound, block=BLOCK, blocks=blocks) as ahead:
        thread = threading.Thread(target=lambda: loudest.append(device(ahead, library, synth.rate, answers)))
        others = time.process_time() - time.thread_time()
        thread.start()
        python_runs(thread)
        others = time.process_time() - time.thread_time() - others
    return (
        replace(judged(answers, BLOCK / synth.rate, blocks), loudest=loudest[0]),
        others / seconds,
        synth.name,
    )


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `sounding`."""
    library = compiled("asker", [], settings.folder)
    for blocks in (4, 16):
        heard, share, name = played(settings.play, blocks, library)
        print(f"{settings.play:g} s by {name}, at its loudest {heard.loudest:.2f}", file=sys.stderr)
        goal = Goal("0", heard.gaps == 0)
        for what, number, unit in (
            (f"gaps in {heard.buffers:,} buffers", heard.gaps, ""),
            ("gaps while others had the core", heard.excused, ""),
            ("latest answer", heard.latest * 1e3, "ms"),
            ("share of a core", share * 100, "%"),
        ):
            yield Figure("sounding", f"{blocks} blocks, {what}", number, unit, goal=goal)
            goal = None


if __name__ == "__main__":
    sys.exit(command.main(["sounding"]))
