"""Tokens a second of many pieces that are played together on one core, as `generate(count=64)` does.

    python -m benchmarks.speed.batch [--sizes 2x256 ...]

beside one piece, and beside PyTorch: the same network over a batch, top-k and multinomial for all rows at
once, features and masks from linnet's tracker.
"""

import sys
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from benchmarks.speed import command
from benchmarks.speed.networks import Made
from benchmarks.speed.peers import BOS, TOP_K, endless
from benchmarks.speed.rounds import pinned, take_turns
from benchmarks.speed.step import Player, rate
from benchmarks.table import Figure, faster
from linnet.core import Piece, Rng
from linnet.engine.engine import Engine
from linnet.engine.network import EngineName
from linnet.tokens import features, vocabulary

STREAMS = (1, 8, 64)
ALONE, PYTORCH = "linnet, one stream", "PyTorch, batched"
MUST_BEAT_ALONE, MUST_BEAT_PYTORCH = 8.0, 2.0


def linnet_player(made: Made, streams: int, *, engine: EngineName = "onnxruntime") -> Player:
    """So many pieces in one loop, none of which ends."""
    pieces = [Piece(endless(), Rng(1, i), script=[BOS], top_k=TOP_K) for i in range(streams)]
    loop = Engine.open(made.exact, engine=engine).loop(*pieces)
    return lambda seconds: loop.play(seconds=seconds)


def pytorch_player(made: Made, streams: int) -> Player:
    """So many pieces in PyTorch."""
    trackers = [endless() for _ in range(streams)]
    for tracker in trackers:
        tracker.advance(BOS)
    feature_ids = np.zeros((streams, features.WIDTH), np.int64)
    masks = np.zeros((streams, vocabulary.SIZE), np.uint8)
    state = list(made.example(streams)[1:])
    generator = torch.Generator().manual_seed(1)

    @torch.inference_mode()
    def step() -> None:
        for tracker, row, mask in zip(trackers, feature_ids, masks, strict=True):
            tracker.features(row)
            tracker.mask(mask)
        logits, *state[:] = made.step(torch.from_numpy(feature_ids), *state)
        top, ids = logits.masked_fill_(torch.from_numpy(masks) == 0, -torch.inf).topk(TOP_K)
        chosen = torch.multinomial(top.softmax(1), 1, generator=generator)
        for tracker, token in zip(trackers, ids.gather(1, chosen)[:, 0].tolist(), strict=True):
            tracker.advance(token)

    def play(seconds: float) -> int:
        count, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            step()
            count += streams
        return count

    return play


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `batch`."""
    torch.set_num_threads(1)
    for size in settings.sizes:
        made = settings.made(size)
        with pinned():
            players = {("linnet", n): linnet_player(made, n) for n in STREAMS}
            players |= {(PYTORCH, n): pytorch_player(made, n) for n in STREAMS}
            works = {key: partial(rate, player, settings.seconds) for key, player in players.items()}
            rates = take_turns(works, settings.rounds)
        for n in STREAMS:
            side_by_side = {name: rates[name, n] for name in ("linnet", PYTORCH)}
            side_by_side[ALONE] = rates["linnet", 1]
            label = f"{size}, {n} streams" if n > 1 else f"{size}, 1 stream"
            if n > 1:
                goal = MUST_BEAT_ALONE if n == max(STREAMS) else None
                yield faster("batch", label, ALONE, side_by_side, goal=goal)
            yield faster("batch", label, PYTORCH, side_by_side, goal=MUST_BEAT_PYTORCH)


if __name__ == "__main__":
    sys.exit(command.main(["batch"]))
