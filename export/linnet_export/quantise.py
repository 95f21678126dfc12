"""A trained network in integers: 8-bit activations, 7-bit weights, a scale for each column."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet_export import rows
from linnet_export.observe import Observed
from linnet_export.weights import Floats, Places, Weights

Integers = NDArray[np.int8]
Reals = NDArray[np.floating[Any]]

H_UNIT = 1 / 128
"""What one unit of a quantised hidden state is worth; hidden states lie in (-1, 1)."""

WEIGHT_LIMIT = 63
"""Seven bits. CPUs without VNNI add two products of an unsigned and a signed byte in 16 bits: 2 * 255 * 63
fits, with 127 the sum would saturate silently."""

LATENT_SHARE = 0.9998
"""How much of what is read from a latent is inside the reach of a byte. Products of three numbers have long
tails: with all inside, the nats of phrases given their latent rose by 0.38 % when a model was rounded, with
this share by 0.28."""

DAMPING = 0.01
"""Share of the mean input power that is added to every input, so that weak evidence moves no weight far."""

REACHES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""Shares of a column's largest weight that are tried as the largest that can be said."""

TINY = 1e-12
"""Instead of a zero where something is divided by it."""


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
    latent_output: Product | None = None
    """What the logits take from the latent."""

    places: Places | None = None
    """In half precision. A decoder's, times the latent, are in steps of the byte that products read."""

    writes: bool = False
    latent: int = 0


def quantise(weights: Weights, observed: Observed) -> IntegerWeights:
    """Rounds a network so that on music like the observed it computes what it did before."""
    unit = np.abs(weights.embedding).max(axis=0).clip(min=TINY) / rows.LIMIT
    embedding = rows.round_rows(weights.embedding, unit, observed.feature_ids)
    x = observed.layers[0][:, : weights.embedding.shape[1]]
    x_unit = np.abs(x).max(axis=0).clip(min=TINY) / 127
    places, latent_unit = weights.places, np.empty(0)
    if weights.latent and places is not None:
        read = np.abs(observed.output[:, -weights.latent :])
        latent_unit = np.quantile(read, LATENT_SHARE, axis=0).clip(min=TINY) / 127
        places = replace(places, bars=places.bars / latent_unit)
    if places is not None:
        places = Places(places.bars.astype(np.float16), places.positions.astype(np.float16))
    layers: list[Product] = []
    for layer, inputs in zip(weights.layers, observed.layers, strict=True):
        units = np.full(len(layer.weight), H_UNIT)
        if not layers:
            first = np.concatenate([x_unit, latent_unit])
            units[: len(first)] = first
        layers.append(round_product(layer.weight * units[:, None], layer.bias, inputs / units))
    hidden = len(weights.output) - len(latent_unit)
    inputs_of_output = observed.output[:, :hidden] / H_UNIT
    output = round_product(weights.output[:hidden] * H_UNIT, weights.output_bias, inputs_of_output)
    latent_output = None
    if len(latent_unit):  # on scales of its own: on one scale, the latent would leave the rest ten levels
        read, nothing = weights.output[hidden:] * latent_unit[:, None], np.zeros_like(weights.output_bias)
        latent_output = round_product(read, nothing, observed.output[:, hidden:] / latent_unit)
    return IntegerWeights(
        embedding=embedding,
        embedding_scale=(unit / x_unit).astype(np.float32),
        layers=tuple(layers),
        output=output,
        latent_output=latent_output,
        width=weights.width,
        columns=weights.columns,
        places=places,
        writes=weights.writes,
        latent=weights.latent,
    )


def round_product(matrix: Reals, bias: Floats, inputs: Reals) -> Product:
    """Integers, each column on its own scale, whose products with real inputs are those of the matrix.

    Row by row: what rounding a row does to the products is made up for in the rows still to come, as far as
    their inputs go along with it (GPTQ, Frantar et al. 2022). The strongest inputs come first.
    """
    correlation = inputs.T.astype(np.float64) @ inputs / len(inputs)
    power = np.diag(correlation).copy()
    scale = _scale(matrix, power)
    # Inputs that never stirred would leave the matrix singular.
    correlation += np.diag(np.full(len(power), DAMPING * power.mean() + TINY))
    order = np.argsort(-power, kind="stable")
    follow = np.linalg.cholesky(np.linalg.inv(correlation[np.ix_(order, order)])).T
    remaining = matrix[order].astype(np.float64)
    rounded = np.empty(matrix.shape, np.int8)
    for k, row in enumerate(order):
        rounded[row] = np.rint(remaining[k] / scale).clip(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        error = remaining[k] - rounded[row] * scale
        remaining[k + 1 :] -= np.outer(follow[k, k + 1 :] / follow[k, k], error)
    return Product(rounded, scale.astype(np.float32), bias)


def _scale(matrix: Reals, power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each column, what rounds it best: the largest weights may be cut where that makes the steps of all
    the others finer. (outputs,)
    """
    largest = np.abs(matrix).max(axis=0).clip(min=TINY)
    best: NDArray[np.float64] = largest / WEIGHT_LIMIT
    least = np.full(len(largest), np.inf)
    for reach in REACHES:
        scale = reach * largest / WEIGHT_LIMIT
        missed = matrix - np.rint(matrix / scale).clip(-WEIGHT_LIMIT, WEIGHT_LIMIT) * scale
        error = power @ missed**2
        best = np.where(error < least, scale, best)
        least = np.minimum(error, least)
    return best
