"""`linnet-train report`: a model's pieces beside people's, as a page, as data, and as a picture."""

import argparse
import json
import shlex
import sys
from pathlib import Path

from linnet_train.commands.options import (
    add_length,
    add_model,
    add_pieces,
    add_record,
    add_seed,
    add_to_record,
    length_of,
    read_record,
    refuse_latent,
)
from linnet_train.errors import TrainError

HELP = "hold a model's pieces against people's"
DESCRIPTION = (
    "Lets a model make pieces and holds them against pieces of the corpus that it never saw: validity, "
    "likelihood, tonality, rhythm, structure, how the two sets differ, what was copied."
)
EXAMPLES = """
examples:
  linnet-train report folk --against folk.corpus -o reports
  linnet-train report new.onnx --against folk.corpus -o reports --samples 40 --bars 16

The page, MODEL.html, needs nothing beside it; MODEL.json has all figures of all pieces; MODEL.png ten pieces
beside ten of people's. The tables go to stdout, or with --json all that is in MODEL.json; talk to stderr.
--audio writes the model's ten as MODEL-1.wav .. MODEL-10.wav, and the page plays them.
"""

RECORDED = (
    "model",
    "protocol",
    "verdict",
    "overall",
    "comparisons",
    "musician",
    "validity",
    "likelihood",
    "self_gap",
)
"""What `--record` keeps of a report: the figures of all pieces together. MODEL.json has those of each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_model(parser)
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
    add_pieces(parser, "--samples", 100, lowest=20)
    add_length(parser, 32, 60, lowest=8, text="length of every piece; held-out ones are cut")
    add_record(parser, "report; the verdict reads what other commands put there")
    parser.add_argument(
        "--audio",
        action="store_true",
        help="write the ten pieces of the picture as sound too: ten megabytes for each minute of music",
    )
    parser.add_argument("--json", action="store_true", help="all figures to stdout, instead of the tables")
    add_seed(parser)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # what plays and draws takes a second to import: only now, so that --help and wrong usage answer at once
    from linnet import sound
    from linnet.tools.files import write_whole
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.progress import Stages
    from linnet_train.report import card as report_card
    from linnet_train.report import pictures, tables
    from linnet_train.report.page import page
    from linnet_train.sampling import opened

    model, corpus = opened.load(args.model), Corpus.open(args.against)
    refuse_latent(model)
    bars = length_of(args, model, corpus, bars=32, seconds=60)
    if corpus.time_base != "grid":
        bars //= 2  # a bar is two seconds
    recorded = read_record(args.record)
    if args.output.exists() and not args.output.is_dir():
        raise TrainError(f"{args.output} is a file, and the report needs a folder")
    with Stages("report") as stages:
        card = report_card.measure(
            model, corpus, count=args.samples, bars=bars, seed=args.seed, stages=stages
        )
        stages.next("drawing", 5)
        name, figures = model.file.stem, tables.data(card, recorded)
        heard = pictures.first_ten(card) if args.audio else []
        sounds = {f"{name}-{number}.wav": sample.score for number, sample in enumerate(heard, 1)}
        text = json.dumps(figures, ensure_ascii=False)
        files = {
            f"{name}.html": page(card, recorded, _command(args), tuple(sounds)).encode(),
            f"{name}.json": f"{text}\n".encode(),
            f"{name}.png": pictures.many_rolls(card),
        }
    args.output.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_whole(args.output / file, content)
    for file, score in sounds.items():
        sound.write(score, args.output / file)
    add_to_record(args.record, "report", {key: figures[key] for key in RECORDED}, name)
    print(text if args.json else tables.markdown(card, recorded))
    if card.strangers:
        print(f"{name} was trained on another corpus: it may know the held-out pieces", file=sys.stderr)
    print(f"report: {args.output / name}.html", file=sys.stderr)
    return 0


def _command(args: argparse.Namespace) -> str:
    """What was typed, without the folders of this machine."""
    words = ["linnet-train", "report", Path(args.model).name, "--against", args.against.name]
    for name, usual in (("samples", 100), ("bars", None), ("seconds", None), ("seed", 0)):
        if getattr(args, name) != usual:
            words += [f"--{name}", str(getattr(args, name))]
    words += ["--audio"] if args.audio else []
    return shlex.join([*words, "-o", args.output.name or "."])
