"""The `linnet` command. Expected trouble is one line on stderr and exit code 1; wrong usage is 2."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import linnet
from linnet.cli import advice
from linnet.cli.around import ADD, ANSWER, FILL, VARY
from linnet.cli.bank import BANK
from linnet.cli.command import Command
from linnet.cli.doctor import DOCTOR
from linnet.cli.generate import CONTINUE, GENERATE
from linnet.cli.info import INFO
from linnet.cli.jam import JAM
from linnet.cli.morph import MORPH
from linnet.cli.play import PLAY, RENDER
from linnet.cli.practice import PRACTICE
from linnet.cli.shape import SHAPE
from linnet.cli.show import SHOW
from linnet.cli.studio import STUDIO
from linnet.errors import LinnetError, in_one_line
from linnet.tools.console import any_encoding
from linnet.tools.text import visible
from linnet.tools.usage import Parser

COMMANDS: tuple[Command, ...] = (
    *(GENERATE, CONTINUE, ADD, FILL, ANSWER, VARY),
    *(INFO, SHOW, SHAPE, RENDER, PLAY, JAM, MORPH, PRACTICE, BANK, STUDIO, DOCTOR),
)
"""In the order in which `linnet --help` lists them."""

_EXAMPLES = """
examples:
  linnet generate -o tune.mid                              sixteen bars of the default model
  linnet generate --bars 32 --seed 7 --key "D major" --bpm 110 -o tune.mid
  linnet generate mine.onnx --scale "A minor pentatonic" --range C3 C6 -o tune.mid
  linnet generate --count 64 --seed 1 -o tunes/            tunes 1 to 64, made together
  linnet continue mine.mid --bars 8 -o answer.mid          eight bars that go on from yours
  linnet shape tune.mid --swing 0.6 --humanise 0.5 -o played.mid
  linnet info tune.mid                                     what is in a MIDI file, or in a model
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    any_encoding()
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args) or 0
    except KeyboardInterrupt:
        print("\nlinnet: interrupted, nothing was written", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `linnet info x | head` has seen enough
        sys.stderr.close()
        return 1
    except (LinnetError, OSError, ValueError, MemoryError) as error:
        if args.verbose:
            traceback.print_exc()
        print(f"linnet: {visible(in_one_line(error))}", file=sys.stderr)
        return 1
    return code


def parser() -> Parser:
    """The command line, for those who describe it."""
    whole = Parser(
        prog="linnet",
        synonyms=advice.COMMANDS,
        for_files="info",
        description="Makes music on small machines.",
        epilog=_EXAMPLES,
    )
    whole.add_argument("--version", action="version", version=f"linnet {linnet.__version__}")
    commands = whole.add_commands(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        each = whole.add_command(
            commands,
            command.name,
            advice=advice.OPTIONS if command in (GENERATE, CONTINUE) else advice.ELSEWHERE,
            help=command.help,
            description=command.description,
            epilog=command.examples or None,
        )
        command.add_arguments(each)
        each.add_argument(
            "-v", "--verbose", action="store_true", help="show the traceback when something fails"
        )
        each.set_defaults(run=command.run)
    return whole
