"""What each part of the model does to the music: the networks of the ablation, heard.

    python -m benchmarks.music.ablation folk.corpus -o trials
    python -m benchmarks.music.heard folk.corpus --trials trials/folk.corpus-500 [--samples 60] [--bars 24]
    python -m benchmarks.music.heard folk.corpus --models folk mine.onnx

exports each network that the ablation has trained, makes pieces with it at the settings given, all else as it
is unasked (forms are those of people's pieces), and prints as Markdown a musician's figures of them
(docs/musician.md), with 95 % intervals, beside those of people's held-out pieces as long; the last row is the
share of 24 asked keys that are the key found (four pieces each). `--only` names trials; `--record FILE` adds
the figures to a JSON file. `--models` hears packaged models and model files instead, at their own settings.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import linnet
from benchmarks.table import markdown
from linnet.music.key import KEYS, estimate_key
from linnet_export.export import export
from linnet_export.passport import ExportSettings
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.reference import Reference, table
from linnet_train.storage import read_json, write_json

KEY_FOUND = "key asked is the key found"
PIECES_A_KEY = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.heard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("corpus", help="what they were trained on")
    heard = parser.add_mutually_exclusive_group(required=True)
    heard.add_argument("--trials", type=Path, metavar="DIR", help="folder of the runs")
    heard.add_argument("--models", nargs="+", default=[], metavar="MODEL", help="packaged, or files")
    parser.add_argument("--only", action="append", metavar="NAME", help="a run in it; default: all")
    parser.add_argument("--samples", type=int, default=60, metavar="N")
    parser.add_argument("--bars", type=int, default=24, metavar="N")
    parser.add_argument("--min-p", type=float, default=0.02, metavar="X")
    parser.add_argument("--guidance", type=float, default=1.0, metavar="X")
    parser.add_argument("--plan", type=Path, metavar="RUN", help="a plan model composes their plans")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="add the figures to this JSON, under heard"
    )
    args = parser.parse_args(arguments)

    reference = Reference(Corpus.open(args.corpus), args.bars, 10_000)
    settings = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": args.min_p, "guidance": args.guidance}
    columns = {}
    runs = [] if args.models else sorted(path.parent.name for path in args.trials.glob("*/best.json"))
    for name in args.models or args.only or runs:
        print(f"{name} ...", file=sys.stderr)
        model = linnet.load(name) if args.models else exported(args.trials / name, settings, args.plan)
        scores = model.generate(count=args.samples, bars=args.bars, seed=1)
        samples = [reference.measure(str(i), score) for i, score in enumerate(scores)]
        columns[name] = {
            figure.name: summary(table(samples, [figure.name])[:, 0]) for figure in reference.musician
        } | {KEY_FOUND: in_keys(model)}
    columns["people"] = {
        figure.name: summary(table(reference.everybody, [figure.name])[:, 0]) for figure in reference.musician
    }
    words = {figure.name: figure.words for figure in reference.musician} | {KEY_FOUND: KEY_FOUND}
    rows = [["", *columns]]
    for name, said in words.items():
        rows.append([said, *(cell(found.get(name)) for found in columns.values())])
    print("\n".join(markdown(rows)))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything.setdefault("heard", {})[Path(args.corpus).name.split(":")[0]] = columns
        write_json(args.record, everything)
    return 0


def exported(run: Path, settings: dict[str, Any], plan: Path | None = None) -> linnet.Model:
    """The model of a run, at these settings; with a plan model of another run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.onnx"
        export(run, path, ExportSettings(name=run.name, defaults=settings), plan=plan)
        return linnet.load(path)


def in_keys(model: linnet.Model) -> list[float] | None:
    """Of all 24 keys asked the share that is found; None where keys cannot be asked for."""
    if not model.info.has_learnt("key"):
        return None
    found = []
    for number, key in enumerate(KEYS):
        scores = model.generate(count=PIECES_A_KEY, bars=16, seed=1, key=key)
        found += [float(estimate_key(score.pitched_notes) == number) for score in scores]
    return summary(np.array(found))


def summary(values: np.ndarray) -> list[float] | None:
    """Mean, and its 95 % interval; None where no piece has the figure."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    found = interval_of(np.mean, known)
    return [found.value, found.low, found.high]


def cell(found: list[float] | None) -> str:
    """As it stands in the table."""
    return "" if found is None else "{:.2f} ({:.2f}-{:.2f})".format(*found)


if __name__ == "__main__":
    sys.exit(main())
