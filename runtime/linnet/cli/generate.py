"""`linnet generate` and `linnet continue`: new pieces, and pieces that go on from one's own."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import linnet
from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.options import add_options, given
from linnet.controls.options import ABOUT
from linnet.music.score import FORMATS, check_path
from linnet.tools.chance import new_seed
from linnet.tools.progress import Progress, progress_bar
from linnet.tools.text import visible

_PORTION = 64
"""Pieces that are made together."""

_MODEL: dict[str, Any] = {  # arguments of several kinds
    "metavar": "MODEL",
    "default": linnet.model.DEFAULT,
    "help": "a packaged model's name or a model file (default: %(default)s)",
}


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", **_MODEL)
    _add_common(parser)


def _add_continue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("primer", metavar="PRIMER", help="MIDI file to go on from")
    parser.add_argument("--model", **_MODEL)
    parser.add_argument("--with-primer", action="store_true", help=f"write {ABOUT['with_primer'].help}")
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="file to write: .mid, or .wav, .musicxml, .svg, .png",
    )
    parser.add_argument(
        "--count", type=int, metavar="N", help="so many pieces, of seed, seed + 1, ..; FILE is then a folder"
    )
    output.add_overwrite(parser)
    add_options(parser)


def _run(args: argparse.Namespace) -> None:
    if args.count is None:
        check_path(args.output)
        output.check(args, args.output)
    elif args.output.suffix.lower() in FORMATS or args.output.is_file():
        raise ValueError(f"{args.output}: --count writes into a folder")
    options = given(args)
    if "primer" in options:
        options["primer"] = linnet.Score.open(options["primer"])
    model = linnet.load(args.model)
    if args.count is None:
        _save(model.generate(progress=progress_bar(), **options), args.output, model)
    else:
        _generate_many(model, args, options)


def _generate_many(model: linnet.Model, args: argparse.Namespace, options: dict[str, Any]) -> None:
    """In portions, so that what was made is kept when the rest is interrupted."""
    count, folder = args.count, args.output
    if not 1 <= count <= 1_000_000:
        raise ValueError(f"count must be between 1 and 1000000, got {count}")
    first = new_seed() if options["seed"] is None else options["seed"]
    for made in range(0, count, _PORTION):
        portion = min(_PORTION, count - made)
        bar = progress_bar()
        progress = bar and partial(_progress_of_many, bar, made, portion, count)
        scores = model.generate(count=portion, progress=progress, **options | {"seed": first + made})
        folder.mkdir(parents=True, exist_ok=True)
        for i, score in enumerate(scores):
            path = folder / f"{model.info.name}-{first + made + i}.mid"
            output.check(args, path)
            _save(score, path, model)


def _save(score: linnet.Score, path: Path, model: linnet.Model) -> None:
    score.save(path)
    facts = json.loads(score.texts[1])
    length = f"{score.bars} bars, " if model.info.time_base == "grid" else ""
    sound = f"{output.seconds(path, score):.1f} s, {len(score.notes)} notes"
    print(visible(f"{path}: {length}{sound}, model {model.info.name}, seed {facts['seed']}"))
    if times := facts.get("interventions"):
        print(visible(f"{path}: interventions of the watchdog: {times}"), file=sys.stderr)


def _progress_of_many(bar: Progress, made: int, portion: int, count: int, done: int, wanted: int) -> None:
    length = wanted // portion
    bar(made * length + done, count * length)


GENERATE = Command("generate", "make a new piece", "Makes a new piece.", _add_generate, _run)

CONTINUE = Command(
    "continue",
    "go on from a MIDI file",
    "Goes on from a MIDI file from its next bar line, in its tempo and meter unless told.",
    _add_continue,
    _run,
)
