"""`linnet-train`: one file a command, each with what is typed (`add_arguments`) and what is done (`run`)."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Protocol

from linnet.errors import LinnetError, in_one_line
from linnet.tools.console import any_encoding
from linnet.tools.text import visible
from linnet.tools.usage import Parser
from linnet_train.commands import (
    arrange,
    evaluate,
    fit,
    frames,
    judge,
    latent,
    personal,
    plan,
    prepare,
    report,
    runs,
    sample,
    tune,
    tuned,
    unroll,
    wishes,
)
from linnet_train.commands.options import add_verbose, check_outputs
from linnet_train.errors import TrainError


class Command(Protocol):
    """What a module of this package holds."""

    __name__: str
    HELP: str
    """One line, for the list of commands."""

    DESCRIPTION: str
    EXAMPLES: str
    """For the end of `--help`; may be empty."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Gives the parser the arguments and options of the command."""

    def run(self, args: argparse.Namespace) -> int:
        """Does it; the exit code."""


COMMANDS: tuple[Command, ...] = (
    prepare,
    fit,
    personal,
    plan,
    evaluate,
    runs,
    sample,
    tune,
    tuned,
    latent,
    report,
    judge,
    wishes,
    frames,
    unroll,
    arrange,
)
"""In the order in which `linnet-train --help` lists them."""

_EXAMPLES = """
your own music, in one command:
  linnet-train personal my-midi/ -o mine.onnx

from MIDI to a model:
  linnet-train prepare ~/midi/folk -o folk.corpus
  linnet-train fit folk.corpus -o folk.run --minutes 60
  linnet-train evaluate folk.run
  linnet-export folk.run -o folk.onnx
  linnet-train report folk.onnx --against folk.corpus -o reports
"""

_ADVICE = {
    **dict.fromkeys(("lr", "rate"), "--learning-rate 0.005 is what AdamW begins with"),
    **dict.fromkeys(("batch", "bs"), "--batch-size 32 is how many pieces are read side by side"),
    **dict.fromkeys(("layers", "depth"), "--num-layers 2 is how many LSTM layers there are"),
    **dict.fromkeys(("units", "hidden", "size", "width"), "--hidden-size 256 is how many units a layer has"),
    **dict.fromkeys(("gpu", "cuda", "cpu"), "--device cuda or cpu says where to compute"),
    **dict.fromkeys(("output-dir", "out", "out-dir"), "-o DIR is where to write"),
    **dict.fromkeys(("time", "hours", "duration"), "--minutes 60 ends a run in time"),
    **dict.fromkeys(("config", "settings"), "--recipe FILE.toml has settings in a file"),
    **dict.fromkeys(("checkpoint", "load", "init"), "--from RUN begins with another run's weights"),
    "continue": "--resume goes on with a run that was stopped",
    "workers": "one process reads and trains; --threads 4 is how many CPU threads it has",
}
"""In place of options of `fit` that there are not, by their names without hyphens."""

_SYNONYMS = {
    **dict.fromkeys(("train", "learn"), "fit"),
    **dict.fromkeys(("preprocess", "tokenize", "tokenise", "dataset", "import"), "prepare"),
    **dict.fromkeys(("eval", "validate", "test"), "evaluate"),
    **dict.fromkeys(("finetune", "fine-tune", "adapt", "mine", "own"), "personal"),
    **dict.fromkeys(("rl", "reinforce"), "tune"),
    **dict.fromkeys(("generate", "play"), "that is for linnet: linnet generate FILE.onnx"),
    **dict.fromkeys(("list", "ls", "experiments"), "runs"),
    "export": "that is a command of its own: linnet-export RUN -o FILE.onnx",
    "help": "linnet-train --help lists the commands",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: what was typed after `linnet-train`; None takes it from `sys.argv`.

    Returns:
        0, or 1 after expected trouble, which is one line on stderr. Wrong usage exits with 2.
    """
    any_encoding()
    args = parser().parse_args(arguments)
    me = "linnet-train"
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # started by torchrun
        me += f" [rank {os.environ.get('RANK')}]"
    try:
        if me != "linnet-train" and args.run is not fit.run:
            raise TrainError("torchrun is for linnet-train fit; other commands are started without it")
        check_outputs(args)
        return int(args.run(args))
    except KeyboardInterrupt:
        print(f"{me}: interrupted", file=sys.stderr)
    except (LinnetError, OSError) as error:
        if args.verbose:
            traceback.print_exc()
        print(f"{me}: {visible(in_one_line(error))}", file=sys.stderr)
    return 1


def parser() -> Parser:
    """The whole command line, for help and for the reference."""
    parser = Parser(
        prog="linnet-train",
        synonyms=_SYNONYMS,
        description="Turns MIDI into a trained network.",
        epilog=_EXAMPLES,
    )
    subparsers = parser.add_commands(metavar="COMMAND")
    for command in COMMANDS:
        subparser = parser.add_command(
            subparsers,
            command.__name__.rpartition(".")[2],
            advice=_ADVICE if command is fit else {name: f"in fit, {text}" for name, text in _ADVICE.items()},
            help=command.HELP,
            description=command.DESCRIPTION,
            epilog=command.EXAMPLES,
        )
        command.add_arguments(subparser)
        add_verbose(subparser)
        subparser.set_defaults(run=command.run)
    return parser
