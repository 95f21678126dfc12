"""The numbers of a trained network, laid out for one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import features

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
class Places:
    """The keys under which a latent holds notes: of each place the product of a bar's and a position's."""

    bars: NDArray[np.floating[Any]]  # (9, latent); row 0 for what comes before the first bar
    positions: NDArray[np.floating[Any]]  # (145, latent), likewise

    def keys(self, feature_ids: NDArray[np.int64]) -> Floats:
        """Of feature_ids (..., width): (..., latent)."""
        bar, position = (
            np.maximum(feature_ids[..., column] - before, 0) for column, before in (BAR, POSITION)
        )
        key: Floats = self.bars[bar] * self.positions[position]
        return key


def _place(name: str) -> tuple[int, int]:
    family = next(family for family in features.FAMILIES if family.name == name)
    return family.first_column, family.first_id - 1


BAR, POSITION = _place("bar_modulo_8"), _place("bar_position")
"""Column of the features that holds each, and the id just before its own."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole network; the rows of the features are summed, go through the layers, and the last one gives the
    logits.

    In a variational model, what the latent holds of the place is read beside the sum, and beside the output
    of the last layer. An encoder has places too, and `writes`: its logits are multiplied by the key of the
    place.
    """

    embedding: Floats  # (features, embedding); row 0 is zero
    layers: tuple[Layer, ...]
    output: Floats  # (hidden, vocabulary)
    output_bias: Floats  # (vocabulary,)
    width: int
    """Columns of the features that arrive."""

    columns: int
    """Columns of it that the network reads, from the left: all, or only the last token."""

    places: Places | None = None
    writes: bool = False

    @classmethod
    def of(
        cls, state: Mapping[str, NDArray[Any]], *, width: int, columns: int, writes: bool = False
    ) -> "Weights":
        """From the state dict of `Network` (linnet_train), or of its encoder and places, as arrays."""
        count = sum(name.startswith("lstm.weight_ih_l") for name in state)
        return cls(
            embedding=state["embedding.weight"].astype(np.float32),
            layers=tuple(_layer(state, index) for index in range(count)),
            output=state["output.weight"].T.astype(np.float32),
            output_bias=state["output.bias"].astype(np.float32),
            width=width,
            columns=columns,
            places=Places(state["places.bars.weight"], state["places.positions.weight"])
            if "places.bars.weight" in state
            else None,
            writes=writes,
        )

    @property
    def latent(self) -> int:
        """Numbers in the latent that it reads; 0: none."""
        return 0 if self.places is None or self.writes else self.places.bars.shape[1]


def _layer(state: Mapping[str, NDArray[Any]], index: int) -> Layer:
    rows = np.concatenate([state[f"lstm.weight_ih_l{index}"], state[f"lstm.weight_hh_l{index}"]], axis=1)
    bias = state[f"lstm.bias_ih_l{index}"] + state[f"lstm.bias_hh_l{index}"]
    i, f, g, o = np.split(np.arange(len(bias)), 4)
    order = np.concatenate([i, f, o, g])
    return Layer(np.ascontiguousarray(rows[order].T, np.float32), bias[order].astype(np.float32))
