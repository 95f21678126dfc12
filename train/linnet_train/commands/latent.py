"""`linnet-train latent`: what the latent of a variational model is worth."""

import argparse
from pathlib import Path

from linnet_train.commands.options import add_corpus, add_record, add_to_record, read_record
from linnet_train.errors import TrainError

HELP = "what the latent of a variational model is worth"
DESCRIPTION = (
    "Lets a variational model encode phrases that it never saw and play them again, gives the trained "
    "network its own latent, another one and none, and morphs pairs of phrases."
)
EXAMPLES = ""

RANDOM_PIECES, RANDOM_BARS = 200, 8
"""Pieces of random latents, and their length."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="the run of `linnet-train fit --latent N`")
    parser.add_argument(
        "--model", required=True, metavar="MODEL", help="what was exported of it: a file, or a packaged model"
    )
    parser.add_argument(
        "--plain", type=Path, metavar="RUN", help="a run of the same corpus without a latent, to compare with"
    )
    parser.add_argument(
        "--beside",
        metavar="MODEL",
        help="a model without a latent: are pieces of random latents as near to people's as its own?",
    )
    add_corpus(parser)
    parser.add_argument(
        "--pairs", type=int, default=100, metavar="N", help="phrases to morph (default: %(default)s)"
    )
    add_record(parser, "latent")


def run(args: argparse.Namespace) -> int:
    """The command."""
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.evaluation.latent import (
        LatentFigures,
        human_phrases,
        measure_random_latents,
        morphs,
        reconstruct,
        table,
    )
    from linnet_train.evaluation.reference import Reference
    from linnet_train.network.checkpoint import load_weights
    from linnet_train.network.config import read_config
    from linnet_train.progress import Stages
    from linnet_train.sampling import opened

    read_record(args.record)
    config, _, about = read_config(args.folder)
    model = opened.load(args.model)
    if not config.latent or model.info.latent is None:
        raise TrainError(f"{args.folder if not config.latent else model.file} has no latent")
    network = load_weights(args.folder, config)
    plain = load_weights(args.plain, read_config(args.plain)[0]) if args.plain else None
    beside = opened.load(args.beside) if args.beside else None
    corpus = Corpus.open(args.corpus or about["path"])
    pieces = corpus.pieces("test")
    with Stages("latent") as stages:
        reconstructions = tuple(
            reconstruct(model, network, plain, pieces, bars, stages.next(f"{bars} bars", 30))
            for bars in (2, 8)
        )
        morphed = morphs(model, pieces, 4, args.pairs, stages.next("morph", 60))
        rows = []
        if beside:
            reference = Reference(corpus, RANDOM_BARS, RANDOM_PIECES)
            phrases = human_phrases(corpus, reference, RANDOM_PIECES)
            rows = [
                measure_random_latents(each, reference, phrases, RANDOM_PIECES) for each in (model, beside)
            ]
        figures = LatentFigures(model.info.name, reconstructions, morphed, tuple(rows))
    print(table(figures))
    add_to_record(args.record, "latent", figures.to_json())
    return 0
