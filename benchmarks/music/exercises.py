"""How many tunes that obey the rules of a level are kept as exercises.

    python -m benchmarks.music.exercises [--instrument recorder] [--count 40]

Of tunes made under the rules of each level, in its first key and meter, the share that passes: closes on its
tonic, moves, and repeats neither a note nor its bars too often.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from linnet import practice


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each level."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.exercises", description=__doc__)
    parser.add_argument("--instrument", default="recorder", choices=practice.INSTRUMENTS)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--bars", type=int, default=8)
    args = parser.parse_args(arguments)
    for level in range(1, len(practice.LEVELS) + 1):
        passed = practice.passing(level=level, instrument=args.instrument, count=args.count, bars=args.bars)
        print(f"level {level}: {passed} of {args.count} pass")
    return 0


if __name__ == "__main__":
    sys.exit(main())
