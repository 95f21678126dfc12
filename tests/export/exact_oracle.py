"""One step of the exact graph in numpy, written from the docstring of linnet_export.exact alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

Array = NDArray[Any]


class Oracle:
    """Reads the numbers of an exact model file and does the arithmetic that the docstring promises."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.tensor = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
        self.layers = sum(name.startswith("layer_") and name.endswith(".weight") for name in self.tensor)

    def start(self, batch: int = 1) -> tuple[Array, ...]:
        size = len(self.tensor["layer_0.bias"]) // 4
        h, c = np.full((batch, size), 128, np.uint8), np.zeros((batch, size), np.float32)
        return (h, c) * self.layers

    def step(
        self, feature_ids: NDArray[np.int64], states: Sequence[Array], latent: Array | None = None
    ) -> tuple[Array, tuple[Array, ...]]:
        tensor = self.tensor
        s = tensor["embedding"].astype(np.int64)[feature_ids].sum(axis=1)
        x = byte(s.astype(np.float32) * tensor["embedding_scale"])
        told = (
            np.empty((len(feature_ids), 0), np.uint8)
            if latent is None
            else byte(latent * self.keys(feature_ids))
        )
        x = np.concatenate([x, told], axis=1)
        following: list[Array] = []
        for layer in range(self.layers):
            h, c = states[2 * layer : 2 * layer + 2]
            z = self.product(np.concatenate([x, h], axis=1), f"layer_{layer}")
            within = np.maximum(np.minimum(z, tensor["last"]), tensor["first"])
            k = np.trunc(within + tensor[f"layer_{layer}.bias"]).astype(int)
            i, f, o, g = np.split(tensor["gates"][k], 4, axis=1)
            c = f * c + i * g
            k = np.trunc(np.maximum(np.minimum(c, tensor["cell_last"]), tensor["cell_first"])).astype(int)
            x = byte(
                np.float32(128) * (o * tensor["cell"][k])
            )  # numpy, too, counts a negative k from the end
            following += [x, c]
        logits = self.product(x, "output")
        if latent is not None:
            logits = logits + self.product(told, "told_output")
        logits = logits + tensor["output.bias"]
        writes = latent is None and "bar_keys" in tensor
        return logits * self.keys(feature_ids) if writes else logits, tuple(following)

    def keys(self, feature_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        bar, position = (
            self.tensor[f"{name}_keys"].astype(np.float32)[np.maximum(feature_ids[:, column] - before, 0)]
            for name, column, before in (("bar", 3, 876), ("position", 1, 672))
        )
        key: NDArray[np.float32] = bar * position
        return key

    def product(self, x: NDArray[np.uint8], name: str) -> NDArray[np.float32]:
        a = (x.astype(np.int64) - 128) @ self.tensor[f"{name}.weight"].astype(np.int64)
        return a.astype(np.float32) * self.tensor[f"{name}.scale"]


def byte(v: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(v) + 128, 0, 255).astype(np.uint8)
