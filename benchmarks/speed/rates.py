"""The same minutes of a stream, with all that a game asks of it, at several frame rates: the same notes?

    LINNET_ENGINE=native python -m benchmarks.speed.rates [--minutes 10] [--model folk]

A game plays a stream and asks for something else every few seconds: wishes at bar lines and beats, rules,
stings, a theme, transitions and back, layers and volumes. Then what it asked for is played again at 30, 60
and 144 frames a second, in irregular frames of 1 to 100 ms, by a worker, and all at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import linnet

SETTINGS: dict[str, Any] = {"seed": 3, "key": "G major", "bpm": 140, "time_signature": "4/4"}
RATES = ("30", "60", "144", "irregular")
STING = linnet.Score.from_notes([("C5", 0.5), ("E5", 0.5), ("G5", 1)], instrument="trumpet")
THEME = linnet.Score.from_notes([("C5", 1), ("E5", 1), ("G5", 1.5), ("A5", 0.5), ("G5", 2), ("E5", 2)])

Ask = Callable[[linnet.Stream], object]
CALLS: tuple[tuple[float, Ask], ...] = (
    (2.3, lambda stream: stream.wish(density=6)),
    (3.1, lambda stream: stream.sting(STING)),
    (2.2, lambda stream: stream.wish(bpm=150, key="E minor", at="beat")),
    (1.9, lambda stream: stream.transition(density=3, fill=True)),
    (4.4, lambda stream: stream.volume("lead", 0.5)),
    (1.0, lambda stream: stream.play(THEME, name="hero")),
    (4.0, lambda stream: stream.restrict(pitch_range=("G3", "G5"), at="now")),
    (3.0, lambda stream: stream.back()),
    (5.3, lambda stream: stream.wish(bpm=140, key="G major", density=None)),
    (2.7, lambda stream: stream.restrict(pitch_range=None)),
)
"""Seconds of music, and what is asked for then."""


def asked(stream: linnet.Stream, seconds: float) -> list[dict[str, Any]]:
    """What a game asks of a stream in so many seconds, over and over; it plays it."""
    for wait, call in cycle(CALLS):
        if stream.seconds + wait > seconds:
            return stream.changes
        stream.advance(wait, budget=None)
        call(stream)
    raise AssertionError


def frames(rate: str) -> Iterator[float]:
    """Seconds of each frame, without end: `irregular`, or so many a second."""
    number = 1
    while True:
        number = number * 48271 % 2147483647
        yield 0.001 + number % 997 / 10_000 if rate == "irregular" else 1 / int(rate)


def played(
    stream: linnet.Stream, changes: list[dict[str, Any]], lengths: Iterator[float], seconds: float
) -> list[tuple[float, float, int, int]]:
    """Onset, duration, pitch and velocity of all notes that begin in so many seconds, or until the end."""
    replay = linnet.Replay(stream, changes)
    found: list[tuple[float, float, int, int]] = []
    while stream.seconds < seconds - 1e-6 and not stream.done:
        now = stream.seconds
        found += [
            (round(now + note.onset, 6), round(note.duration, 6), note.pitch, note.velocity)
            for note in replay.advance(min(next(lengths), seconds - now))
        ]
    return found


def main() -> int:
    """Prints how many notes each way has, and whether they are those of the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--model", default="folk")
    args = parser.parse_args()
    model, seconds = linnet.load(args.model), args.minutes * 60
    changes = asked(model.stream(**SETTINGS), seconds)
    print(f"{args.minutes:g} minutes of {args.model}, {len(changes)} changes")
    ways = {f"{rate} frames a second": (frames(rate), False) for rate in RATES if rate != "irregular"}
    ways |= {
        "irregular frames": (frames("irregular"), False),
        "60, by a worker": (frames("60"), True),
        "ten minutes a frame": (cycle([600.0]), False),
    }
    first: list[Any] | None = None
    same = True
    for name, (lengths, worker) in ways.items():
        with model.stream(**SETTINGS, worker=worker) as stream:
            found = played(stream, changes, lengths, seconds)
        first = found if first is None else first
        same = same and found == first
        print(f"  {name:24}{len(found):8,} notes, {'the same' if found == first else 'OTHERS'}", flush=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
