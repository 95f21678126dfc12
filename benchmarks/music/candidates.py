"""What does best of several bring, and what does it cost?

    python -m benchmarks.music.candidates MODEL --against CORPUS [--judge FILE] [--samples 30] [--bars 24]

MODEL is a name or a file; CORPUS is the folder the model was trained on. Every column is a number of
candidates (and of bars in a section, with --sections): a musician's figures, likeness to people as in a
report card, and the time it took. The last column is people.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import linnet
from linnet.controls.judge import Judge
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import compare
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.reference import Reference, Sample, table

COMPARISONS = {
    "mean KS": compare.mean_ks,
    "range hit": compare.range_hit,
    "told apart": compare.classifier_auc,
}


def judged(model: linnet.Model, judge: Judge, section: int) -> None:
    """The model judges by this from here on."""
    model.engine.info = replace(model.info, judge=replace(judge, section=section))


def with_interval(values: np.ndarray) -> str:
    """A mean with its 95 % interval."""
    found = interval_of(np.mean, values)
    return f"{found.value:.2f} ({found.low:.2f}-{found.high:.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.candidates", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="name of a packaged model, or a model file")
    parser.add_argument("--against", required=True, help="folder made by linnet-train prepare")
    parser.add_argument("--judge", type=Path, help="made by linnet-train judge, instead of the model's own")
    parser.add_argument("--samples", type=int, default=30, help="pieces of each setting (30)")
    parser.add_argument("--bars", type=int, default=24, help="bars of each piece (24)")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 4, 8], help="candidates (1 4 8)")
    parser.add_argument("--sections", type=int, nargs="+", help="bars of a section (the judge's own)")
    parser.add_argument("--seed", type=int, default=0, help="of the first piece (0)")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    judge = model.info.judge if args.judge is None else Judge.of(json.loads(args.judge.read_text()))
    if judge is None:
        parser.error(f"{model.info.name} has no judge: give one with --judge")
    reference = Reference(Corpus.open(args.against), args.bars, 10_000)
    columns: dict[str, list[Sample]] = {}
    seconds: dict[str, float] = {}
    for section in args.sections or [judge.section]:
        judged(model, judge, section)
        for count in args.counts:
            name = f"{count} of {section} bars" if count > 1 else "1"
            if name in columns:
                continue
            begun = time.process_time()
            scores = [
                model.generate(bars=args.bars, seed=args.seed + i, candidates=count)
                for i in range(args.samples)
            ]
            seconds[name] = time.process_time() - begun
            columns[name] = [reference.measure(f"{i}", score) for i, score in enumerate(scores)]
    people = table(reference.everybody)
    print("|".join(["", "", *columns, "people", ""]))
    print("|".join(["", *["---"] * (len(columns) + 2), ""]))
    for figure in reference.musician:
        values = [table(samples, [figure.name])[:, 0] for samples in (*columns.values(), reference.everybody)]
        print("|".join(["", figure.words, *map(with_interval, values), ""]))
    for words, comparison in COMPARISONS.items():
        found = [f"{comparison(table(samples), people):.3f}" for samples in columns.values()]
        print("|".join(["", words, *found, "", ""]))
    notes = {name: sum(len(each.score.notes) for each in samples) for name, samples in columns.items()}
    usual = next(iter(columns))
    times = [seconds[name] / seconds[usual] * notes[usual] / notes[name] for name in columns]
    print("|".join(["", "time a note", *(f"{each:.1f}" for each in times), "", ""]))


if __name__ == "__main__":
    main()
