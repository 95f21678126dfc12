"""What rules of voice leading cost a step, in four voices.

    python -m benchmarks.speed.voice_leading [--rounds 15]

The same piece of the packaged `chorale` is followed with and without the rules, a mask and an advance a
token, in turns on one core; what they add is held against a whole step of the model, and may be 3 % of it.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

import linnet
from benchmarks.speed import command
from benchmarks.speed.rounds import lap, pinned, take_turns
from benchmarks.table import Figure, at_most
from linnet.core import Tracker
from linnet.tokens import codec
from linnet.tokens.vocabulary import SIZE

MODEL = "chorale"
RULES = {"with the rules": 2, "without": 0}
"""See csrc/voice_leading.h."""

STEP = "step"
MOST = 1.03


def follow(tokens: Sequence[int], rule: int, times: int) -> float:
    """Microseconds that a mask and an advance take."""
    mask, clock = np.zeros(SIZE, np.uint8), lap()
    for _ in range(times):
        tracker = Tracker()
        tracker.restrict(parallels=rule, crossing=rule)
        for token in tokens:
            tracker.mask(mask)
            tracker.advance(token)
    return 1e6 * clock() / (times * len(tokens))


def step(stream: linnet.Stream, tokens: int) -> float:
    """Microseconds that a token of the model takes."""
    clock = lap()
    stream.tokens(tokens)
    return 1e6 * clock() / tokens


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The row."""
    model = linnet.load(MODEL)
    piece = codec.encode(
        model.generate(seed=1, bars=16, parallels="forbidden", crossing="forbidden")
    ).tolist()
    with pinned():
        begun = time.perf_counter()
        follow(piece, 0, 1)
        rounds = max(1, round(settings.seconds / (time.perf_counter() - begun)))
        stream = model.stream(seed=1, form="", parallels="allowed", crossing="allowed")
        took = take_turns(
            {name: partial(follow, piece, rule, rounds) for name, rule in RULES.items()}
            | {STEP: partial(step, stream, 1000)},
            settings.rounds,
        )
    added = took["with the rules"] - took["without"]
    ratio = (took[STEP] + added) / took[STEP]
    yield Figure(
        "voice leading", MODEL, took[STEP] + added, "us", "a step without rules", took[STEP], ratio,
        at_most(MOST, ratio),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(command.main(["voice_leading"]))
