"""`linnet shape`: the functions of `linnet.shape`, one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from linnet.cli import output
from linnet.cli.command import Command
from linnet.music.score import Score
from linnet.tools.chance import new_seed

Step = tuple[str, Callable[[Score], Score]]

_DESCRIPTION = """\
Shapes the music of any MIDI file. Each option takes a strength from 0, nothing, to 1; where it takes
something else, a strength may follow after a colon (otherwise it is 1). However they are ordered on the
command line, they are applied in the order of this list: first what is written, then how it is played."""

_EXAMPLES = """
examples:
  linnet shape in.mid -o out.mid --swing 0.6 --humanise 0.5 --seed 7
  linnet shape in.mid -o out.mid --scale "D dorian" --range C3 C6 --repair 1
  linnet shape in.mid -o out.mid --scale dorian                  on the note that leaves the fewest to move
  linnet shape played.mid -o tight.mid --quantise 1/16:0.7       most of the way to the sixteenths
  linnet shape in.mid -o out.mid --close 0.8 --rubato 0.5 --ritardando 0.7
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="MIDI file to shape; -: standard input")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="MIDI file to write; -: to standard output",
    )
    output.add_overwrite(parser)
    written = parser.add_argument_group("what is written")
    written.add_argument(
        "--quantise",
        metavar="GRID[:X]",
        help="onsets to the lines of a grid, such as 1/16, or 1/12 for triplets",
    )
    written.add_argument(
        "--scale",
        metavar="SCALE[:X]",
        help="move the notes outside to the nearest inside; 'D dorian' or dorian",
    )
    written.add_argument(
        "--range", nargs=2, metavar=("LOW", "HIGH"), help="move the notes outside by octaves; C3 C6 or 48 84"
    )
    written.add_argument(
        "--repair", type=float, metavar="X", help="end notes that hang or overlap themselves"
    )
    written.add_argument(
        "--thin", type=float, metavar="X", help="fewer notes: weak places of the bar go first"
    )
    written.add_argument(
        "--thicken", type=float, metavar="X", help="strike long notes again, on strong places first"
    )
    written.add_argument("--close", type=float, metavar="X", help="a closing chord of this loudness")
    written.add_argument("--key", metavar="KEY", help="its key, such as 'D major' (default: estimated)")
    played = parser.add_argument_group("how it is played")
    played.add_argument(
        "--swing", type=float, metavar="X", help="delay every second eighth; 1: as in a triplet"
    )
    played.add_argument("--legato", type=float, metavar="X", help="bind notes to the next")
    played.add_argument(
        "--smooth", type=float, metavar="X", help="velocities that rise and fall with the phrase"
    )
    played.add_argument(
        "--humanise", type=float, metavar="X", help="timing and velocity stray; 1: as people's do"
    )
    played.add_argument("--seed", type=int, metavar="N", help="for --humanise (default: a new one)")
    played.add_argument(
        "--rubato", type=float, metavar="X", help="phrases of four bars that move on and hold back"
    )
    played.add_argument("--ritardando", type=float, metavar="X", help="slow down in the last two bars")


def _run(args: argparse.Namespace) -> None:
    if not output.is_stream(args.output) and args.output.suffix.lower() not in (".mid", ".midi"):
        raise ValueError(f"{args.output}: the file to write must end in .mid")
    steps = list(_steps(args))
    if not steps:
        raise ValueError("nothing to do: ask for some shaping, such as --swing 0.6; see linnet shape --help")
    output.check(args, args.output)
    score = output.read(args.file)
    for _, step in steps:
        score = step(score)
    with output.place(args.output, ".mid") as file:
        score.save(file)
        made = output.about(score, file)
    output.tell(args.output, f"{made}; {', '.join(name for name, _ in steps)}")


def _steps(args: argparse.Namespace) -> Iterator[Step]:
    """What to do, in order; ValueError when something belongs to nothing."""
    from linnet import shape

    if args.key is not None and args.close is None:
        raise ValueError("key is the key of the closing chord: ask for it with --close 1")
    if args.seed is not None and args.humanise is None:
        raise ValueError("seed is for chance: there is none without --humanise")
    if args.quantise is not None:
        grid, strength = _with_strength(args.quantise)
        yield f"quantise {args.quantise}", partial(shape.quantise, grid=grid, strength=strength)
    if args.scale is not None:
        scale, strength = _with_strength(args.scale)
        yield f"scale {args.scale}", partial(shape.snap, scale=scale, strength=strength)
    if args.range is not None:
        low, high = args.range
        yield f"range {low} to {high}", partial(shape.fold, low=low, high=high)
    seed = new_seed() if args.seed is None else args.seed
    functions: dict[str, Callable[..., Score]] = {
        "repair": shape.repair,
        "thin": shape.thin,
        "thicken": shape.thicken,
        "close": partial(shape.close, key=args.key),
        "swing": shape.swing,
        "legato": shape.legato,
        "smooth": shape.smooth,
        "humanise": partial(shape.humanise, seed=seed),
        "rubato": shape.rubato,
        "ritardando": shape.ritardando,
    }
    for name, function in functions.items():
        strength = getattr(args, name)
        if strength is None:
            continue
        if not 0 <= strength <= 1:
            raise ValueError(f"{name} must be between 0 and 1, got {strength:g}")
        chance = f" (seed {seed})" if name == "humanise" else ""
        yield f"{name} {strength:g}{chance}", partial(function, strength=strength)


def _with_strength(text: str) -> tuple[str, float]:
    """`1/16:0.7` is 1/16 at 0.7."""
    setting, colon, strength = text.partition(":")
    try:
        return setting.strip(), float(strength) if colon else 1.0
    except ValueError:
        raise ValueError(f"after the colon comes a strength from 0 to 1, got {text!r}") from None


SHAPE = Command(
    "shape",
    "shape a MIDI file: swing, scale, range, human timing ...",
    _DESCRIPTION,
    _add_arguments,
    _run,
    examples=_EXAMPLES,
)
