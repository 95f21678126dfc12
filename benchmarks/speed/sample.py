"""How much sooner all cores make many pieces than one process: `python -m benchmarks.speed.sample`.

One process and several take turns, so that a busy machine is as busy for one as for the other; the median of
the ratios counts. Time runs from when each process has made its first pieces: starting one costs a second,
whatever is made. The last column is what the process that hands out the work and writes the files adds to it.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import linnet
from benchmarks.table import markdown
from linnet.model import Model
from linnet_train.evaluation.sampled import Sampled
from linnet_train.sampling.many import TOGETHER
from linnet_train.workers import Workers


def made(model: Model, count: int, bars: int, processes: int) -> tuple[float, float]:
    """Pieces a second by so many processes, and seconds of a core that handing them out takes for each."""
    with tempfile.TemporaryDirectory() as folder:
        sampled = Sampled(Path(folder, "tunes"), model, 0, {"bars": bars})
        moments, own = [], time.process_time()
        for portion in sampled.make(count, Workers(processes)):
            moments += [time.perf_counter()] * portion
        first = TOGETHER * processes - 1
        rate = (count - first - 1) / (moments[-1] - moments[first])
        return rate, (time.process_time() - own) / count


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.sample", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default="folk", metavar="MODEL")
    parser.add_argument("--count", type=int, default=512, metavar="N", help="pieces in each turn (512)")
    parser.add_argument("--bars", type=int, default=16, metavar="N")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="all cores")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    args = parser.parse_args()
    if args.count < 4 * TOGETHER * args.workers:
        parser.error(f"--count must be at least {4 * TOGETHER * args.workers} for {args.workers} processes")
    model = linnet.load(args.model)
    turns = [[made(model, args.count, args.bars, n) for n in (1, args.workers)] for _ in range(args.rounds)]
    alone, all_cores = (statistics.median(turn[i][0] for turn in turns) for i in range(2))
    ratio = statistics.median(turn[1][0] / turn[0][0] for turn in turns)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    making = (spent.ru_utime + spent.ru_stime) / (2 * args.count * args.rounds)
    share = statistics.median(turn[1][1] for turn in turns) / making
    row = [f"{alone:.1f}", f"{all_cores:.1f}", f"{ratio:.2f}", f"{ratio / args.workers:.2f}", f"{share:.1%}"]
    head = [
        "one process, pieces/s",
        f"{args.workers} processes, pieces/s",
        "ratio",
        "of cores",
        "handing out",
    ]
    print("\n".join(markdown([head, row])))


if __name__ == "__main__":
    main()
