"""How much sooner all cores make many pieces than one process: `python -m benchmarks.speed.sample`.

One process and several take turns. Two ways to say how far they come:

- by the clock, from when each process has made its first pieces: medians of the rounds, and of their ratios.
  It says what is got on this machine now, and on a busy one it says most of the others.
- by seconds of a core, which others do not take away: what a piece costs one process, and what it costs each
  of several, in which all shows that they have in common (memory, caches, what each does again), and what the
  process that hands out the work and writes the files adds. Starting is left out: a turn of few pieces is
  taken off.

What is lost beside that is waiting, when a core is nobody's. So processes are also watched: for how much of
the time between its first piece and its last each had nothing to do, and how much sooner than the last of
them the first was done. The last line takes both off.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import linnet
from benchmarks.table import markdown
from linnet.model import Model
from linnet_train.evaluation.sampled import Sampled
from linnet_train.sampling.many import TOGETHER, Player, Seeds, portions
from linnet_train.workers import Failure, Workers


@dataclass(frozen=True)
class Turn:
    """What one turn of so many processes came to."""

    rate: float
    """Pieces a second, by the clock."""

    spent: float
    """Seconds of a core of the processes that make the pieces, in all."""

    handing_out: float
    """Likewise of the one that hands out the work, for each piece."""


def turn(model: Model, count: int, bars: int, processes: int) -> Turn:
    """Makes so many pieces by so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        sampled = Sampled(Path(folder, "tunes"), model, 0, {"bars": bars})
        moments, own, before = [], time.process_time(), _children()
        for portion in sampled.make(count, Workers(processes)):
            moments += [time.perf_counter()] * portion
        first = min(TOGETHER * processes - 1, count - 2)
        rate = (count - first - 1) / max(moments[-1] - moments[first], 1e-9)
        return Turn(rate, _children() - before, (time.process_time() - own) / count)


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@dataclass(frozen=True)
class Watched:
    """Work that says who did it, and from when to when."""

    work: Callable[[Seeds], Any]  # Any: pieces, which are let go

    def __call__(self, seeds: Seeds) -> tuple[int, float, float]:
        """The process, and the clock before and after."""
        begun = time.monotonic()
        self.work(seeds)
        return os.getpid(), begun, time.monotonic()


def waiting(model: Model, count: int, bars: int, processes: int) -> tuple[float, float]:
    """Of the time of all processes from the first piece to the last of each, the share in which they had
    nothing to do; and the share of it for which the first to be done waited for the last.
    """
    workers = Workers(processes)
    work = Watched(Player.of(model, workers, {"bars": bars}))
    times = defaultdict[int, list[tuple[float, float]]](list)
    for _, outcome in workers.run(work, portions(0, count, processes), together=1):
        assert not isinstance(outcome, Failure)
        times[outcome[0]].append(outcome[1:])
    for each in times.values():
        each.sort()
    whole = sum(each[-1][1] - each[0][0] for each in times.values())
    busy = sum(end - begun for each in times.values() for begun, end in each)
    ends = [each[-1][1] for each in times.values()]
    return 1 - busy / whole, (max(ends) - min(ends)) / (whole / len(times))


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

    def rounds(processes: int, count: int) -> list[Turn]:
        return [turn(model, count, args.bars, processes) for _ in range(args.rounds)]

    few = TOGETHER * args.workers
    begun = {n: rounds(n, few) for n in (1, args.workers)}
    both = [[turn(model, args.count, args.bars, n) for n in (1, args.workers)] for _ in range(args.rounds)]
    alone, together = ([each[i] for each in both] for i in range(2))
    ratio = statistics.median(b.rate / a.rate for a, b in both)

    def cost(turns: list[Turn], started: list[Turn]) -> float:
        spent = [statistics.median(each.spent for each in found) for found in (turns, started)]
        return (spent[0] - spent[1]) / (args.count - few)

    one, several = cost(alone, begun[1]), cost(together, begun[args.workers])
    handing = statistics.median(each.handing_out for each in together)
    idle = [waiting(model, args.count, args.bars, args.workers) for _ in range(args.rounds)]
    gaps, late = (statistics.median(each[i] for each in idle) for i in range(2))
    kept = one / (several + handing)
    rates = [statistics.median(each.rate for each in turns) for turns in (alone, together)]
    rows = [
        ["pieces a second, by the clock", *(f"{rate:.1f}" for rate in rates)],
        ["times as many", "1", f"{ratio:.2f}"],
        ["core ms a piece", f"{1000 * one:.2f}", f"{1000 * several:.2f}"],
        ["core ms to hand it out and write it", "", f"{1000 * handing:.2f}"],
        ["of the cores, by core seconds", "", f"{kept:.3f}"],
        ["waiting for work", "", f"{gaps:.1%}"],
        ["first done, before the last", "", f"{late:.1%}"],
        ["of the cores, in all", "", f"{min(kept, 1) * (1 - gaps) * (1 - late):.3f}"],
    ]
    print("\n".join(markdown([["", "one process", f"{args.workers} processes"], *rows])))


if __name__ == "__main__":
    main()
