"""The numbers of a trained network, laid out for one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """One LSTM layer: [x, h] @ weight + bias gives the gates input, forget, output, candidate.

    PyTorch puts the candidate third. Here it comes last, so that the three sigmoids lie side by side.
    """

    weight: Floats  # (inputs + hidden, 4 * hidden)
    bias: Floats  # (4 * hidden,)

    @property
    def hidden(self) -> int:
        return len(self.bias) // 4


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole network; the bag is summed, goes through the layers, and the last one gives the logits."""

    embedding: Floats  # (features, embedding); row 0 is zero
    layers: tuple[Layer, ...]
    output: Floats  # (hidden, vocabulary)
    output_bias: Floats  # (vocabulary,)
    width: int
    """Columns of the bag that arrives."""

    columns: int
    """Columns of it that the network reads, from the left: all, or only the last token."""

    @classmethod
    def of(cls, state: Mapping[str, NDArray[Any]], *, width: int, columns: int) -> "Weights":
        """From the state dict of `linnet_train.network.Network`, as numpy arrays."""
        count = sum(name.startswith("lstm.weight_ih_l") for name in state)
        return cls(
            embedding=state["embedding.weight"].astype(np.float32),
            layers=tuple(_layer(state, index) for index in range(count)),
            output=state["output.weight"].T.astype(np.float32),
            output_bias=state["output.bias"].astype(np.float32),
            width=width,
            columns=columns,
        )


def _layer(state: Mapping[str, NDArray[Any]], index: int) -> Layer:
    rows = np.concatenate([state[f"lstm.weight_ih_l{index}"], state[f"lstm.weight_hh_l{index}"]], axis=1)
    bias = state[f"lstm.bias_ih_l{index}"] + state[f"lstm.bias_hh_l{index}"]
    i, f, g, o = np.split(np.arange(len(bias)), 4)
    order = np.concatenate([i, f, o, g])
    return Layer(np.ascontiguousarray(rows[order].T, np.float32), bias[order].astype(np.float32))
