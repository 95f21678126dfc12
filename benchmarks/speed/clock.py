"""MIDI clock, sent and followed: how late ticks are, whether they drift, and how near to a master it keeps.

    python -m benchmarks.speed.clock [--play 60]

Ticks at 125 quarter notes a minute, 50 a second, by the thread that sends a jam's notes too: idle, and beside
a process on every core that counts in pure Python. What comes late because others had the core counts. Then a
master whose ticks come by chance up to 2 ms late is followed, and its own idea of the beat is asked for.
"""

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator

import numpy as np
from mido import Message

from benchmarks.speed import command
from benchmarks.table import Figure, at_most
from linnet.live.clock import TICKS, ClockFollower, ClockSender
from linnet.live.schedule import Schedule
from linnet.live.transport import Transport

BPM = 125.0
JITTER = 0.002
"""Seconds by which the master's ticks are late at most."""


def sent(seconds: float) -> np.ndarray:
    """Seconds by which each tick came late, against the first one and an exact tempo. (ticks,)"""
    transport, schedule = Transport(BPM), Schedule()
    sender, times = ClockSender(transport), []

    def note(message: Message) -> None:
        if message.type == "clock":
            times.append(time.perf_counter())

    transport.start(seconds=time.perf_counter() + 0.1)
    begin, end = transport.seconds_at(0), time.perf_counter() + seconds
    while time.perf_counter() < end:
        for moment, message in sender.until(time.perf_counter() + 0.05):
            schedule.at(moment, note, message)
        time.sleep(0.01)
    schedule.close()
    return np.array(times) - begin - np.arange(len(times)) * 60 / BPM / TICKS


def followed(seconds: float) -> np.ndarray:
    """Seconds between the master's beat and what the follower takes for it, from the second beat on."""
    chance = random.Random(1)
    transport = Transport(100.0)
    follower = ClockFollower(transport)
    follower.receive(Message("start"), 0.0)
    off = []
    for tick in range(int(seconds * BPM * TICKS / 60)):
        now = tick * 60 / BPM / TICKS
        late = chance.uniform(0, JITTER)
        follower.receive(Message("clock"), now + late)
        if tick > 2 * TICKS:
            off.append((transport.beat_at(now) - tick / TICKS) * 60 / BPM)
    return np.array(off)


def _count() -> None:
    spun = 0
    while True:
        spun += 1


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `clock`."""
    for name, most in (("idle", 1.5), ("beside busy processes", 3.0)):
        others = [
            multiprocessing.get_context("spawn").Process(target=_count, daemon=True)
            for _ in range((os.cpu_count() or 1) if name != "idle" else 0)
        ]
        for other in others:
            other.start()
        if others:
            time.sleep(1)
        late = sent(settings.play / 2) * 1e3
        for other in others:
            other.terminate()
        worst = float(np.percentile(late, 99))
        yield Figure("clock", f"p99 of a tick, {name}", worst, "ms", goal=at_most(most, worst, " ms"))
        drift = float(np.median(late[-50:]) - np.median(late[:50]))
        yield Figure("clock", f"drift in {settings.play / 2:g} s, {name}", drift, "ms")
    off = np.abs(followed(600.0)) * 1e3
    yield Figure("clock", "off a master, at most", float(off.max()), "ms", goal=at_most(2, off.max(), " ms"))


if __name__ == "__main__":
    sys.exit(command.main(["clock"]))
