"""`linnet morph`: phrases on the way from one to another, through the latent of a variational model."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import linnet
from linnet.controls.request import new_seed
from linnet.engine import latent
from linnet.tokens import codec

if TYPE_CHECKING:
    from linnet.model import Model
    from linnet.music.score import Score

MODEL = "phrase"

FINER = 4
"""Phrases that are made for each step, to choose from."""

DESCRIPTION = (
    "Writes phrases that turn the first into the second, one step after the other. The ends are the two "
    "phrases as the model has them in mind."
)


def morph(model: Model, a: Score, b: Score, steps: int, asked: Mapping[str, Any]) -> list[Score]:
    """See `Model.morph`."""
    if not 2 <= steps <= 1000:
        raise ValueError(f"steps must be between 2 and 1000, got {steps}")
    first, last = model.encode(a), model.encode(b)
    ends = [codec.quantise(score, "grid") for score in (a, b)]
    meters = [[f"{s.numerator}/{s.denominator}" for s in end.time_signatures] for end in ends]
    if meters[0] != meters[1] or len(meters[0]) > 1:
        raise ValueError(f"phrases to morph must have one meter, got {' and '.join(map(', '.join, meters))}")
    bars, tempos = [end.bars for end in ends], [score.tempos[0].bpm for score in (a, b)]
    pitches = [int(pitch) for end in ends for pitch in end.notes.pitch]
    usual = {"seed": new_seed(), "temperature": 0.0, "time_signature": meters[0][0], "form": ""}
    usual |= {"pitch_range": (min(pitches), max(pitches))}
    finer = FINER * (steps - 1)
    scores = []
    for step in range(finer + 1):
        share = step / finer
        due: dict[str, Any] = {
            "latent": latent.between(first, last, share),
            "bars": round(_at(share, *bars)),
            "bpm": _at(share, *tempos),
        }
        scores.append(model.generate(**{**usual, **due, **asked}))
    return [scores[i] for i in even(scores, steps)]


def even(scores: Sequence[Score], steps: int) -> list[int]:
    """Which phrases to take, each farther from the first and nearer to the last than those before.

    Equal steps of a latent are no equal steps to the ear, and some lead astray. Of the ways that never turn
    back this is the one whose steps are the most alike, in the share of notes that are the first's or the
    last's.
    """
    away, ahead = ([apart(end, score) for score in scores] for end in (scores[0], scores[-1]))
    place = [a / (a + b) if a + b else 0.0 for a, b in zip(away, ahead, strict=True)]
    count, due = len(scores), 1 / (steps - 1)
    costs = [0.0] + [math.inf] * (count - 1)
    came: list[list[int]] = []
    for _ in range(steps - 1):
        ways = [
            min(
                (costs[i] + (place[j] - place[i] - due) ** 2, i)
                for i in range(j + 1)
                if away[i] <= away[j] and ahead[i] >= ahead[j]
            )
            for j in range(count)
        ]
        costs, came = [cost for cost, _ in ways], [*came, [i for _, i in ways]]
    taken = [count - 1]
    for origins in reversed(came):
        taken.append(origins[taken[-1]])
    return taken[::-1]


def apart(a: Score, b: Score) -> float:
    """Share of the notes of two phrases, by onset and pitch, that only one of them has."""
    one, other = (set(zip(s.notes.onset.tolist(), s.notes.pitch.tolist(), strict=True)) for s in (a, b))
    return 1 - 2 * len(one & other) / max(1, len(one) + len(other))


def _at(share: float, first: float, last: float) -> float:
    return first + (last - first) * share


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("first", metavar="A.mid", help="MIDI file to begin with")
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
    parser.add_argument(
        "--temperature", type=float, metavar="X", help="0: the likeliest (default), 1: as learnt"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="for a temperature above 0")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )


def run(args: argparse.Namespace) -> None:
    """Writes the phrases into a folder."""
    if args.output.is_file():
        raise ValueError(f"{args.output}: morph writes into a folder")
    model = linnet.load(args.model)
    ends = [_phrase(model, Path(name), args.bars) for name in (args.first, args.last)]
    asked = {name: getattr(args, name) for name in ("temperature", "seed") if getattr(args, name) is not None}
    scores = model.morph(*ends, steps=args.steps, **asked)
    args.output.mkdir(parents=True, exist_ok=True)
    for number, score in enumerate(scores, 1):
        path = args.output / f"{number:0{len(str(len(scores)))}}.mid"
        score.save(path)
        print(f"{path}: {score.bars} bars, {len(score.notes)} notes")


def _phrase(model: Model, path: Path, bars: int | None) -> Score:
    """A file's phrase; an error of encoding it names the file."""
    score = codec.quantise(linnet.Score.open(path), "grid")
    try:
        if bars is not None and bars < score.bars:
            score = score.slice_bars(0, bars)
        model.encode(score)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return score
