"""linnet's own engine on networks that go to the edges: of bytes, of tables, of rounding, of its blocks."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet import _core
from linnet.engine import library
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet_export import exact, graph
from linnet_export.quantise import IntegerWeights, Product
from linnet_export.weights import Places
from tests.export.metadata import finished
from tests.export.networks import random_weights

IDS, PLACES = 1100, 12
CELLS = np.array([0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 4094.9, 4095.0, 4096.0, -4096.0, -4097.0, 1e6, -1e6, 3e38])
ROWS, STEPS = 7, 30

Array = NDArray[Any]


def product(dice: np.random.Generator, inputs: int, outputs: int, *, edge: bool, scale: float) -> Product:
    """Weights at the edge of seven bits, or any; biases of both signs, and zeros of both."""
    sign = dice.choice([-63, 63], (inputs, outputs))
    weight = sign if edge else dice.integers(-63, 64, (inputs, outputs))
    bias = np.where(
        dice.random(outputs) < 0.3, dice.choice([0.0, -0.0], outputs), 3 * dice.normal(size=outputs)
    )
    scales = scale * dice.choice([0.25, 1.0, 1.7], outputs)
    return Product(weight.astype(np.int8), scales.astype(np.float32), bias.astype(np.float32))


def network(
    seed: int, units: int, layers: int, outputs: int, *, latent: int = 0, writes: bool = False
) -> bytes:
    """An exact graph that nobody trained: its numbers meet ties, clips and saturation all the time."""
    dice, embedding, edge = np.random.default_rng(seed), 13 + units, seed % 2 == 0
    made = []
    for layer in range(layers):
        inputs = (embedding + latent if layer == 0 else units) + units
        made.append(product(dice, inputs, 4 * units, edge=edge, scale=0.02 / np.sqrt(inputs)))
    size = latent or outputs
    half = np.float16(0.5)
    places = Places(
        (dice.integers(-9, 10, (PLACES, size)) * half).astype(np.float16),
        (dice.integers(-3, 4, (PLACES, size)) * half).astype(np.float16),
    )
    weights = IntegerWeights(
        embedding=dice.integers(-127, 128, (IDS, embedding)).astype(np.int8),
        embedding_scale=dice.choice([0.5, 0.25, 0.013], embedding).astype(np.float32),  # ties at .5
        layers=tuple(made),
        output=product(dice, units, outputs, edge=edge, scale=0.01),
        latent_output=product(dice, latent, outputs, edge=edge, scale=0.01) if latent else None,
        places=places if latent or writes else None,
        width=9,
        columns=9 if seed % 3 else 4,
        writes=writes,
        latent=latent,
    )
    data: bytes = exact.build(weights).model({}).SerializeToString()
    return data


def any_inputs(theirs: _core.Network, dice: np.random.Generator) -> dict[str, Array]:
    feed: dict[str, Array] = {}
    for name, (_, (_, size)) in theirs.inputs().items():
        if name.startswith("h_"):
            feed[name] = dice.choice(np.array([0, 1, 127, 128, 129, 254, 255], np.uint8), (ROWS, size))
        elif name.startswith("c_"):
            feed[name] = np.where(
                dice.random((ROWS, size)) < 0.5,
                dice.choice(CELLS, (ROWS, size)),
                dice.normal(0, 900, (ROWS, size)),
            ).astype(np.float32)
        elif name == "latent":
            feed[name] = (dice.integers(-40, 41, (ROWS, size)) / 2).astype(np.float32)
        else:
            feed[name] = dice.integers(0, IDS, (ROWS, size))
            feed[name][:, 1] = dice.integers(670, 672 + PLACES, ROWS)
            feed[name][:, 3] = dice.integers(870, 876 + PLACES, ROWS)
    return feed


@pytest.mark.parametrize(
    ("seed", "units", "layers", "outputs", "latent", "writes"),
    [
        (0, 16, 1, 64, 0, False),
        (1, 20, 2, 70, 0, False),
        (2, 7, 3, 1, 0, False),
        (3, 48, 1, 200, 0, False),
        (4, 33, 2, 33, 5, False),
        (5, 16, 1, 96, 16, False),
        (6, 24, 1, 31, 0, True),
        (7, 5, 8, 17, 0, False),
    ],
)
def test_the_bits_are_those_of_onnxruntime_at_the_edges(
    seed: int, units: int, layers: int, outputs: int, latent: int, writes: bool
) -> None:
    data = network(seed, units, layers, outputs, latent=latent, writes=writes)
    library.open_library()
    theirs, dice = _core.Session(data), np.random.default_rng(seed)
    ours = [_core.Native(data, kernel=kernel) for kernel in _core.native_kernels()]
    for _ in range(STEPS):
        feed = any_inputs(theirs, dice)
        expected, given = (
            {name: np.empty((ROWS, shape[1]), dtype) for name, (dtype, shape) in theirs.outputs().items()}
            for _ in range(2)
        )
        theirs.run(feed, expected)
        for native in ours:
            native.run(feed, given)
            for name, values in expected.items():
                assert given[name].tobytes() == values.tobytes(), (native.kernel, name)


def test_a_float_model_is_refused_by_name() -> None:
    data = finished(graph.build(random_weights())).SerializeToString()

    assert Engine(data, source="mine.onnx").runs_on == "onnxruntime"
    with pytest.raises(
        ModelError, match=r"mine.onnx: it needs onnxruntime; .* exact models only, and in this one"
    ):
        Engine(data, source="mine.onnx", engine="native")


def test_weights_of_more_than_seven_bits_are_refused() -> None:
    data = network(0, 16, 1, 64)
    import onnx

    model = onnx.load_from_string(data)
    weights = next(t for t in model.graph.initializer if t.name == "output.weight")
    weights.raw_data = bytes([64]) + weights.raw_data[1:]
    with pytest.raises(ValueError, match=r"more than seven bits in .output.weight"):
        _core.Native(model.SerializeToString())
