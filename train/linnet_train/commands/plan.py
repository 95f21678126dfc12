"""`linnet-train plan`: trains the plan model of a corpus."""

import argparse
from pathlib import Path

from linnet_train.commands.options import add_table, typed
from linnet_train.errors import TrainError

HELP = "train the plan model of a corpus"
DESCRIPTION = "Trains the small model that composes plans: chords, cadences, what comes back, who plays."
EXAMPLES = """
examples:
  linnet-train plan folk.corpus -o folk.plan                   what people's pieces are like, bar by bar
  linnet-train plan folk.corpus -o folk.plan --tables chords   and chords and sections of songs without notes
  linnet-train plan folk.corpus -o folk.plan --resume          after Ctrl-C or a crash
  linnet-export folk.run -o folk.onnx --plan folk.plan

Talk goes to stderr, the held-out figures beside those of counting to stdout.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    # torch takes seconds to import: only what the command line needs
    from linnet_train.plans.config import PlanConfig

    parser.add_argument(
        "corpus",
        type=Path,
        help="folder that `linnet-train prepare` wrote; CORPUS:STYLE,STYLE takes a part of it",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN", help="folder for the run")
    parser.add_argument(
        "--tables",
        type=Path,
        metavar="DIR",
        help="folder of chord tables without notes: billboard/*.json and openewld/*.json",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in this folder")
    add_table(parser, "plan", PlanConfig)


def run(args: argparse.Namespace) -> int:
    """The command."""
    from linnet_train.network.config import build, resumed
    from linnet_train.plans import config, fit
    from linnet_train.plans.music import read_music

    settings = typed(args, "plan")
    if args.resume:
        chosen = resumed(config.read(args.output)[0], settings)
    else:
        chosen = build(config.PlanConfig, settings)
    music = read_music(args.corpus, args.tables)
    if not music.pieces:
        raise TrainError(f"{args.corpus} has no pieces of one metre and eight bars: there is no plan in it")
    for line in fit(music, args.output, chosen, resume=args.resume):
        print(line)
    return 0
