"""What heads that share cost in play: tokens a second of a stream, with them and without, on one core.

    python -m benchmarks.speed.heads [--sizes 2x256] [--heads all]

The networks take turns, and the best round of each counts, by the time of the thread: on a busy machine the
others measure its neighbours. How many columns heads add to the last layer stands beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import linnet
from benchmarks.speed.networks import Made, Size
from benchmarks.speed.rounds import pinned
from benchmarks.table import markdown
from linnet_train.network.heads import heads_of


def main(arguments: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.heads", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=Size.of, default=[Size.of("2x256")], metavar="2x256")
    parser.add_argument(
        "--heads", nargs="+", default=["all"], help="set beside no heads, as a recipe names them"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=2000, help="in a round")
    args = parser.parse_args(arguments)
    cells = [["network", "heads", "columns", "tokens/s", ""]]
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes:
            rates = measure(size, ["none", *args.heads], Path(folder), args.rounds, args.tokens)
            for heads, rate in rates.items():
                columns = sum(head.size for head in heads_of(heads))
                share = f"{rates['none'] / rate - 1:+.1%} time" if heads != "none" else ""
                cells.append([str(size), heads, str(columns), f"{rate:,.0f}", share])
    print("\n".join(markdown(cells)))
    return 0


def measure(size: Size, heads: list[str], folder: Path, rounds: int, tokens: int) -> dict[str, float]:
    """Tokens in a second of the thread's own time, for each set of heads."""
    streams = {}
    for number, name in enumerate(heads):
        place = folder / f"{size}-{number}"
        place.mkdir()
        streams[name] = linnet.load(Made(size, place, name).exact).stream(seed=1, temperature=1.0, top_k=40)
    best = dict.fromkeys(heads, 0.0)
    with pinned():
        for _ in range(rounds):
            for name, stream in streams.items():
                began = time.thread_time()
                stream.tokens(tokens)
                best[name] = max(best[name], tokens / (time.thread_time() - began))
    return best


if __name__ == "__main__":
    sys.exit(main())
