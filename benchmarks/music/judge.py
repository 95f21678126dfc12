"""Which sampling settings bring a model nearest to people?

    python -m benchmarks.music.judge MODEL --against CORPUS [--samples 30] [--bars 32]

MODEL is a name or a file; CORPUS is the folder the model was trained on. Every line is a setting, measured as
`linnet-train report` measures the one that the model ships with, and the nearest stand first.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import linnet
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import compare
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.reference import Reference, Sample, table
from linnet_train.evaluation.statistics import MEANS
from linnet_train.evaluation.words import words

SETTINGS: tuple[dict[str, float], ...] = (
    *(
        {"temperature": t, "min_p": p, "top_p": 1.0}
        for t in (0.8, 0.9, 1.0, 1.1)
        for p in (0, 0.02, 0.05, 0.1)
    ),
    *({"temperature": t, "min_p": 0.0, "top_p": p} for t in (0.9, 1.0, 1.1) for p in (0.9, 0.95)),
)
COMPARISONS = {
    "mean_ks": compare.mean_ks,
    "range_hit": compare.range_hit,
    "frechet_distance": compare.frechet_distance,
    "classifier_auc": compare.classifier_auc,
}
SHOWN = {
    "pitch_class_entropy": "pc entropy", "scale_consistency": "scale", "key_nearness": "key near",
    "onset_entropy": "onset H", "groove_consistency": "groove", "self_similarity_1_4": "SI 1-4",
    "self_similarity_5_8": "SI 5-8", "bar_repeat": "bar repeat", "distinct_4": "distinct 4",
    "ends_on_tonic": "tonic", "ends_long": "long", "degenerate": "degenerate",
    "in_copied_runs_of_12": "C12", "longest_copied_run": "longest copy",
}  # fmt: skip


def cells(samples: Sequence[Sample]) -> list[str]:
    """The middle of each figure that is shown."""
    found = []
    for name in SHOWN:
        values: Table = table(samples, [name])
        found.append(f"{(np.nanmean if name in MEANS else np.nanmedian)(values):.2f}")
    return found


def distance(made: Sequence[Sample], people: Sequence[Sample]) -> float:
    """Mean KS; being degenerate more often than people counts against a setting in full.

    Half of the pieces stuck and half of them wild would look human on the average.
    """
    stuck, usual = (float(table(samples, ["degenerate"]).mean()) for samples in (made, people))
    return compare.mean_ks(table(made), table(people)) + max(0.0, stuck - usual)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """In columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.judge", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="name of a packaged model, or a model file")
    parser.add_argument("--against", type=Path, required=True, help="folder made by linnet-train prepare")
    parser.add_argument("--samples", type=int, default=30, help="pieces of each setting (30)")
    parser.add_argument("--bars", type=int, default=32, help="bars of each piece (32)")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    reference = Reference(Corpus.open(args.against), args.bars, args.samples)
    people, everybody = table(reference.people), table(reference.everybody)
    found = []
    for settings in SETTINGS:
        begun = time.perf_counter()
        scores = model.generate(count=args.samples, bars=args.bars, seed=0, **settings)
        samples = [reference.measure(f"seed {seed}", score) for seed, score in enumerate(scores)]
        away = distance(samples, reference.people)
        compared = [f"{comparison(table(samples), people):.3f}" for comparison in COMPARISONS.values()]
        chance = [f"{settings[name]:g}" for name in ("temperature", "min_p", "top_p")]
        found.append((away, [*chance, f"{away:.3f}", *compared, *cells(samples)]))
        print(f"{settings}: {time.perf_counter() - begun:.0f} s", flush=True)
    floor = [f"{compare.among(everybody, args.samples, each).value:.3f}" for each in COMPARISONS.values()]
    rows = [["T", "min_p", "top_p", "distance", *map(words, COMPARISONS), *SHOWN.values()]]
    rows += [row for _, row in sorted(found)]
    rows.append(["people", "", "", floor[0], *floor, *cells(reference.people)])
    print(f"\n{args.samples} pieces of {args.bars} bars each; medians, and means of shares.\n")
    print_table(rows)


if __name__ == "__main__":
    main()
