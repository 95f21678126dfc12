"""The `linnet` command. Expected trouble is one line on stderr and exit code 1; wrong usage is 2."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import NoReturn

from linnet.cli import advice
from linnet.cli.command import Command
from linnet.errors import LinnetError, in_one_line
from linnet.tools.console import any_encoding
from linnet.tools.text import visible
from linnet.tools.usage import Parser
from linnet.tools.version import VERSION

COMMANDS = {
    "generate": "generate",
    "continue": "generate",
    "add": "around",
    "fill": "around",
    "answer": "around",
    "vary": "around",
    "info": "info",
    "show": "show",
    "shape": "shape",
    "render": "play",
    "play": "play",
    "jam": "jam",
    "morph": "morph",
    "practice": "practice",
    "bank": "bank",
    "studio": "studio",
    "doctor": "doctor",
}
"""The modules that have them, in the order in which `linnet --help` lists them."""

_OBJECTS = 50_000
"""Made between two searches for those that nobody needs; with Python's 700 a tune takes a tenth longer."""

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
    is_program = arguments is None
    if is_program:
        gc.set_threshold(_OBJECTS)
    try:
        return _run(_parsed(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        print("\nlinnet: interrupted, nothing was written", file=sys.stderr)
    except BrokenPipeError:  # `linnet info x | head` has seen enough
        sys.stderr.close()
    finally:
        if is_program:
            gc.freeze()  # it ends: nothing has to be looked through for what nobody needs any more
    return 1


def _run(args: argparse.Namespace) -> int:
    try:
        code: int = args.run(args) or 0
    except BrokenPipeError:
        raise
    except (LinnetError, OSError, ValueError, MemoryError) as error:
        if args.verbose:
            import traceback

            traceback.print_exc()
        print(f"linnet: {visible(in_one_line(error))}", file=sys.stderr)
        return 1
    return code


class _Refused(Exception):  # noqa: N818  (it is no error yet)
    """Words that the parser of one command does not take."""


class _Quick(Parser):
    """Knows one command, and leaves it to the whole parser, which knows what else there is, to refuse."""

    def error(self, message: str) -> NoReturn:
        raise _Refused


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """What the words say, by the parser of the command that comes first: that of all takes longer."""
    if words and words[0] in COMMANDS:
        try:
            return _with_commands(_Quick, words[:1]).parse_args(words)
        except _Refused:
            pass
    return parser().parse_args(words)


def parser() -> Parser:
    """The command line, for those who describe it."""
    return _with_commands(Parser, COMMANDS)


def _with_commands(kind: type[Parser], names: Iterable[str]) -> Parser:
    whole = kind(
        prog="linnet",
        synonyms=advice.COMMANDS,
        for_files="info",
        description="Makes music on small machines.",
        epilog=_EXAMPLES,
    )
    whole.add_argument("--version", action="version", version=f"linnet {VERSION}")
    commands = whole.add_commands(dest="command", metavar="COMMAND")
    for name in names:
        command: Command = getattr(import_module(f"linnet.cli.{COMMANDS[name]}"), name.upper())
        each = whole.add_command(
            commands,
            command.name,
            advice=advice.OPTIONS if name in ("generate", "continue") else advice.ELSEWHERE,
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
