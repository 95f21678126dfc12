"""`linnet practice`: exercises of a level for an instrument, on a sheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.options import add_options, given
from linnet.practice.levels import INSTRUMENTS, LEVELS
from linnet.tools.text import counted

_OPTIONS = (
    "rhythm",
    "leap",
    "step_share",
    "rest",
    "accidentals",
    "pitch_range",
    "time_signature",
    "bpm",
    "hands",
)
"""Of `Model.generate`, in place of what the level says."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE",
        help="sheet to write: .pdf, or .png for each of its pages",
    )  # fmt: skip
    parser.add_argument(
        "--level", type=int, default=1, metavar=f"1-{len(LEVELS)}", help="how hard (default: %(default)s)"
    )
    parser.add_argument(
        "--instrument", default="recorder", metavar="NAME",
        help=f"{', '.join(INSTRUMENTS)} (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--key", metavar="KEY", help="such as F or 'D minor' (default: the level's, in turn)")
    parser.add_argument("--bars", type=int, default=8, metavar="N", help="of each (default: %(default)s)")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="N", help="the same seed, the same exercises")
    parser.add_argument("--title", metavar="TEXT", help="above the sheet (default: what it is)")
    parser.add_argument("--midi", type=Path, metavar="DIR", help="each as a MIDI file too, to be heard")
    output.add_overwrite(parser)
    add_options(parser, _OPTIONS)


def _run(args: argparse.Namespace) -> None:
    from linnet import practice  # with all that engraves, which other commands do not need

    if args.output.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"{args.output}: a sheet of exercises must end in .pdf or .png")
    if args.midi is not None and args.midi.is_file():
        raise ValueError(f"{args.midi}: --midi writes into a folder")
    rules = {name: value for name, value in given(args, _OPTIONS).items() if value is not None}
    tunes = practice.exercises(
        level=args.level,
        instrument=args.instrument,
        key=args.key,
        bars=args.bars,
        count=args.count,
        seed=args.seed,
        **rules,
    )
    pitched_in = practice.INSTRUMENTS[args.instrument].pitched_in
    player = f"{args.instrument} in {pitched_in}" if pitched_in else args.instrument
    title = args.title or f"Exercises for {player}, level {args.level}"
    with output.place(args.output, ".pdf") as file:
        written = practice.write(tunes, file, title=title)
    for path in written:
        output.tell(path, output.size(path))
    if args.midi is not None:
        args.midi.mkdir(parents=True, exist_ok=True)
        for number, tune in enumerate(tunes, 1):
            path = args.midi / f"{number:0{len(str(len(tunes)))}}.mid"
            tune.heard.save(path)
            output.tell(path, f"{tune.key}, {tune.meter}, seed {tune.seed}")
    keys = ", ".join(dict.fromkeys(tune.key for tune in tunes))
    output.tell(args.output, f"{counted(len(tunes), 'exercise')} in {keys}")


_EXAMPLES = """
examples:
  linnet practice --level 1 --instrument recorder --key F --count 20 -o exercises.pdf
  linnet practice --level 4 --instrument violin --bars 16 --seed 7 -o week.pdf --midi week/
  linnet practice --level 2 --instrument piano --hands together -o both.pdf   two staves
  linnet practice --level 2 --rhythm 1/4,1/8 --leap 3 -o thirds.pdf         rules of your own
"""

PRACTICE = Command(
    "practice",
    "exercises of a level for an instrument, on a sheet",
    "Writes exercises that somebody of a level can play: tunes inside ranges, keys, note values and "
    "intervals, each closing on its tonic, no two alike, numbered on one sheet.",
    _add_arguments,
    _run,
    examples=_EXAMPLES,
)
