"""The exact graph: the same bits as the arithmetic its docstring promises, however onnxruntime runs it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from linnet.engine.engine import Engine
from linnet_export import exact, graph
from linnet_export.builder import Builder
from linnet_export.observe import observe
from linnet_export.quantise import WEIGHT_LIMIT, IntegerWeights, Product, quantise
from linnet_export.weights import Weights
from tests.export.exact_oracle import Oracle
from tests.export.metadata import finished, opened
from tests.export.networks import VOCABULARY, WIDTH, random_bags, random_weights

NO_TARGETS = np.zeros(0, np.int64)
LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")


def rounded(weights: Weights) -> IntegerWeights:
    return quantise(
        weights,
        observe(weights, opened(graph.build(weights)), [(random_bags(500, seed=2), NO_TARGETS, None)]),
    )


def exact_step(gain: float = 1.0, **shape: int) -> Builder:
    return exact.build(rounded(random_weights(gain=gain, **shape)))


@pytest.mark.parametrize("gain", [0.3, 1.0, 20.0], ids=["timid", "trained", "saturated"])
def test_engine_gives_the_bits_of_the_oracle(gain: float) -> None:
    step = exact_step(gain)
    engine, oracle = opened(step), Oracle(finished(step))
    states, expected_states = engine.start(), oracle.start()
    for bag in random_bags(300):
        logits, states = engine.step(bag[None], states)
        expected, expected_states = oracle.step(bag[None], expected_states)
        assert logits.tobytes() == expected.tobytes()
        for state, expected_state in zip(states, expected_states, strict=True):
            assert state.tobytes() == expected_state.tobytes()


@pytest.mark.parametrize("layers", [1, 3])
def test_any_number_of_layers(layers: int) -> None:
    step = exact_step(layers=layers)
    feature_ids = random_bags(1)
    engine, oracle = opened(step), Oracle(finished(step))
    assert (
        engine.step(feature_ids, engine.start())[0].tobytes()
        == oracle.step(feature_ids, oracle.start())[0].tobytes()
    )


def test_saturated_network_reaches_every_clip() -> None:
    """Or the case above would prove nothing about saturation."""
    oracle = Oracle(finished(exact_step(20.0)))
    states, z, cells, bytes_ = oracle.start(), [], [], []
    for bag in random_bags(300):
        x = np.concatenate([states[0], states[2]], axis=1)
        z.append(oracle.product(x, "layer_1"))
        _, states = oracle.step(bag[None], states)
        cells.append(states[1])
        bytes_.append(states[0])
    first, last = oracle.tensor["first"], oracle.tensor["last"]
    assert (np.array(z) < first).any()
    assert (np.array(z) > last).any()
    assert np.abs(cells).max() > exact.CELL_ENTRIES / 2
    assert {0, 255} <= set(np.unique(bytes_).tolist())


@pytest.mark.parametrize(("count", "steps"), [(5, 40), (8, 20), (64, 10)])
def test_batch_gives_the_bits_of_single_steps(count: int, steps: int) -> None:
    engine = opened(exact_step(embedding=24, hidden=72))
    pieces = [random_bags(steps, seed) for seed in range(count)]
    together, states = [], engine.start(len(pieces))
    for feature_ids in np.stack(pieces, axis=1):
        logits, states = engine.step(feature_ids, states)
        together.append(logits)
    for number, feature_ids in enumerate(pieces):
        alone = engine.start()
        for bag, row in zip(feature_ids, together, strict=True):
            logits, alone = engine.step(bag[None], alone)
            assert logits.tobytes() == row[number].tobytes()
        for state, all_states in zip(alone, states, strict=True):
            assert state.tobytes() == all_states[number].tobytes()


def test_clip_before_the_bias_changes_no_gate() -> None:
    """However strong the biases: every gate is the sigmoid or tanh of its own sum, to half an entry."""
    weights = rounded(random_weights())
    shape = len(weights.layers), len(weights.layers[0].bias)
    biases = np.random.default_rng(3).uniform(-40, 10, shape).astype(np.float32)
    layers = [replace(layer, bias=bias) for layer, bias in zip(weights.layers, biases, strict=True)]
    tensor = Oracle(finished(exact.build(replace(weights, layers=tuple(layers))))).tensor
    size = biases.shape[1] // 4
    units = np.repeat([exact.SIGMOID_UNIT, exact.TANH_UNIT], [3 * size, size])
    products = np.linspace(-100, 100, 4001)[:, None]
    for layer, bias in enumerate(biases):
        within = np.clip(products * units, tensor["first"], tensor["last"])
        gates = tensor["gates"][np.trunc(within + tensor[f"layer_{layer}.bias"]).astype(int)]
        sums = products + bias
        sigmoid, tanh = 1 / (1 + np.exp(-sums[:, : 3 * size])), exact.C_UNIT * np.tanh(sums[:, 3 * size :])
        assert np.abs(gates[:, : 3 * size] - sigmoid).max() < 0.001
        assert np.abs(gates[:, 3 * size :] - tanh).max() < 0.002 * exact.C_UNIT


@pytest.mark.parametrize("batch", [1, 3])
def test_optimisation_changes_no_bit(batch: int) -> None:
    data = finished(exact_step()).SerializeToString()
    digests = {level: logits_at(data, level, batch) for level in LEVELS}
    assert len(set(digests.values())) == 1


def test_optimiser_fuses_nothing_into_the_exact_graph(tmp_path: Path) -> None:
    model = finished(exact_step())
    before = Counter(node.op_type for node in model.graph.node)
    after = Counter(node.op_type for node in optimised(model, tmp_path).graph.node)
    assert set(after) <= exact.OPERATIONS
    assert after == before
    assert all(not node.domain for node in optimised(model, tmp_path).graph.node)


def test_optimiser_would_be_caught_fusing(tmp_path: Path) -> None:
    """The same look at a graph that onnxruntime does fuse: MatMul and Add of the float graph become Gemm."""
    model = finished(graph.build(random_weights()))
    before = {node.op_type for node in model.graph.node}
    assert {node.op_type for node in optimised(model, tmp_path).graph.node} != before


def test_largest_products_do_not_saturate() -> None:
    """Bytes at both ends against weights at both ends: 16-bit sums overflow here first."""
    size, inputs = 16, 32
    signs = np.array([WEIGHT_LIMIT, -WEIGHT_LIMIT], np.int8)
    weight = np.stack([np.resize(signs[[i & 1, i >> 1 & 1]], inputs) for i in range(4)], axis=1)
    output = Product(np.resize(weight[:size], (size, VOCABULARY)), ones(VOCABULARY), ones(VOCABULARY))
    layer = Product(np.resize(weight, (inputs, 4 * size)), ones(4 * size) / 1000, ones(4 * size))
    embedding = np.resize(np.array([[0], [127], [-127]], np.int8), (3, size))
    step = exact.build(IntegerWeights(embedding, ones(size), (layer,), output, WIDTH, WIDTH))
    engine, oracle = opened(step), Oracle(finished(step))
    for row, byte in ((1, 255), (2, 0)):
        bag = np.full((1, WIDTH), row)
        states = (np.full((1, size), byte, np.uint8), np.zeros((1, size), np.float32))
        logits, following = engine.step(bag, states)
        expected, expected_following = oracle.step(bag, states)
        assert logits.tobytes() == expected.tobytes()
        assert following[0].tobytes() == expected_following[0].tobytes()


def test_exact_graph_stays_close_to_the_float_graph() -> None:
    weights = random_weights(hidden=64, embedding=48)
    feature_ids = random_bags(400)
    float_engine, exact_engine = opened(graph.build(weights)), opened(exact.build(rounded(weights)))
    a, b, differences, logits = float_engine.start(), exact_engine.start(), [], []
    for bag in feature_ids:
        real, a = float_engine.step(bag[None], a)
        quantised, b = exact_engine.step(bag[None], b)
        differences.append(real - quantised)
        logits.append(real)
    assert np.std(differences) < 0.05 * np.std(logits)


def test_last_token_network_reads_one_column() -> None:
    step = exact.build(rounded(random_weights(columns=1)))
    engine = opened(step)
    bag = random_bags(1)
    other = np.concatenate([bag[:, :1], random_bags(1, seed=9)[:, 1:]], axis=1)
    assert (bag != other).any()
    assert engine.step(bag, engine.start())[0].tobytes() == engine.step(other, engine.start())[0].tobytes()
    assert (
        engine.step(bag[:, ::-1].copy(), engine.start())[0].tobytes()
        != engine.step(bag, engine.start())[0].tobytes()
    )


def ones(count: int) -> NDArray[np.float32]:
    return np.ones(count, np.float32)


def logits_at(data: bytes, level: str, batch: int) -> bytes:
    """All logits of 100 steps at one level of onnxruntime's optimiser."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    states = {s.input: s.first(batch) for s in Engine(data, source="test").info.states}
    rows = []
    for feature_ids in random_bags(100 * batch).reshape(100, batch, WIDTH):
        logits, *following = session.run(None, {"features": feature_ids, **states})
        states = dict(zip(states, following, strict=True))
        rows.append(logits.tobytes())
    return b"".join(rows)


def optimised(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """What onnxruntime really runs."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    options.log_severity_level = 3  # it warns that such a file suits this machine only
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load(options.optimized_model_filepath)
