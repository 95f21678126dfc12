"""What goes on inside a network while it plays: the inputs of its matrix products."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from linnet.engine.engine import Engine
from linnet_export.music import Piece
from linnet_export.weights import Floats, Weights


@dataclass(frozen=True, slots=True)
class Observed:
    """What the products of a network were fed while it played real music, a row for each step."""

    layers: tuple[Floats, ...]  # each (steps, inputs + hidden)
    output: Floats  # (steps, hidden)

    # with a latent, (steps, inputs + latent + hidden) in the first layer, and (steps, hidden + latent)


def observe(weights: Weights, engine: Engine, music: Iterable[Piece]) -> Observed:
    """Plays music on the float graph of these weights, and notes what every product is fed."""
    layers: list[list[Floats]] = [[] for _ in weights.layers]
    output = []
    for bags, _, latent in music:
        states = engine.start()
        told = np.empty((len(bags), 0), np.float32)
        if latent is not None and weights.places is not None:
            told = latent * weights.places.keys(bags)
        for bag, says in zip(bags, told, strict=True):
            x = np.concatenate([weights.embedding[bag[: weights.columns]].sum(axis=0), says])
            _, following = engine.step(bag[None], states, None if latent is None else latent[None])
            for layer, inputs in enumerate(layers):
                inputs.append(np.concatenate([x, states[2 * layer][0]]))  # states: h_0, c_0, h_1, c_1, ...
                x = following[2 * layer][0]
            output.append(np.concatenate([x, says]))
            states = following
    return Observed(tuple(np.stack(inputs) for inputs in layers), np.stack(output))
