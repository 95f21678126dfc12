"""`linnet-export RUN -o model.onnx`."""

import argparse
import math
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from linnet.errors import LinnetError, in_one_line
from linnet.music.general_midi import program_numbers
from linnet.tools.console import any_encoding
from linnet.tools.files import check_output
from linnet.tools.text import visible
from linnet.tools.usage import Parser
from linnet_export.errors import ExportError

T = TypeVar("T", int, float)

_EXAMPLES = """
examples:
  linnet-export folk.run -o folk.onnx                     exact integers: the same notes on every CPU
  linnet-export folk.run -o folk.onnx --name folk --attribution ATTRIBUTION.md
  linnet-export folk.run -o folk-fp32.onnx --fp32         floats, as trained; four times as large

The graph is compared with the trained network on held-out music before anything is written.
"""

_ADVICE = {
    **dict.fromkeys(("int8", "quantize", "quantise", "exact"), "integers are usual; --fp32 keeps floats"),
    **dict.fromkeys(("checkpoint", "best", "last"), "--weights best or last says which checkpoint"),
    **dict.fromkeys(("licence", "license"), "--allowed-use TEXT says what may be done with the model"),
    **dict.fromkeys(("credit", "author", "authors"), "--attribution FILE is the credit to be given"),
}
"""In place of options that there are not, by their names without hyphens."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exports a run; expected trouble is one line on stderr and exit code 1, wrong usage is 2."""
    any_encoding()
    args = parser().parse_args(arguments)
    try:
        return _export(args)
    except KeyboardInterrupt:
        print("linnet-export: interrupted, nothing was written", file=sys.stderr)
    except (LinnetError, OSError, UnicodeDecodeError) as error:
        if args.verbose:
            traceback.print_exc()
        print(f"linnet-export: {visible(in_one_line(error))}", file=sys.stderr)
    return 1


def parser() -> Parser:
    """The whole command line, for help and for the reference."""
    parser = Parser(
        prog="linnet-export",
        advice=_ADVICE,
        description="Turns a trained network into the one file that linnet plays.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="folder that `linnet-train fit` wrote")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="model file to write, .onnx"
    )
    parser.add_argument(
        "--fp32", action="store_true", help="float weights, as trained, instead of exact integers"
    )
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="checkpoint (default: best)"
    )
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="where the corpus is now (default: where it was)"
    )
    parser.add_argument(
        "--parity-tokens",
        type=_number(int, 1),
        default=20_000,
        metavar="N",
        help="held-out tokens on which the graphs are compared (default: 20000)",
    )
    passport = parser.add_argument_group("what the file says about itself")
    passport.add_argument("--name", help="what the model is called (default: as the file)")
    passport.add_argument("--attribution", type=Path, metavar="FILE", help="text instead of the corpus's own")
    passport.add_argument("--allowed-use", metavar="TEXT", help="what may be done with the model")
    defaults = parser.add_argument_group("settings that suit the model")
    defaults.add_argument("--temperature", type=_number(float, 0, 10), default=1.0, metavar="X")
    defaults.add_argument("--top-k", type=_number(int, 0), default=0, metavar="N", help="0: all tokens")
    defaults.add_argument(
        "--top-p", type=_number(float, 0, 1), default=1.0, metavar="X", help="1: all tokens"
    )
    defaults.add_argument(
        "--min-p", type=_number(float, 0, 1), default=0.0, metavar="X", help="0: all tokens"
    )
    defaults.add_argument(
        "--forms",
        type=_number(int, 0),
        default=128,
        metavar="N",
        help="forms of training pieces to put into the file (default: 128; 0: none)",
    )
    defaults.add_argument(
        "--styles",
        type=lambda text: text.split(","),
        default=[],
        metavar="NAMES",
        help="styles of pieces for which none is asked, such as hymn,chorale (default: all)",
    )
    defaults.add_argument(
        "--plan",
        type=Path,
        metavar="RUN",
        help="folder that `linnet-train plan` wrote, or a model file that has a plan model: it composes "
        "the plans of pieces",
    )
    defaults.add_argument(
        "--plan-temperature",
        type=_number(float, 0.1, 10),
        metavar="X",
        help="at which plans are composed (default: 1)",
    )
    defaults.add_argument(
        "--instrument",
        type=_programs,
        default=[],
        metavar="NAMES",
        help="who is heard where nobody is asked for, such as fiddle,flute: one of them, in turn by the seed "
        "(default: whoever the music is written for)",
    )
    defaults.add_argument(
        "--anywhere",
        action="store_true",
        help="in new bars of these forms, and in all of composed plans, all that was played may be looked "
        "up: for music that repeats little, or whose drums go on under new tunes",
    )
    defaults.add_argument(
        "--no-original",
        action="store_true",
        help="without the filter of the training music, by which longer runs of it are not written again",
    )
    defaults.add_argument(
        "--form", default="", metavar="LETTERS", help="one form for all pieces instead, such as AABB"
    )
    defaults.add_argument(
        "--stuck-after",
        type=_number(float, 1, 1000),
        default=12.0,
        metavar="X",
        help="quarters after which the watchdog ends a loop or a silence (default: 12)",
    )
    for rule, what in (("parallels", "parallel fifths and octaves"), ("crossing", "voices that cross")):
        defaults.add_argument(
            f"--{rule}",
            choices=("forbidden", "counted", "allowed"),
            default="allowed",
            help=f"what becomes of {what} (default: allowed)",
        )
    defaults.add_argument(
        "--guidance",
        type=_number(float, 0, 10),
        default=1.0,
        metavar="X",
        help="how much wishes weigh; 1: as learnt, and half the work",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )
    return parser


