"""A trained network in integers: 8-bit activations, 7-bit weights, a scale for each column."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet_export.weights import Floats, Weights

Integers = NDArray[np.int8]

H_SCALE = 1 / 128
"""What one unit of a quantised hidden state is worth; hidden states lie in (-1, 1)."""

WEIGHT_LIMIT = 63
"""Seven bits. CPUs without VNNI add two products of an unsigned and a signed byte in 16 bits: 2 * 255 * 63
fits, with 127 the sum would saturate silently."""

EMBEDDING_LIMIT = 127
"""Eight bits: rows of the embedding are only ever added up."""


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix product in integers: weight * scale stands for the real matrix."""

    weight: Integers  # (inputs, outputs)
    scale: Floats  # (outputs,)
    bias: Floats  # (outputs,)


@dataclass(frozen=True, slots=True)
class IntegerWeights:
    """A whole network in integers. Activations are bytes around 128."""

    embedding: Integers  # (features, embedding)
    embedding_scale: Floats  # (embedding,): sum of rows -> steps of the byte that layer 0 reads
    layers: tuple[Product, ...]
    output: Product
    width: int
    columns: int


def quantise(weights: Weights, bags: NDArray[np.integer]) -> IntegerWeights:
    """Rounds a network; from real bags (n, width) it learns how far the embedded bag ranges."""
    unit = np.abs(weights.embedding).max(axis=0).clip(min=1e-12) / EMBEDDING_LIMIT
    embedding = np.rint(weights.embedding / unit).astype(np.int8)
    sums = np.stack([embedding[bag].sum(axis=0, dtype=np.int64) for bag in bags[:, : weights.columns]])
    step = np.abs(sums).max(axis=0).clip(min=1) / 127  # in units of the integer sum
    inputs = [unit * step] + [np.full(layer.hidden, H_SCALE) for layer in weights.layers]
    layers = []
    for index, layer in enumerate(weights.layers):
        rows = np.concatenate([inputs[index], np.full(layer.hidden, H_SCALE)])
        layers.append(round_product(layer.weight * rows[:, None], layer.bias))
    return IntegerWeights(
        embedding=embedding,
        embedding_scale=(1 / step).astype(np.float32),
        layers=tuple(layers),
        output=round_product(weights.output * H_SCALE, weights.output_bias),
        width=weights.width,
        columns=weights.columns,
    )


def round_product(matrix: NDArray[np.floating], bias: Floats) -> Product:
    """The nearest integers, each column on its own scale."""
    scale = np.abs(matrix).max(axis=0).clip(min=1e-12) / WEIGHT_LIMIT
    return Product(np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32), bias)
