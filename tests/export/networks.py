"""Random networks and feature_ids for the tests of the exporter."""

import numpy as np
from numpy.typing import NDArray

from linnet_export.weights import Weights

WIDTH, FEATURES, VOCABULARY = 9, 200, 672


def random_weights(
    seed: int = 0,
    *,
    embedding: int = 12,
    hidden: int = 20,
    layers: int = 2,
    columns: int = WIDTH,
    gain: float = 1.0,
) -> Weights:
    """Weights as they come out of training; a gain far above 1 drives every gate and byte into saturation."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> NDArray[np.float32]:
        return (rng.normal(0, gain, shape) / np.sqrt(shape[-1])).astype(np.float32)

    state = {"embedding.weight": normal(FEATURES, embedding)}
    state["embedding.weight"][0] = 0
    for i in range(layers):
        state[f"lstm.weight_ih_l{i}"] = normal(4 * hidden, embedding if i == 0 else hidden)
        state[f"lstm.weight_hh_l{i}"] = normal(4 * hidden, hidden)
        state[f"lstm.bias_ih_l{i}"], state[f"lstm.bias_hh_l{i}"] = normal(4 * hidden), normal(4 * hidden)
    state["output.weight"], state["output.bias"] = normal(VOCABULARY, hidden), normal(VOCABULARY)
    return Weights.of(state, width=WIDTH, columns=columns)


def random_bags(count: int, seed: int = 1) -> NDArray[np.int64]:
    """Bags with a third of their columns empty, like real ones."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, FEATURES, (count, WIDTH)) * (rng.random((count, WIDTH)) < 2 / 3)
