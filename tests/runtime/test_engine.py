"""Running the network of a model file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from linnet import features, vocabulary
from linnet._engine import Engine
from linnet.errors import ModelError, ModelFormatError

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def bags(batch: int, seed: int = 0) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    return np.random.default_rng(seed).integers(0, features.COUNT, (batch, features.WIDTH))


@pytest.mark.parametrize("batch", [1, 3])
def test_step_gives_logits_and_the_next_states(engine: Engine, batch: int) -> None:
    states = engine.start(batch)
    logits, following = engine.step(bags(batch), states)
    assert logits.shape == (batch, vocabulary.SIZE)
    assert logits.dtype == np.float32
    assert [(s.shape, s.dtype) for s in following] == [(s.shape, s.dtype) for s in states]
    assert any((a != b).any() for a, b in zip(states, following, strict=True))


def test_step_leaves_the_given_states_alone(engine: Engine) -> None:
    states = engine.start()
    before = [state.copy() for state in states]
    engine.step(bags(1), states)
    assert all((a == b).all() for a, b in zip(states, before, strict=True))


def test_two_pieces_on_one_engine_do_not_disturb_each_other(engine: Engine) -> None:
    def play(seed: int) -> list[bytes]:
        states, logits = engine.start(), []
        for step in range(20):
            row, states = engine.step(bags(1, seed + step), states)
            logits.append(row.tobytes())
        return logits

    alone = play(1), play(2)
    first, second = engine.start(), engine.start()
    for step in range(20):
        row, first = engine.step(bags(1, 1 + step), first)
        assert row.tobytes() == alone[0][step]
        row, second = engine.step(bags(1, 2 + step), second)
        assert row.tobytes() == alone[1][step]


def test_what_was_played_matters(engine: Engine) -> None:
    _, states = engine.step(bags(1, 1), engine.start())
    _, other = engine.step(bags(1, 2), engine.start())
    assert (engine.step(bags(1), states)[0] != engine.step(bags(1), other)[0]).any()


def test_states_that_the_graph_does_not_have_are_refused() -> None:
    data = TINY.read_bytes()
    renamed = data.replace(b'"input": "c_0"', b'"input": "c_9"')
    assert renamed != data
    with pytest.raises(ModelFormatError, match="do not fit together"):
        Engine(renamed, source="x")


def test_states_of_another_type_are_refused() -> None:
    data = TINY.read_bytes()
    retyped = data.replace(b'"dtype": "float32"', b'"dtype": "uint8"  ')
    assert retyped != data
    with pytest.raises(ModelFormatError, match="do not fit together"):
        Engine(retyped, source="x")


def test_without_onnxruntime_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # what Python does for a module that is not there
    with pytest.raises(ModelError, match="pip install onnxruntime"):
        Engine.open(TINY)


def test_onnxruntime_is_loaded_with_the_first_model_and_told_to_keep_quiet() -> None:
    code = f"""
import os, sys
import linnet._engine
assert "onnxruntime" not in sys.modules
linnet._engine.Engine.open({str(TINY)!r})
assert "onnxruntime" in sys.modules
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
