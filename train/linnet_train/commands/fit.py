"""`linnet-train fit`: trains a network on a corpus."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from linnet_train.commands.options import add_table, typed
from linnet_train.errors import TrainError
from linnet_train.network import config
from linnet_train.network.start import Start, what_grows

HELP = "train a network on a corpus"
DESCRIPTION = "Trains a network on a corpus. Options win over the recipe."
EXAMPLES = """
examples:
  linnet-train fit folk.corpus -o folk.run                          20 epochs of 2 x 256 units
  linnet-train fit folk.corpus -o folk.run --recipe recipes/folk.toml --seed 3
  linnet-train fit folk.corpus -o folk.run --minutes 30             as much as 30 minutes give
  linnet-train fit folk.corpus -o folk.run --resume                 after Ctrl-C or a crash
  linnet-train fit folk.corpus -o blind.run --inputs last-token     the ablation
  torchrun --nproc-per-node 4 -m linnet_train fit folk.corpus -o folk.run      by four processes or GPUs
  linnet-train fit all.corpus:folk -o folk.run --from all.run       one style, after learning from all
  linnet-train fit mine.corpus -o mine.run --from folk --minutes 10  carries a packaged model on
  linnet-train fit mine.corpus -o mine.run --from folk --heads all --plan all --roles
                                     the same, and teaches it what it had not learnt before

Talk goes to stderr. The run folder gets config.json, best.safetensors, last.safetensors, metrics.jsonl,
loss.png, and events for `tensorboard --logdir folk.run`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "corpus",
        type=Path,
        help="folder that `linnet-train prepare` wrote; CORPUS:STYLE,STYLE takes a part of it",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN", help="folder for the run")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="TOML file with tables [model] and [run]")
    parser.add_argument("--resume", action="store_true", help="go on with the run in this folder")
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="START",
        help="begin with a trained network: the best weights of a run (of much music, to be tuned to one "
        "style), a model file, or a packaged model by name; it keeps its settings unless told otherwise",
    )
    parser.add_argument(
        "--mlflow",
        metavar="ADDRESS",
        help="an MLflow server that gets settings and figures too, such as http://localhost:5000",
    )
    add_table(parser, "model", config.ModelConfig)
    add_table(parser, "run", config.RunConfig)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.training import fit

    if args.resume:
        if args.recipe or args.start or typed(args, "model"):
            raise TrainError("--resume takes model, recipe and --from from the run folder; leave them out")
        model, run_config, _ = config.read_config(args.output)
        run_config = config.resumed(run_config, typed(args, "run"))
    else:
        model_table, run_table = config.read_recipe(args.recipe) if args.recipe else ({}, {})
        start = Start.read(args.start) if args.start else None
        shape = dataclasses.asdict(config.wider(start.model)) if start else {}
        model = config.build(config.ModelConfig, shape, model_table, typed(args, "model"))
        for line in what_grows(start.model, model) if start else ():
            print(f"linnet-train: {line}", file=sys.stderr)
        run_config = config.build(config.RunConfig, run_table, typed(args, "run"))
    made = fit(
        Corpus.open(args.corpus),
        args.output,
        model,
        run_config,
        resume=args.resume,
        start=args.start,
        mlflow=args.mlflow,
    )
    if os.environ.get("RANK", "0") == "0":
        print(made)
    return 0
