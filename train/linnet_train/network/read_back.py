"""The weights of a network, read back from a model file.

An exact file has integers and their scales (`linnet_export.exact` says what is computed with them). Products
of both are the weights again, rounded as the exporter rounded them. What one step of a table or of a byte is
worth stands in the file too, so that it is read and not assumed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.tokens.features import FAMILIES
from linnet_train.network.network import LOUD

Tensors = Mapping[str, NDArray[Any]]

_ENTRY = 100.5
"""A place of the tables where both functions are neither straight nor flat."""

_TOKENS = slice(FAMILIES[0].first_id, FAMILIES[0].first_id + FAMILIES[0].count)


def layers_of(tensors: Tensors) -> int:
    """How many LSTM layers a file has."""
    return sum(name.startswith("layer_") and name.endswith(".weight") for name in tensors)


def state_dict(tensors: Tensors) -> dict[str, NDArray[np.float32]]:
    """The tensors of a file as the state dict of `Network`.

    Raises:
        KeyError: a tensor is missing.
        ValueError: they do not fit together.
    """
    exact = "embedding_scale" in tensors
    h_unit = float(tensors["h_unit"]) if exact else 1.0
    embedding = tensors["embedding"].astype(np.float64)
    x_unit = np.ones(embedding.shape[1])
    if exact:
        # What a step of the sum and what a step of the byte is worth: the file has the ratio alone, and any
        # such pair predicts the same. With this one rows of tokens are as loud as in a fresh network, so that
        # the learning rates suit.
        power = np.sqrt((embedding[_TOKENS] ** 2).mean(axis=0)).clip(min=1)
        unit = LOUD["last_token"] / power
        x_unit = unit / tensors["embedding_scale"].clip(min=1e-12)
        embedding = embedding * unit
    state = {"embedding.weight": embedding}
    for layer in range(layers_of(tensors)):
        weight, bias = _layer(tensors, layer)
        size = len(bias) // 4
        inputs = len(weight) - size
        weight[:inputs] /= (x_unit if layer == 0 else np.full(inputs, h_unit))[:, None]
        weight[inputs:] /= h_unit
        i, f, o, g = np.split(np.arange(4 * size), 4)
        order = np.concatenate([i, f, g, o])  # PyTorch puts the candidate third
        state[f"lstm.weight_ih_l{layer}"] = weight[:inputs, order].T
        state[f"lstm.weight_hh_l{layer}"] = weight[inputs:, order].T
        state[f"lstm.bias_ih_l{layer}"] = bias[order]
        state[f"lstm.bias_hh_l{layer}"] = np.zeros(4 * size)
    output = tensors["output.weight"].astype(np.float64)
    if exact:
        output = output * tensors["output.scale"] / h_unit
    state |= {"output.weight": output.T, "output.bias": tensors["output.bias"].astype(np.float64)}
    return {name: np.ascontiguousarray(values, np.float32) for name, values in state.items()}


def _layer(tensors: Tensors, layer: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weight (inputs + hidden, 4 * hidden), per unit of its inputs, and the bias of a layer, in real
    numbers.
    """
    weight = tensors[f"layer_{layer}.weight"].astype(np.float64)
    bias = tensors[f"layer_{layer}.bias"].astype(np.float64)
    if "gates" not in tensors:
        return weight, bias
    gates, size = tensors["gates"].astype(np.float64), len(bias) // 4
    reach = len(gates) // 4
    sigmoid, tanh = gates[reach + int(_ENTRY)], gates[3 * reach + int(_ENTRY)] / (len(tensors["cell"]) / 8)
    units = round(_ENTRY / np.log(sigmoid / (1 - sigmoid))), round(_ENTRY / np.arctanh(tanh))
    unit = np.repeat(np.array(units, np.float64), [3 * size, size])
    middle = np.repeat(np.array([reach, 3 * reach], np.float64), [3 * size, size])
    return weight * tensors[f"layer_{layer}.scale"] / unit, (bias - middle) / unit
