"""`linnet-train tune`: a trained network plays, its pieces are rewarded, and it learns from that."""

import argparse
from pathlib import Path

from linnet_train.commands.options import add_corpus, add_table, typed
from linnet_train.errors import TrainError
from linnet_train.network import config
from linnet_train.tuning.config import TuneConfig

HELP = "tune a trained network by rewards"
DESCRIPTION = (
    "Lets a trained network play, rewards its pieces by the functions of a file, and moves it towards "
    "what earns most, held near what it was by a KL penalty. Stops when the judges (held-out likelihood, "
    "distance to people) are worse than they may be."
)
EXAMPLES = """
examples:
  linnet-train tune folk.run --reward train/recipes/reward.toml -o tuned.run
  linnet-train tune folk.run --reward train/recipes/reward.toml -o tuned.run --resume
  linnet-train tune chorale --corpus chorale.corpus --reward train/recipes/reward-chorale.toml -o tuned.run
  linnet-export tuned.run -o tuned.onnx --min-p 0.02
  linnet-train tuned folk.onnx tuned.onnx --reward train/recipes/reward.toml --against folk.corpus

Talk goes to stderr. RUN2 is a run like any other: best.safetensors are the weights with the highest reward
that the judges let pass. docs/tuning.md says how to write a reward.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "start",
        type=Path,
        metavar="RUN",
        help="folder that `linnet-train fit` wrote; or a model file or packaged model, whose pieces are then "
        "planned, ruled and sampled as it ships",
    )
    parser.add_argument(
        "--reward",
        type=Path,
        required=True,
        metavar="FILE",
        help="TOML file with [[reward]]s and a table [tune]; options win over it",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN2", help="folder for the run")
    add_corpus(parser)
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN2")
    add_table(parser, "tune", TuneConfig)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.network.start import Start
    from linnet_train.tuning import reward_file
    from linnet_train.tuning.tune import Tune

    rewards, table = reward_file.read(args.reward)
    config.check_known(args.reward, "tune", table, TuneConfig)
    settings = config.build(TuneConfig, table, typed(args, "tune"))
    path = args.corpus or Start.read(args.start).about.get("path")
    if path is None:
        raise TrainError(f"{args.start} is a model file, which does not say where its corpus lies: --corpus")
    corpus = Corpus.open(path)
    print(Tune(corpus, args.start, args.output, rewards, settings, resume=args.resume).until_done())
    return 0
