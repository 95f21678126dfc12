"""How far a loop leaps over its seam, beside the ends of its phrases and pieces that begin again.

    python -m benchmarks.music.seams [folk] [--count 72] [--bars 16]

Semitones from the last note of the highest line to the first one: over the seam of loops, over the inner ends
of their four bars, and from the end of pieces that are no loops to their beginning. Means, unselected.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

import linnet
from benchmarks.music.going_on import top_line
from linnet.music.score import Score


def step(score: Score, before: int, after: int) -> int:
    """From the last note of a bar, counted from 0, to the first of another."""
    onset, pitch = top_line(score)
    bars = np.searchsorted([*score.bar_ticks().tolist(), score.end], onset, "right") - 1
    first, last = pitch[bars == after], pitch[bars == before]
    return abs(int(first[0]) - int(last[-1])) if len(first) and len(last) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the three means."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.seams", description=__doc__)
    parser.add_argument("model", nargs="?", default="folk")
    parser.add_argument("--count", type=int, default=72)
    parser.add_argument("--bars", type=int, default=16)
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    loops = model.generate(bars=args.bars, loop=True, seed=0, count=args.count)
    pieces = model.generate(bars=args.bars, seed=0, count=args.count)
    inner = range(4, args.bars, 4)
    found = {
        "over the seam": [step(loop, args.bars - 1, 0) for loop in loops],
        "inside": [step(loop, bar - 1, bar) for loop in loops for bar in inner],
        "no loop": [step(piece, piece.bars - 1, 0) for piece in pieces],
    }
    for name, steps in found.items():
        print(f"{name:16}{np.mean(steps):6.1f} semitones ({len(steps)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
