"""How fast training is: the whole loop of `linnet-train fit`, with the bag of features and without, and with
heads that share.

    python -m benchmarks.speed.train [DIR]

prints tokens a second (padding not counted) over real files, augmentation, features, backward pass and AdamW
included, and the share of padding for some lengths of chunk. The variants take turns; each figure is the best
round, since on a busy machine the others measure its neighbours. `OMP_WAIT_POLICY=active` before the command
shows what spinning threads cost on such a machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import DATA
from benchmarks.speed.features import Piece, pieces
from linnet_train.data.batches import Lanes, Loaded, Shuffle, chunks
from linnet_train.data.examples import training_example
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.training.step import Training

import torch  # isort: skip - after linnet_train, which says how its threads shall wait

FILES = 300


class Gathered(torch.nn.Embedding):
    """The bag summed up the obvious way: all its rows are copied out, then added."""

    def forward(self, feature_ids: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = super().forward(feature_ids)
        return rows.sum(dim=1)


def training(music: Sequence[Piece], model: ModelConfig, run: RunConfig) -> Training:
    """Training as `fit` does it, without its reports and files."""
    shuffle = Shuffle(len(music), run.seed)

    def load_draw(draw: int) -> Loaded:
        i, rng = shuffle[draw]
        return training_example(*music[i], "grid", rng, run, model)

    lanes = Lanes(load_draw, batch_size=run.batch_size, chunk=run.chunk)
    return Training(model, run, lanes, torch.device("cpu"))


def gathered(plain: Training) -> Training:
    """The same training with the rows of the bag gathered."""
    weight = plain.network.embedding.weight
    embedding = Gathered(weight.shape[0], weight.shape[1], padding_idx=0, _weight=weight.detach().clone())
    plain.network.embedding = embedding  # type: ignore[assignment]  # it is called the same way
    plain.optimizer.param_groups[-1]["params"] = list(embedding.parameters())
    return plain


def main() -> int:
    """Prints the table; exit code 1 where the music is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "train" / "cre-irish")
    parser.add_argument(
        "--size", type=int, default=256, help="units in each of two layers, and of the embedding"
    )
    parser.add_argument(
        "--heads", nargs="+", default=["all"], help="set beside no heads, as a recipe names them"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4, help="steps in a round")
    args = parser.parse_args()
    if not args.folder.is_dir():
        print(f"{args.folder}: no such folder; name one with MIDI files, or set LINNET_DATA", file=sys.stderr)
        return 1
    torch.set_num_threads(args.threads)
    music, run = pieces(args.folder, FILES), RunConfig()
    shape = ModelConfig(embedding_dim=args.size, hidden_size=args.size, heads="none")
    blind = replace(shape, inputs="last-token")
    variants = {
        "last token alone": training(music, blind, run),
        "bag of features": training(music, shape, run),
        **{f"bag, heads {name}": training(music, replace(shape, heads=name), run) for name in args.heads},
        "bag, rows gathered": gathered(training(music, shape, run)),
    }
    best = dict.fromkeys(variants, 0.0)
    clock = (
        time.process_time if args.threads == 1 else time.perf_counter
    )  # one thread's own time, if it is one
    for i in range(args.rounds + 1):
        for name, variant in variants.items():
            began = clock()
            tokens = sum(variant.advance(run.learning_rate)[1] for _ in range(args.steps))
            if i:  # the first round fills the lanes and warms up
                best[name] = max(best[name], tokens / (clock() - began))

    print(f"2 x {args.size}, {run.batch_size} x {run.chunk} tokens a step, {args.threads} threads, ", end="")
    print(f"waiting threads {os.environ['OMP_WAIT_POLICY']}\n")
    print(f"{'':36}{'tokens/s':>10}{'ratio':>8}")
    for name, speed in best.items():
        print(f"{name:36}{speed:>10,.0f}{speed / best['bag of features']:>8.2f}")
    lengths = np.array([len(tokens) - 1 for tokens, _ in music])
    print(f"\npadding, pieces of {np.median(lengths):,.0f} tokens (median)")
    for chunk in (64, 96, 128, 192, 256):
        print(f"chunk {chunk:<18}{1 - lengths.sum() / (chunks(lengths, chunk) * chunk):>10.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
