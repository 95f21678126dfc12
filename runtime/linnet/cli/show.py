"""`linnet show`: a MIDI file as a picture, in the terminal or as a file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from linnet.cli import output
from linnet.cli.command import Command
from linnet.tools.files import write_whole


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="MIDI file to draw; -: standard input")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PICTURE",
        help=".svg or .png file; -: to standard output",
    )
    output.add_overwrite(parser)
    output.add_format(parser, "svg", "png")
    parser.add_argument(
        "--similarity", action="store_true", help="instead, which bars are alike; a .png file"
    )
    parser.add_argument("--bars", nargs=2, type=int, metavar=("FIRST", "LAST"), help="these bars alone")
    parser.add_argument(
        "--bars-per-row", type=int, metavar="N", help="in a picture (default: what fits a page)"
    )
    parser.add_argument("--title", metavar="TEXT", help="instead of the file's name")
    ground = parser.add_mutually_exclusive_group()
    ground.add_argument("--dark", action="store_true", default=None, help="a picture on dark ground")
    ground.add_argument("--light", action="store_false", dest="dark", help="a picture on light ground")
    parser.add_argument("--width", type=int, metavar="N", help="columns (default: the terminal's)")


def _run(args: argparse.Namespace) -> None:
    import shutil  # with all its formats of archives, which no other command needs

    from linnet import picture

    kind = "" if args.output is None else output.extension(args, "png" if args.similarity else "svg")
    if args.similarity and kind != ".png":
        raise ValueError("--similarity needs the name of a .png file: -o FILE.png")
    if args.output is None and (args.dark is not None or args.bars_per_row is not None):
        raise ValueError("--dark, --light and --bars-per-row need a picture: -o FILE.svg")
    if args.output is not None:
        picture.check_path(f"picture{kind}")
        output.check(args, args.output)
    score = output.read(args.file)
    if not any(len(track.notes) for track in score.tracks):
        raise ValueError(f"{args.file}: there are no notes to show")
    name = "" if args.file == output.STREAM else Path(args.file).stem
    title = name if args.title is None else args.title
    bars = None if args.bars is None else (args.bars[0], args.bars[1])
    if args.output is None:
        on_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if args.width is None else args.width
        print(
            picture.text(
                score,
                title=title,
                bars=bars,
                width=width,
                colour=on_terminal and not os.environ.get("NO_COLOR"),  # no-color.org
                encoding=sys.stdout.encoding,
            )
        )
        return
    with output.place(args.output, kind) as file:
        if args.similarity:
            write_whole(file, picture.matrix(score, title=title, bars=bars, dark=args.dark))
        else:
            how = {"title": title, "bars": bars, "bars_per_row": args.bars_per_row, "dark": args.dark}
            picture.write(score, file, **how)
        made = output.size(file)
    output.tell(args.output, made)


SHOW = Command(
    "show",
    "draw a MIDI file as a piano roll",
    "Draws a MIDI file as a piano roll: in the terminal, or into a file. Long pieces are drawn smaller; "
    "--bars looks closer.",
    _add_arguments,
    _run,
)
