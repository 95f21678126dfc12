"""What numbers that are almost zero cost in training.

    python -m benchmarks.speed.tiny [DIR] [--from folk]

A trained network is sure of what cannot come next, so gradients of those tokens lie below 1.2e-38, where
floats lose their last bits (*subnormal* in IEEE 754) and processors slow down. One network learns in turns
with such numbers kept and with them taken as zero, as `linnet-train` has it; best round of each, in tokens a
second.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import DATA
from benchmarks.speed.features import pieces
from benchmarks.speed.train import FILES, training
from benchmarks.table import markdown
from linnet_train.network.config import RunConfig
from linnet_train.network.start import Start

import torch  # isort: skip - after linnet_train, which says how its threads shall wait


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; exit code 1 where the music is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.tiny", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "train" / "cre-irish")
    parser.add_argument("--from", dest="start", type=Path, default=Path("folk"), metavar="MODEL")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=4, help="steps in a round")
    args = parser.parse_args(arguments)
    if not args.folder.is_dir():
        print(f"{args.folder}: no such folder; name one with MIDI files, or set LINNET_DATA", file=sys.stderr)
        return 1
    torch.set_num_threads(1)
    start = Start.read(args.start)
    learner = training(pieces(args.folder, FILES), start.model, replace(RunConfig(), grammar_weight=5.0))
    learner.start_from(start.weights)
    best = {"kept": 0.0, "taken as zero": 0.0}
    for i in range(args.rounds + 1):
        for name in best:
            torch.set_flush_denormal(name != "kept")
            began = time.thread_time()
            tokens = sum(learner.advance(1e-4)[1] for _ in range(args.steps))
            if i:  # the first round fills the lanes
                best[name] = max(best[name], tokens / (time.thread_time() - began))
    rows = [[name, f"{rate:,.0f}", f"{rate / best['kept']:.2f}"] for name, rate in best.items()]
    print(*markdown([["numbers below 1.2e-38", "tokens/s", "ratio"], *rows]), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
