"""How soon a stream follows a wish: notes a quarter, bar by bar, around a change of density and back.

    python -m benchmarks.music.steer [MODEL] [--seeds N]

In 4/4, density 3 for 12 bars, then 7 for 12, then 3 again; means over the seeds. The last four bars before
each change, and the first eight after it.
"""

from __future__ import annotations

import argparse
import sys

import linnet

BARS, SECONDS = 12, 2.0  # a bar at 120 BPM
CALM, DANGER = 3, 7


def notes_a_bar(model: linnet.Model, seed: int) -> list[int]:
    """Of one stream."""
    stream = model.stream(seed=seed, bpm=120, time_signature="4/4", density=CALM)
    counts: list[int] = []
    for density in (DANGER, CALM, None):
        counts += [len(stream.advance(SECONDS, budget=None)) for _ in range(BARS - 1)]
        counts.append(len(stream.advance(SECONDS / 2, budget=None)))  # in the middle of the last bar
        if density is not None:
            stream.wish(density=density)
        counts[-1] += len(stream.advance(SECONDS / 2, budget=None))
    return counts


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.steer", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default=linnet.model.DEFAULT, metavar="MODEL")
    parser.add_argument("--seeds", type=int, default=24, metavar="N", help="default: %(default)s")
    args = parser.parse_args()
    model = linnet.load(args.model)
    rows = [notes_a_bar(model, seed) for seed in range(args.seeds)]
    means = [sum(bar) / len(rows) / 4 for bar in zip(*rows, strict=True)]
    for name, line in (("calm to danger", BARS), ("danger to calm", 2 * BARS)):
        before, after = means[line - 4 : line], means[line : line + 8]
        print(f"{name}: {' '.join(f'{m:.1f}' for m in before)} | {' '.join(f'{m:.1f}' for m in after)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
