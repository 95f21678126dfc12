"""Running the network of a model file."""

from pathlib import Path

import numpy as np
import pytest

from linnet.engine.engine import Engine
from linnet.errors import ModelFormatError
from linnet.tokens import features, vocabulary

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def rows(batch: int, seed: int = 0) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    known = int(Engine.open(TINY).info.features["count"])
    return np.random.default_rng(seed).integers(0, known, (batch, features.WIDTH))


@pytest.mark.parametrize("batch", [1, 3])
def test_step_gives_logits_and_the_next_states(engine: Engine, batch: int) -> None:
    states = engine.start(batch)
    logits, following = engine.step(rows(batch), states)
    assert logits.shape == (batch, vocabulary.SIZE)
    assert logits.dtype == np.float32
    assert [(s.shape, s.dtype) for s in following] == [(s.shape, s.dtype) for s in states]
    assert any((a != b).any() for a, b in zip(states, following, strict=True))


def test_step_leaves_the_given_states_alone(engine: Engine) -> None:
    states = engine.start()
    before = [state.copy() for state in states]
    engine.step(rows(1), states)
    assert all((a == b).all() for a, b in zip(states, before, strict=True))


def test_two_pieces_on_one_engine_do_not_disturb_each_other(engine: Engine) -> None:
    def play(seed: int) -> list[bytes]:
        states, logits = engine.start(), []
        for step in range(20):
            row, states = engine.step(rows(1, seed + step), states)
            logits.append(row.tobytes())
        return logits

    alone = play(1), play(2)
    first, second = engine.start(), engine.start()
    for step in range(20):
        row, first = engine.step(rows(1, 1 + step), first)
        assert row.tobytes() == alone[0][step]
        row, second = engine.step(rows(1, 2 + step), second)
        assert row.tobytes() == alone[1][step]


def test_what_was_played_matters(engine: Engine) -> None:
    _, states = engine.step(rows(1, 1), engine.start())
    _, other = engine.step(rows(1, 2), engine.start())
    assert (engine.step(rows(1), states)[0] != engine.step(rows(1), other)[0]).any()


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


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_and_settings_reach_onnxruntime(threads: int) -> None:
    data = TINY.read_bytes()
    plain = Engine(data, source="x")
    tuned = Engine(data, source="x", threads=threads, settings={"session.disable_prepacking": "1"})
    logits, expected = (engine.step(rows(1), engine.start())[0] for engine in (tuned, plain))

    assert logits.tobytes() == expected.tobytes()
    with pytest.raises(ModelFormatError):  # it is no model in onnxruntime's own format
        Engine(data, source="x", threads=threads, settings={"session.load_model_format": "ORT"})
