"""Fifty streams in a game: what a frame costs, and what a stream keeps in memory in five hours of music.

    LINNET_ENGINE=native python -m benchmarks.speed.crowd [--streams 50] [--frames 3600] [--hours 5]

Streams of the packaged model, at tempos from 80 to 129, are advanced together 60 times a second by
`linnet.advance_all`, within one budget of two milliseconds. The time is that of the thread, which other
programs do not lengthen; the budget is one of the clock, which they eat from. Then one stream plays for some
hours, and the memory of the process is looked at on the way.
"""

import argparse
import resource
import time

import numpy as np

import linnet

FRAME, BUDGET = 1 / 60, 0.002  # seconds


def crowd(streams: int, frames: int) -> tuple[list[float], int]:
    """Seconds that each frame took, and bars that were played again."""
    model = linnet.load()
    playing = [model.stream(seed=seed, key="G major", bpm=80 + seed % 50) for seed in range(streams)]
    for number, stream in enumerate(playing):
        stream.prepare()
        stream.advance(number / streams, budget=None)
    for _ in range(60):
        linnet.advance_all(playing, FRAME, budget=BUDGET)
    calls = []
    for _ in range(frames):
        begun = time.thread_time()
        linnet.advance_all(playing, FRAME, budget=BUDGET)
        calls.append(time.thread_time() - begun)
    return calls, sum(stream.repeated for stream in playing)


def memory(hours: float) -> list[float]:
    """Megabytes that the process has held at most, after each fifth of so many hours of music."""
    stream = linnet.load().stream(seed=1, key="G major", bpm=120)
    found = []
    for fifth in range(5):
        end = (fifth + 1) * hours * 720
        while stream.seconds < end:
            stream.advance(1.0, budget=None)
            if int(stream.seconds) % 600 == 0:
                stream.wish(density=3 + int(stream.seconds) // 600 % 4)
        found.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--frames", type=int, default=3600)
    parser.add_argument("--hours", type=float, default=5.0)
    args = parser.parse_args()
    calls, repeated = crowd(args.streams, args.frames)
    share, slow = np.mean(calls) / FRAME, float(np.percentile(calls, 99)) * 1e3
    print(f"{args.streams} streams, {args.frames} frames at 60 a second")
    print(f"  a frame on average  {np.mean(calls) * 1e3:.2f} ms, {share:.1%} of it (at most 12 %)")
    print(f"  99th percentile     {slow:.2f} ms (at most 4 ms)")
    print(f"  bars played again   {repeated}")
    if args.hours:
        held = memory(args.hours)
        fifths = [round(each) for each in held]
        print(f"memory in {args.hours:g} hours of music, MB after each fifth: {fifths}")


if __name__ == "__main__":
    main()
