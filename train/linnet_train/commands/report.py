"""`linnet-train report`: a model's pieces beside people's, as a page, as data, and as a picture."""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from linnet_train.errors import TrainError

if TYPE_CHECKING:
    import linnet
    from linnet_train.corpus.corpus import Corpus


RECORDED = ("model", "protocol", "verdict", "comparisons", "validity", "likelihood", "self_gap")
"""What `--record` keeps of a report: the figures of all pieces together. MODEL.json has those of each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("model", metavar="MODEL", help="a model file, or the name of a packaged model")
    parser.add_argument(
        "--against",
        type=Path,
        required=True,
        metavar="CORPUS",
        help="the corpus it was trained on, as `linnet-train prepare` wrote it",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for MODEL.html, .json and .png",
    )
    parser.add_argument(
        "--samples", type=_samples, default=100, metavar="N", help="pieces to make (20..10000; default: 100)"
    )
    parser.add_argument(
        "--bars",
        type=_bars,
        metavar="N",
        help="length of every piece (8..1000; default: 32); held-out ones are cut",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="S",
        help="likewise for a model without bars (16..2000; default: 60)",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="JSON file with the figures of other commands, which the verdict reads; those of the report are "
        "added, under report",
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the first piece (default: 0)")


def _number(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, got {text}")
    return int(text)


def _samples(text: str) -> int:
    return _number(text, 20, 10_000)


def _bars(text: str) -> int:
    return _number(text, 8, 1000)


def _seconds(text: str) -> int:
    return _number(text, 16, 2000)


def _seed(text: str) -> int:
    return _number(text, 0, 2**63)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # what plays and draws takes a second to import: only now, so that --help and wrong usage answer at once
    import linnet
    from linnet.tools.files import write_whole
    from linnet_train.commands.options import refuse_latent
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.progress import Stages
    from linnet_train.report import card as report_card
    from linnet_train.report import pictures, tables
    from linnet_train.report.page import page
    from linnet_train.storage import read_json, write_json

    model, corpus = linnet.load(args.model), Corpus.open(args.against)
    refuse_latent(model)
    bars = _length(args, model, corpus)
    recorded = read_json(args.record) if args.record and args.record.exists() else {}
    if args.output.exists() and not args.output.is_dir():
        raise TrainError(f"{args.output} is a file, and the report needs a folder")
    with Stages("report") as stages:
        card = report_card.measure(
            model, corpus, count=args.samples, bars=bars, seed=args.seed, stages=stages
        )
        stages.next("drawing", 5)
        name, told = model.file.stem, tables.data(card, recorded)
        files = {
            f"{name}.html": page(card, recorded, _command(args)).encode(),
            f"{name}.json": f"{json.dumps(told, ensure_ascii=False)}\n".encode(),
            f"{name}.png": pictures.many_rolls(card),
        }
    args.output.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_whole(args.output / file, content)
    if args.record:
        kept = {key: told[key] for key in RECORDED}
        write_json(args.record, recorded | {"report": recorded.get("report", {}) | {name: kept}})
    print(tables.markdown(card, recorded))
    if card.strangers:
        print(f"{name} was trained on another corpus: it may know the held-out pieces", file=sys.stderr)
    print(f"report: {args.output / name}.html", file=sys.stderr)
    return 0


def _length(args: argparse.Namespace, model: "linnet.Model", corpus: "Corpus") -> int:
    """In bars; in the performance base a bar is two seconds."""
    base = model.info.time_base
    if base != corpus.time_base:
        raise TrainError(
            f"{args.model} plays in the {base} base, and {corpus.path} is in the {corpus.time_base} base"
        )
    if base == "grid":
        if args.seconds is not None:
            raise TrainError(f"{args.model} counts bars: ask for --bars instead of --seconds")
        return args.bars or 32
    if args.bars is not None:
        raise TrainError(f"{args.model} keeps human timing and has no bars: ask for --seconds")
    return (args.seconds or 60) // 2


def _command(args: argparse.Namespace) -> str:
    """What was typed, without the folders of this machine."""
    words = ["linnet-train", "report", Path(args.model).name, "--against", args.against.name]
    for name, usual in (("samples", 100), ("bars", None), ("seconds", None), ("seed", 0)):
        if getattr(args, name) != usual:
            words += [f"--{name}", str(getattr(args, name))]
    return shlex.join([*words, "-o", args.output.name or "."])
