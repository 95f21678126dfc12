"""`linnet morph`: phrases on the way from one to another."""

from __future__ import annotations

import argparse
from pathlib import Path

import linnet
from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.options import add_options, given
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.quantise import check_meter
from linnet.tools.say import say
from linnet.tools.text import counted

MODEL = "phrase"

OPTIONS = (
    "seed",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "scale",
    "polyphony",
    "longest",
    "programs",
    "drums",
)
"""Of `Model.generate`; the temperature is 0 unless given."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", metavar="A.mid", help="MIDI file to begin with; -: standard input")
    parser.add_argument("last", metavar="B.mid", help="MIDI file to end with, in the same meter")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the MIDI files"
    )
    parser.add_argument(
        "--steps", type=int, default=8, metavar="N", help="phrases to write (default: %(default)s)"
    )
    parser.add_argument(
        "--bars", type=int, metavar="N", help="the first N bars of both (default: all of them)"
    )
    parser.add_argument(
        "--model",
        default=MODEL,
        metavar="MODEL",
        help="a variational model's name or file (default: %(default)s)",
    )
    output.add_overwrite(parser)
    output.add_engine(parser)
    add_options(parser, OPTIONS)


def _run(args: argparse.Namespace) -> None:
    output.check_inputs(args)
    if args.output.is_file() or output.is_stream(args.output):
        raise ValueError(f"{args.output}: morph writes into a folder")
    model = output.load(args.model, engine=args.engine)
    ends = [_phrase(model, name, args.bars) for name in (args.first, args.last)]
    scores = model.morph(*ends, steps=args.steps, **given(args, OPTIONS))
    for name, end, score in ((args.first, ends[0], scores[0]), (args.last, ends[1], scores[-1])):
        _say_what_is_missing(name, end, score, model.info.name)
    args.output.mkdir(parents=True, exist_ok=True)
    for number, score in enumerate(scores, 1):
        path = args.output / f"{number:0{len(str(len(scores)))}}.mid"
        output.check(args, path)
        score.save(path)
        output.tell(path, f"{counted(score.bars, 'bar')}, {counted(len(score.notes), 'note')}")


def _phrase(model: linnet.Model, path: str, bars: int | None) -> Score:
    """A file's phrase; an error of encoding it names the file."""
    score = output.read(path)
    try:
        for signature in score.time_signatures:
            check_meter(signature, "the phrase is", model.info.meters, model.info.name)
        score = codec.quantise(score, "grid")
        if bars is not None and bars < score.bars:
            score = score.slice_bars(0, bars)
        model.encode(score)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return score


def _say_what_is_missing(name: str, phrase: Score, score: Score, model: str) -> None:
    """One line where the model has fewer hands, or no drums, for a phrase that has more."""
    hands, drums = (
        [sum(bool(t.notes) and t.is_drum == drum for t in s.tracks) for s in (phrase, score)]
        for drum in (False, True)
    )
    missing = [f"{hands[1]} of its {hands[0]} melodic tracks"] if hands[1] < hands[0] else []
    missing += ["none of its drums"] if drums[1] < drums[0] else []
    if missing:
        say(f"{name}: as {model} has it in mind, it has {' and '.join(missing)}")


MORPH = Command(
    "morph",
    "turn one phrase into another, step by step",
    "Writes phrases that turn the first into the second, one step after the other, the likeliest ones "
    "unless a temperature is given. The ends are the two phrases as the model has them in mind.",
    _add_arguments,
    _run,
)
