"""How fast the tracker is: whole pieces for training, single steps for play.

    python -m benchmarks.speed.features [DIR]

prints tokens a second on one core, over real files (the grid base). In training all features of a piece are
one call; in play each token costs a mask, a row of features and an advance, all three called from Python.
Each figure is the best of five rounds: on a busy machine the others measure its neighbours.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import DATA
from benchmarks.speed import command, prepare
from benchmarks.table import Figure, Goal
from linnet.controls import wishes
from linnet.core import Tracker
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import FAMILIES, SIZE

GOAL = 1_000_000  # tokens a second in training
ROUNDS, FILES = 5, 60

Piece = tuple[NDArray[np.uint16], NDArray[np.uint8]]


def pieces(root: Path, files: int) -> list[Piece]:
    """Tokens and wishes of so many files, evenly spread over the folder."""
    scores = [Score.open(path) for path in prepare.some_of(root, files)]
    return [(codec.encode(score), wishes.measure(codec.quantise(score))) for score in scores]


def best_seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(ROUNDS))


def training(music: list[Piece]) -> float:
    """Tokens a second, one call a piece."""
    feature_ids = np.empty((max(len(tokens) for tokens, _ in music), features.WIDTH), np.int32)
    tracker = Tracker()

    def work() -> None:
        for tokens, wished in music:
            tracker.features_of(tokens, wished, feature_ids)

    return sum(len(tokens) for tokens, _ in music) / best_seconds(work)


def play(music: list[Piece]) -> dict[str, float]:
    """Microseconds a token of each call and of all three, stepping through the pieces."""
    mask, row = np.zeros(SIZE, np.uint8), np.zeros(features.WIDTH, np.int64)
    steps = [tokens.tolist() for tokens, _ in music]

    def walk(*, masks: bool, feature_ids: bool) -> float:
        def work() -> None:
            tracker = Tracker()
            for tokens in steps:
                tracker.reset()
                for token in tokens:
                    if feature_ids:
                        tracker.features(row)
                    if masks:
                        tracker.mask(mask)
                    tracker.advance(token)

        return best_seconds(work) / sum(map(len, steps)) * 1e6

    advance, both = walk(masks=False, feature_ids=False), walk(masks=True, feature_ids=True)
    return {
        "advance": advance,
        "mask": walk(masks=True, feature_ids=False) - advance,
        "features": walk(masks=False, feature_ids=True) - advance,
        "all three": both,
    }


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `features`: the tracker in training, and what comes before it."""
    music = pieces(settings.data / "train", FILES)
    if music:
        rate = training(music)
        yield Figure("features", "training", rate, "tokens/s", goal=Goal(f">= {GOAL:,}", rate >= GOAL))
    yield from prepare.figures(settings)


def _id(family: str, number: int = 0) -> int:
    return FAMILIES[family].first + number


def masks_by_slots(counts: tuple[int, ...] = (1, 16)) -> list[float]:
    """Microseconds of a mask where so many slots are declared and one note sounds in each."""
    mask, times = np.zeros(SIZE, np.uint8), []
    for slots in counts:
        tracker = Tracker()
        head = [(_id("slot", slot), _id("program")) for slot in range(slots)]
        opening = [(_id("bar"), _id("time_signature", 2), _id("tempo", 21))]
        notes = [
            (_id("slot", slot), _id("velocity", 20), _id("note", 60), _id("duration_fine", 90))
            for slot in range(slots)
        ]
        for token in chain([_id("bos")], *head, *opening, *notes, [_id("shift_fine")]):
            assert tracker.mask(mask)
            assert mask[token]
            tracker.advance(token)

        def work(tracker: Tracker = tracker) -> None:
            for _ in range(10_000):
                tracker.mask(mask)

        times.append(best_seconds(work) * 100)
    return times


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.features", description="How fast the tracker is."
    )
    parser.add_argument("dir", nargs="?", type=Path, default=DATA / "train")
    parser.add_argument("--files", type=int, default=FILES, help="how many files to take from the folder")
    options = parser.parse_args(arguments)
    music = pieces(options.dir, options.files)
    if not music:
        parser.error(f"there are no .mid files in {options.dir}")

    rate = training(music)
    total = sum(len(tokens) for tokens, _ in music)
    print(f"{len(music)} files, {total:,} tokens")
    print(f"training   {rate:12,.0f} tokens/s   {rate / GOAL:.2f} of the goal of {GOAL:,}")
    cost = play(music[:: max(1, len(music) // 20)])
    print(
        f"play       {1e6 / cost['all three']:12,.0f} tokens/s   "
        + ", ".join(f"{k} {v:.2f} us" for k, v in cost.items())
    )
    one, sixteen = masks_by_slots()
    print(f"mask       {one:.2f} us with 1 slot, {sixteen:.2f} us with 16")
    return 0


if __name__ == "__main__":
    sys.exit(main())