def _export(args: argparse.Namespace) -> int:
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_export.export import export
    from linnet_export.original import told
    from linnet_export.passport import ExportSettings

    try:
        check_output(args.output, [args.attribution])
    except ValueError as error:
        raise ExportError(str(error)) from None
    given = {"allowed_use": args.allowed_use} if args.allowed_use else {}
    if args.attribution:
        given["attribution"] = args.attribution.read_text(encoding="utf-8")
    settings = ExportSettings(
        name=args.name or args.output.stem,
        defaults={
            name: getattr(args, name)
            for name in (
                *("temperature", "top_k", "top_p", "min_p", "form", "guidance", "stuck_after"),
                *("parallels", "crossing"),
            )
        }
        | ({"instrument": args.instrument} if args.instrument else {})
        | ({"styles": args.styles} if args.styles else {})
        | ({"look_up": "anywhere"} if args.anywhere else {}),
        **given,
    )
    exported = export(
        args.run,
        args.output,
        settings,
        corpus=args.corpus,
        weights=args.weights,
        integers=not args.fp32,
        parity_tokens=args.parity_tokens,
        form_count=args.forms,
        anywhere=args.anywhere,
        plan=args.plan,
        plan_temperature=args.plan_temperature,
        keep_original=not args.no_original,
    )
    print(exported.parity)
    if exported.original is not None:
        print(f"{exported.path}: {told(exported.original)}")
    print(f"{exported.path}: {exported.size / 1e6:.2f} MB, sha256 {exported.sha256}")
    return 0


def _programs(text: str) -> list[int]:
    try:
        return list(program_numbers(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _number(kind: Callable[[str], T], lowest: float, highest: float = math.inf) -> Callable[[str], T]:
    """What argparse is to make of an option: a number between two limits."""

    def parse(text: str) -> T:
        value = kind(text)
        if not lowest <= value <= highest:
            limits = f"at least {lowest}" if highest == math.inf else f"between {lowest} and {highest}"
            raise argparse.ArgumentTypeError(f"must be {limits}, got {text}")
        return value

    parse.__name__ = "number"  # argparse: "invalid number value: 'x'"
    return parse
