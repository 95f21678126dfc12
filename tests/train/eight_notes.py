"""The trainer overfits eight notes. The recipe has to do that from any first weights and on any CPU:

    python -m tests.train.eight_notes [--seeds 20]

prints, for each kind of arithmetic that PyTorch may be told to use here, what the notes cost with the worst
of the seeds, and how often they are played back.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec, features
from linnet_train.network import checkpoint
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.training import fit
from linnet_train.training.heldout import tally
from tests.train.corpora import corpus, piece

CAPABILITIES = ("default", "avx2", "native")
"""Values of ATEN_CPU_CAPABILITY; native is none at all, the best that the CPU has."""

MELODY = (62, 66, 69, 74, 73, 69, 66, 62)
MUSIC = codec.quantise(
    Score(24, (Track(Notes.of([Note(24 * i, 24, pitch, 82) for i, pitch in enumerate(MELODY)]), program=73),))
)
MODEL = ModelConfig(embedding_dim=128, hidden_size=128, home=False)
# It never hears a wish, as it is asked for none in the end: which it would hear is drawn by lot. Twenty steps
# of warmup, for Adam's first steps are as long as its later ones; twice as many steps as are needed.
RECIPE = RunConfig(
    steps=300,
    batch_size=1,
    chunk=32,
    warmup_steps=20,
    learning_rate=0.02,
    dropout=0.0,
    average=0.9,
    transpose=0,
    tempo_bins=0,
    wish_drop_all=1.0,
    practice_every=60,
    valid_every=300,
    save_every=300,
    threads=1,
    device="cpu",
)
ENOUGH = 0.05
"""Nats a token below which it is overfitted; a network that is uncertain of a single pitch is above."""


class Learnt(NamedTuple):
    """What came of it."""

    nats_per_token: float
    played: Score
    """What it plays by taking the likeliest token each time."""

    seconds: float
    """CPU time of training."""


def learn(folder: Path, run: RunConfig = RECIPE) -> Learnt:
    """Trains a network on the eight notes, and plays it."""
    tune = piece(MUSIC)
    began = time.process_time()
    fit(corpus([tune], [tune]), folder, MODEL, run)
    seconds = time.process_time() - began
    network = checkpoint.load_weights(folder, MODEL)
    nats = tally(network, [tune], "grid", wishes=False).nats_per_token
    tokens = [1]
    while tokens[-1] != 2 and len(tokens) < 100:  # from bos to eos
        feature_ids = features.compute(np.array(tokens, np.uint16), "grid")
        with torch.no_grad():
            tokens.append(int(network(torch.from_numpy(feature_ids)[None])[0][0, -1].argmax()))
    try:
        played = codec.decode(tokens)
    except ValueError:
        played = Score(24, ())
    return Learnt(nats, played, seconds)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.train.eight_notes", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="networks of each kind (20)")
    parser.add_argument("--here", action="store_true", help="only with the arithmetic of this process")
    args = parser.parse_args()
    if not args.here:
        print("| arithmetic | nats a token, median | worst | played back | CPU seconds |")
        print("|---|---|---|---|---|", flush=True)
        for capability in CAPABILITIES:
            environment = {key: text for key, text in os.environ.items() if key != "ATEN_CPU_CAPABILITY"}
            if capability != "native":
                environment["ATEN_CPU_CAPABILITY"] = capability
            command = [sys.executable, "-m", "tests.train.eight_notes", "--here", "--seeds", str(args.seeds)]
            subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=True)
        return
    results = []
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as folder:
            results.append(learn(Path(folder) / "run", replace(RECIPE, seed=seed)))
    nats = [result.nats_per_token for result in results]
    played = sum(result.played == MUSIC for result in results)
    kind = f"{os.environ.get('ATEN_CPU_CAPABILITY', 'native')} ({torch.backends.cpu.get_cpu_capability()})"
    seconds = statistics.mean(result.seconds for result in results)
    cells = (kind, f"{statistics.median(nats):.4f}", f"{max(nats):.4f}", f"{played} of {len(results)}")
    print("|", " | ".join((*cells, f"{seconds:.1f}")), "|", flush=True)


if __name__ == "__main__":
    main()
