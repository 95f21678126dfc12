"""What goes on inside a network while it plays: the inputs of its matrix products."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from linnet._engine import Engine
from linnet_export.music import Piece
from linnet_export.weights import Floats, Weights


@dataclass(frozen=True, slots=True)
class Observed:
    """What the products of a network were fed while it played real music, a row for each step."""

    layers: tuple[Floats, ...]  # each (steps, inputs + hidden)
    output: Floats  # (steps, hidden)


def observe(weights: Weights, engine: Engine, music: Iterable[Piece]) -> Observed:
    """Plays music on the float graph of these weights, and notes what every product is fed."""
    layers: list[list[Floats]] = [[] for _ in weights.layers]
    output = []
    for bags, _ in music:
        states = engine.start()
        for bag in bags:
            x = weights.embedding[bag[: weights.columns]].sum(axis=0)
            _, following = engine.step(bag[None], states)
            for layer, inputs in enumerate(layers):
                inputs.append(np.concatenate([x, states[2 * layer][0]]))  # states: h_0, c_0, h_1, c_1, ...
                x = following[2 * layer][0]
            output.append(x)
            states = following
    return Observed(tuple(np.stack(inputs) for inputs in layers), np.stack(output))
