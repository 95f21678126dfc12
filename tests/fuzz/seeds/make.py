"""Makes the exact graphs that fuzz_native.c damages: `python -m tests.fuzz.seeds.make`.

A few kilobytes each: all of the graph, with small tables and few weights, so that damage hits what is read.
"""

from pathlib import Path
from unittest.mock import patch

import numpy as np

from linnet_export import exact
from linnet_export.quantise import IntegerWeights, Product
from linnet_export.weights import Places

HERE = Path(__file__).parent
IDS, UNITS, OUTPUTS, LATENT, EMBEDDING = 900, 3, 5, 2, 1
SEEDS = {
    "plain": {"columns": 4, "layers": 2},
    "sliced": {"columns": 2, "layers": 1},
    "latent": {"columns": 4, "layers": 1, "latent": LATENT},
    "writes": {"columns": 4, "layers": 1, "writes": 1},
}


def _product(dice: np.random.Generator, inputs: int, outputs: int) -> Product:
    weight = dice.integers(-63, 64, (inputs, outputs)).astype(np.int8)
    return Product(weight, *(dice.normal(0, 0.01, (2, outputs)).astype(np.float32)))


def make(*, columns: int, layers: int, latent: int = 0, writes: int = 0) -> bytes:
    """The bytes of a seed."""
    dice = np.random.default_rng(1)
    sizes = [EMBEDDING + latent, *[UNITS] * (layers - 1)]
    keys = dice.normal(0, 1, (3, latent or OUTPUTS)).astype(np.float16)
    weights = IntegerWeights(
        embedding=dice.integers(-127, 128, (IDS, EMBEDDING)).astype(np.int8),
        embedding_scale=np.full(EMBEDDING, 0.5, np.float32),
        layers=tuple(_product(dice, size + UNITS, 4 * UNITS) for size in sizes),
        output=_product(dice, UNITS, OUTPUTS),
        latent_output=_product(dice, latent, OUTPUTS) if latent else None,
        places=Places(keys, keys) if latent or writes else None,
        width=4,
        columns=columns,
        writes=bool(writes),
        latent=latent,
    )
    with patch.multiple(exact, GATE_REACH=8, CELL_ENTRIES=16):
        data: bytes = exact.build(weights).model({"format": 1}).SerializeToString()
    return data


if __name__ == "__main__":
    for name, settings in SEEDS.items():
        (HERE / f"{name}.onnx").write_bytes(make(**settings))
