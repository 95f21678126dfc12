"""linnet's own engine beside onnxruntime: the same bits from every model, in every version of its loops."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet import _core
from linnet.engine import library

DATA = Path(__file__).parents[1] / "data"
PACKAGED = Path(_core.__file__).parent / "models"
FILES = sorted([*PACKAGED.glob("*.onnx"), *DATA.glob("*.onnx")])
KERNELS = _core.native_kernels()
STEPS = 60

Arrays = dict[str, Any]


def networks(path: Path) -> Iterator[tuple[str, bytes]]:
    """The network of a model, and those that are in its metadata."""
    data = path.read_bytes()
    yield path.name, data
    metadata = _core.Native(data).metadata()
    for inside, key in (("latent", "encoder"), ("plan", "network")):
        if about := metadata.get(f"linnet.{inside}"):
            yield f"{path.name}: {key}", base64.b64decode(json.loads(about)[key])


ALL = [pytest.param(data, id=name) for path in FILES for name, data in networks(path)]


def outputs_of(network: _core.Network, rows: int) -> Arrays:
    return {name: np.empty((rows, shape[1]), dtype) for name, (dtype, shape) in network.outputs().items()}


def first_states(network: _core.Network, rows: int) -> Arrays:
    return {
        name: np.full((rows, shape[1]), 128 if dtype == "uint8" else 0, dtype)
        for name, (dtype, shape) in network.inputs().items()
        if name not in ("features", "latent")
    }


def inputs_of(network: _core.Network, rows: int, dice: np.random.Generator) -> Arrays:
    """Features and, where there is one, a latent, by lot: ids that all of these networks know."""
    described = network.inputs()
    width = described["features"][1][1]
    most = {59: 5600, 69: 5900, 11: 1297}.get(width, 300)
    feed = {"features": dice.integers(0, most, (rows, width))}
    feed["features"][:, 1] = dice.integers(660, 816, rows)[:rows] if width in (11, 59, 69) else 0
    feed["features"][:, 3] = dice.integers(870, 884, rows) if width in (11, 59, 69) else 0
    if "latent" in described:
        feed["latent"] = (2 * dice.standard_normal((rows, described["latent"][1][1]))).astype(np.float32)
    return feed


def compare(data: bytes, rows: int, steps: int, kernels: list[str]) -> None:
    """Every version gives the bytes of onnxruntime, step after step."""
    library.open_library()
    theirs, dice = _core.Session(data), np.random.default_rng(rows)
    ours = [_core.Native(data, kernel=kernel) for kernel in kernels]
    states = first_states(theirs, rows)
    for _ in range(steps):
        feed = inputs_of(theirs, rows, dice) | states
        expected = outputs_of(theirs, rows)
        theirs.run(feed, expected)
        for native in ours:
            given = outputs_of(native, rows)
            native.run(feed, given)
            for name, values in expected.items():
                assert given[name].tobytes() == values.tobytes(), (native.kernel, name)
        states = {name: expected[f"{name}_next"] for name in states}


@pytest.mark.parametrize("data", ALL)
def test_logits_and_states_are_those_of_onnxruntime(data: bytes) -> None:
    compare(data, rows=5, steps=STEPS, kernels=KERNELS[:-1] or KERNELS)
    compare(data, rows=1, steps=STEPS, kernels=KERNELS[-1:])


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 6, 7, 13, 64])
def test_any_number_of_rows(rows: int) -> None:
    for name in ("tiny", "tiny-latent"):
        compare((DATA / f"{name}.onnx").read_bytes(), rows, steps=8, kernels=KERNELS)


@pytest.mark.parametrize("data", ALL)
def test_it_describes_a_network_as_onnxruntime_does(data: bytes) -> None:
    library.open_library()
    theirs, ours = _core.Session(data), _core.Native(data)

    assert ours.inputs() == theirs.inputs()
    assert ours.outputs() == theirs.outputs()
    assert ours.metadata() == theirs.metadata()


def test_the_plain_version_is_always_there() -> None:
    assert KERNELS[-1] == "plain"
    assert _core.Native((DATA / "tiny.onnx").read_bytes()).kernel == KERNELS[0]
    with pytest.raises(ValueError, match="kernel must be one of"):
        _core.Native((DATA / "tiny.onnx").read_bytes(), kernel="abacus")


# ---- what it refuses ---------------------------------------------------------------------------------------


@pytest.fixture
def tiny() -> bytes:
    return (DATA / "tiny.onnx").read_bytes()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b"QuantizeLinear", b"QuantizeLineal", "no QuantizeLinear where one should be, but 'x'"),
        (b"\x01s\x12\x07s_float", b"\x01t\x12\x07s_float", "no Cast where one should be, but 's_float'"),
    ],
)
def test_another_graph_is_refused_by_name(tiny: bytes, before: bytes, after: bytes, told: str) -> None:
    assert tiny.count(before) >= 1
    with pytest.raises(ValueError, match=told):
        _core.Native(tiny.replace(before, after))


def test_ids_outside_the_embedding_are_an_error(tiny: bytes) -> None:
    native = _core.Native(tiny)
    feed = {"features": np.full((1, native.inputs()["features"][1][1]), 1 << 40), **first_states(native, 1)}
    with pytest.raises(Exception, match="a feature is outside the embedding"):
        native.run(feed, outputs_of(native, 1))


def test_tensors_of_another_shape_are_an_error(tiny: bytes) -> None:
    native = _core.Native(tiny)
    dice = np.random.default_rng(0)
    right = inputs_of(native, 2, dice) | first_states(native, 2)
    outputs = outputs_of(native, 2)
    native.run(right, outputs)
    for name, array in right.items():
        for wrong in (array[:1], array[:, 1:].copy(), array.astype(np.int64 if name != "features" else "u1")):
            with pytest.raises(Exception, match="of another shape or type"):
                native.run(right | {name: wrong}, outputs)
        with pytest.raises(Exception, match="other inputs or outputs"):
            native.run({key: value for key, value in right.items() if key != name}, outputs)


def test_damaged_files_are_told_from_other_graphs(tiny: bytes) -> None:
    for damaged in (b"", b"x", tiny[:1000], tiny[:-1]):
        with pytest.raises(Exception, match="is damaged") as caught:
            _core.Native(damaged)
        assert not isinstance(caught.value, ValueError)
