"""Does guidance pay? What pieces are, and what a token costs, at each of some weights of the wishes.

    python -m benchmarks.music.guidance MODEL --against CORPUS [--samples 100] [--bars 32] [--record FILE]

MODEL is a name or a file; CORPUS is the folder the model was trained on. All else is as the model ships.
`linnet-train wishes MODEL --against CORPUS --guidance X` says which wishes are kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import linnet
from benchmarks.music.judge import COMPARISONS, print_table
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation.reference import Reference, table
from linnet_train.evaluation.words import words
from linnet_train.storage import read_json, write_json

WEIGHTS = (1.0, 1.5, 2.0, 3.0)
SHOWN = ("ends_on_tonic", "degenerate", "scale_consistency", "in_copied_runs_of_12")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.guidance", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="name of a packaged model, or a model file")
    parser.add_argument("--against", type=Path, required=True, help="folder made by linnet-train prepare")
    parser.add_argument("--samples", type=int, default=100, help="pieces at each weight (100)")
    parser.add_argument("--bars", type=int, default=32, help="bars of each piece (32)")
    parser.add_argument("--record", type=Path, help="JSON file to put the figures into, beside its others")
    args = parser.parse_args(arguments)
    model, corpus = linnet.load(args.model), Corpus.open(args.against)
    reference = Reference(corpus, args.bars, args.samples)
    people = table(reference.people)
    length = {"bars": args.bars} if reference.barred else {"seconds": 2.0 * args.bars}
    found: dict[str, dict[str, float]] = {}
    for weight in WEIGHTS:
        begun = time.process_time()
        scores = model.generate(count=args.samples, seed=0, guidance=weight, **length)
        seconds = time.process_time() - begun
        tokens = sum(len(codec.encode(score, model.info.time_base)) for score in scores)
        samples = [reference.measure(f"seed {seed}", score) for seed, score in enumerate(scores)]
        row = {name: comparison(table(samples), people) for name, comparison in COMPARISONS.items()}
        row |= {name: float(np.nanmean(table(samples, [name]))) for name in SHOWN}
        found[f"{weight:g}"] = row | {"microseconds_per_token": 1e6 * seconds / tokens}
    names = list(found["1"])
    print(f"{args.samples} pieces, {args.samples} of people; means.\n")
    print_table(
        [
            ["guidance", *map(words, names)],
            *([g, *(f"{row[n]:.3f}" for n in names)] for g, row in found.items()),
        ]
    )
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything.setdefault("guidance", {})[model.info.name] = found
        write_json(args.record, everything)


if __name__ == "__main__":
    main()
