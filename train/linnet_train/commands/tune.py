"""`linnet-train tune` and `linnet-train tuned`: what is typed."""

import argparse
from pathlib import Path
from typing import Any

from linnet_train.commands import tuned
from linnet_train.network import config
from linnet_train.tuning.config import TuneConfig

_EXAMPLES = """
examples:
  linnet-train tune folk.run --reward train/recipes/reward.toml -o tuned.run
  linnet-train tune folk.run --reward train/recipes/reward.toml -o tuned.run --resume
  linnet-export tuned.run -o tuned.onnx --min-p 0.02
  linnet-train tuned folk.onnx tuned.onnx --reward train/recipes/reward.toml --against folk.corpus

Talk goes to stderr. RUN2 is a run like any other: best.safetensors are the weights with the highest reward
that the judges let pass. docs/tuning.md says how to write a reward.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds both to the commands of `linnet-train` (argparse has no public type for these)."""
    command = commands.add_parser(
        "tune",
        parents=[common],
        help="tune a trained network by rewards",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Lets a trained network play, praises what it plays by the rewards of a file, and moves "
        "it towards what is praised, on a leash to what it was. Stops when the judges (held-out likelihood, "
        "distance to people) are worse than they may be.",
    )
    _add_arguments(command)
    command.set_defaults(run=run)
    command = commands.add_parser(
        "tuned",
        parents=[common],
        help="hold a tuned model against the untuned one",
        description="Asks both models for the same pieces: rewards, wishes kept, endings, and what the "
        "judges say.",
    )
    tuned.add_arguments(command)
    command.set_defaults(run=tuned.run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="folder that `linnet-train fit` wrote")
    parser.add_argument(
        "--reward",
        type=Path,
        required=True,
        metavar="FILE",
        help="TOML file with [[reward]]s and a table [tune]; options win over it",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN2", help="folder for the run")
    parser.add_argument(
        "--corpus", type=Path, help="where the corpus is now (default: where it was trained from)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN2")
    config.add_table(parser, "tune", TuneConfig)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.tuning import reward_file
    from linnet_train.tuning.tune import Tune

    rewards, table = reward_file.read(args.reward)
    config.check_known(args.reward, "tune", table, TuneConfig)
    settings = config.build(TuneConfig, table, config.typed(args, "tune"))
    _, _, about = config.read_config(args.folder)
    corpus = Corpus.open(args.corpus or about["path"])
    print(Tune(corpus, args.folder, args.output, rewards, settings, resume=args.resume).until_done())
    return 0
