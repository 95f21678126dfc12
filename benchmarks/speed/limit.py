"""One token of linnet, whole pipeline, against the least that memory allows: reading its weights once.

    python -m benchmarks.speed.limit [--sizes 2x256 ...]

Every token needs every weight of the LSTM and of the output layer, one byte each. They are read by the
fastest loop that numpy has, from where they sit between two tokens: a cache, or memory if they fill it.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.speed import command
from benchmarks.speed.rounds import pinned, seconds_of, take_turns
from benchmarks.speed.step import linnet_player, rate
from benchmarks.table import Figure, at_most
from linnet_export.weights import Weights

GOALS = {"2x256": 4.0, "2x512": 2.5}
READING = "reading its weights once"


def weight_bytes(weights: Weights) -> int:
    """Bytes of the matrices of a step in integers; tables, scales and biases are not counted."""
    return weights.output.size + sum(layer.weight.size for layer in weights.layers)


def reader(count: int) -> Callable[[], object]:
    """Reads so many bytes once."""
    return np.random.default_rng(0).integers(0, 2**62, count // 8).max


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `limit`."""
    for size in settings.sizes:
        made = settings.made(size)
        with pinned():
            play, read = linnet_player(made), reader(weight_bytes(made.weights))
            seconds = take_turns(
                {
                    "linnet": lambda play=play: 1 / rate(play, settings.seconds),
                    READING: partial(seconds_of, read, settings.seconds),
                },
                settings.rounds,
            )
        ours, theirs = seconds["linnet"] * 1e6, seconds[READING] * 1e6
        ratio, bound = ours / theirs, GOALS.get(str(size))
        goal = None if bound is None else at_most(bound, ratio)
        yield Figure("limit", str(size), ours, "us", READING, theirs, ratio, goal)


if __name__ == "__main__":
    sys.exit(command.main(["limit"]))
