"""What goes on inside a network while it plays: the inputs of its matrix products."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.engine.engine import Engine
from linnet_export.music import Passage
from linnet_export.weights import Floats, Weights


@dataclass(frozen=True, slots=True)
class Observed:
    """What a network read while it played real music and the inputs of its products; a row for each step."""

    feature_ids: NDArray[np.int64]  # (steps, columns that it reads)

    layers: tuple[Floats, ...]  # each (steps, inputs + hidden)
    output: Floats  # (steps, hidden)

    # with a latent, (steps, inputs + latent + hidden) in the first layer, and (steps, hidden + latent)


def observe(weights: Weights, engine: Engine, music: Iterable[Passage]) -> Observed:
    """Plays music on the float graph of these weights, and records the inputs of every product."""
    layers: list[list[Floats]] = [[] for _ in weights.layers]
    output, heard = [], []
    for feature_ids, _, latent in music:
        states = engine.start()
        heard.append(feature_ids[:, : weights.columns])
        read = np.empty((len(feature_ids), 0), np.float32)
        if latent is not None and weights.places is not None:
            read = latent * weights.places.keys(feature_ids)
        for ids, recalled in zip(feature_ids, read, strict=True):
            x = np.concatenate([weights.embedding[ids[: weights.columns]].sum(axis=0), recalled])
            _, following = engine.step(ids[None], states, None if latent is None else latent[None])
            for layer, inputs in enumerate(layers):
                inputs.append(np.concatenate([x, states[2 * layer][0]]))  # states: h_0, c_0, h_1, c_1, ...
                x = following[2 * layer][0]
            output.append(np.concatenate([x, recalled]))
            states = following
    return Observed(np.concatenate(heard), tuple(np.stack(inputs) for inputs in layers), np.stack(output))
