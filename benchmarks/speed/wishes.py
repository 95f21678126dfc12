"""A game that wishes all the time: 144 frames a second, a wish in each, and what a frame pays for it.

    python -m benchmarks.speed.wishes [--play 20]

For every packaged model, with and without a worker, and for wishes that are always the same, that change in
every frame for the next bar line, or for this very moment: percentiles of what `advance` and `wish` took, in
milliseconds of the calling thread, and how many bars had to be heard twice. `advance` may take 2 ms.
`python -m benchmarks.speed.wishes --wall` counts what other programs took meanwhile, too.
"""

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np

import linnet

FRAME, BUDGET = 1 / 144, 0.002  # seconds
CASES = (("same", "bar"), ("changing", "bar"), ("changing", "now"))


def play(stream: linnet.Stream, seconds: float, case: tuple[str, str], *, wall: bool) -> np.ndarray:
    """Seconds that `advance` and `wish` took in each frame, (frames, 2)."""
    clock, (kind, at) = time.perf_counter if wall else time.thread_time, case
    costs, due = [], time.perf_counter()
    for i in range(int(seconds / FRAME)):
        begun = clock()
        stream.wish(temperature=0.8 + (i % 200 / 1000 if kind == "changing" else 0), at=at)  # type: ignore[arg-type]  # one of three
        wished = clock()
        stream.advance(FRAME, budget=BUDGET)
        costs.append((clock() - wished, wished - begun))
        due += FRAME
        time.sleep(max(0.0, due - time.perf_counter()))
    return np.array(costs)


def rows(seconds: float, *, wall: bool) -> Iterator[str]:
    """The table, line by line."""
    yield f"{'ms':23} {'advance p50':>12} {'p99':>6} {'p99.9':>6} {'wish p50':>9} {'p99':>6} {'repeated':>9}"
    for name in linnet.models():
        model = linnet.load(name)
        for case in CASES:
            for worker in (False, True):
                with model.stream(seed=1, worker=worker) as stream:
                    stream.prepare()
                    costs = 1e3 * play(stream, seconds, case, wall=wall)
                    p50, p99, p999 = np.percentile(costs[:, 0], (50, 99, 99.9))
                    wish50, wish99 = np.percentile(costs[:, 1], (50, 99))
                    what = f"{name} {case[0]} {case[1]}{' worker' if worker else ''}"
                    yield (
                        f"{what:28} {p50:7.2f} {p99:6.2f} {p999:6.2f} {wish50:9.2f} {wish99:6.2f} "
                        f"{stream.repeated:9}"
                    )


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="What wishes in every frame cost.")
    parser.add_argument("--play", type=float, default=20.0, metavar="X", help="seconds of music in each row")
    parser.add_argument("--wall", action="store_true", help="count what other programs took meanwhile, too")
    args = parser.parse_args()
    for row in rows(args.play, wall=args.wall):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
