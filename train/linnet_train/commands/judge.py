"""`linnet-train judge`: learns which sections are people's and which the model's own, for it to choose by."""

import argparse
import sys
from pathlib import Path

from linnet_train.commands.options import (
    add_bars,
    add_model,
    add_pieces,
    add_seed,
    check_folder,
    whole_number,
)
from linnet_train.errors import TrainError

HELP = "learn to tell a model's sections from people's"
DESCRIPTION = (
    "Lets a model make pieces and learns, from what is heard at the end of each section of theirs and of "
    "people's, which of several candidates is most like people's. `python -m linnet_export.judge` puts what "
    "was learnt into the model file, whose pieces can then be the best of several."
)
EXAMPLES = """
examples:
  linnet-train judge folk folk.corpus -o folk.judge.json
  linnet-train judge new.onnx all.corpus:chopin -o chopin.judge.json --pieces 100 --bars 16
"""

FEWEST = 20
"""People's pieces, to learn from and to measure by together."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_model(parser)
    parser.add_argument("corpus", metavar="CORPUS", help="what it was trained on; or a part of it: DIR:STYLE")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="file for the weights, .json"
    )
    add_pieces(parser, "--pieces", 512, lowest=8, text="pieces for the model to make")
    add_bars(parser, 24, lowest=8, text="bars of a piece, the model's or people's, that are heard")
    parser.add_argument(
        "--section",
        type=whole_number(1, 4),
        default=4,
        metavar="N",
        help="bars after which the best candidate goes on (1..4; default: 4)",
    )
    parser.add_argument(
        "--every-bar",
        action="store_true",
        help="learn from what is heard at every bar line, not at the ends of sections alone",
    )
    add_seed(parser, 1_000_000)


def run(args: argparse.Namespace) -> int:
    """The command."""
    # what plays takes a second to import: only now, so that --help and wrong usage answer at once
    import numpy as np

    from linnet_train.corpus.corpus import Corpus
    from linnet_train.judging import learn, sections
    from linnet_train.progress import Stages
    from linnet_train.sampling import opened
    from linnet_train.storage import write_json

    check_folder(args.output)
    model, corpus = opened.load(args.model), Corpus.open(args.corpus)
    if model.info.time_base != "grid" or corpus.time_base != "grid":
        raise TrainError("a judge hears bars: models and corpora in the performance base have none")
    people, unseen = sections.people_of(corpus, args.pieces * 3)
    if len(people) < FEWEST:
        raise TrainError(f"{corpus.path} has {len(people)} pieces, and {FEWEST} are needed")
    every = 1 if args.every_bar else args.section
    with Stages("judge") as stages:
        stages.next("listening to people", 10)
        theirs = sections.of_people(people, args.bars, every=every)
        progress = stages.next("listening to the model", 85)
        ours = sections.of_model(
            model, args.pieces, args.bars, seed=args.seed, every=every, progress=progress
        )
        stages.next("learning", 5)
        held_out = np.arange(args.pieces) % 4 == 0
        learnt = learn.learn(
            theirs.of(~unseen), theirs.of(unseen), ours.of(~held_out), ours.of(held_out), section=args.section
        )
    write_json(args.output, learnt.judge.entry())
    print(
        f"{args.output}: tells people's sections from the model's: AUC {learnt.auc:.3f} held out "
        f"({learnt.sections[0]} and {learnt.sections[1]} sections), {learnt.auc_learnt:.3f} learnt; "
        f"{len(learnt.judge.tables)} things heard"
    )
    if model.info.passport.get("corpus_fingerprint") != corpus.fingerprint:
        print(
            f"{model.info.name} was trained on another corpus: it may know pieces held out", file=sys.stderr
        )
    return 0
