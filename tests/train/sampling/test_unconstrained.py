"""Pieces without help, and what tokens cost a model: the quick way and the slow one agree."""

from pathlib import Path

import numpy as np
import pytest

from linnet.controls.sampling import Sampling
from linnet.engine.engine import Engine
from linnet.tokens import codec, features, vocabulary
from linnet_train.sampling import unconstrained
from tests.train.corpora import pieces

EOS = vocabulary.FAMILIES["eos"].first


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(Path(__file__).parents[2] / "data" / "tiny.onnx")


def slowly(engine: Engine, tokens: np.ndarray, wishes: np.ndarray | None) -> float:
    """One piece, one token at a time."""
    feature_ids, states, nats = features.compute(tokens, "grid", wishes), engine.start(), 0.0
    for bag, target in zip(feature_ids, tokens[1:].tolist(), strict=False):
        logits, states = engine.step(bag[None].astype(np.int64), states)
        chance = np.exp(logits[0].astype(np.float64) - logits[0].max())
        nats -= np.log(chance[target] / chance.sum())
    return float(nats)


@pytest.mark.parametrize("told", [True, False])
def test_the_cost_of_pieces_of_many_lengths_is_that_of_each_alone(engine: Engine, told: bool) -> None:
    music = unconstrained.given(pieces(7))
    cost = unconstrained.cost(engine, music, conditional=told, together=3)
    assert cost.tokens.tolist() == [len(piece.tokens) - 1 for piece in music]
    alone = [slowly(engine, piece.tokens, piece.rows if told else None) for piece in music]
    np.testing.assert_allclose(cost.nats, alone, rtol=1e-6)
    assert cost.nats_per_token == pytest.approx(cost.nats.sum() / cost.tokens.sum())


def test_drawing_tells_what_the_tokens_cost(engine: Engine) -> None:
    drawn = unconstrained.without_masks(engine, range(12), 200)
    nothing = np.zeros((1, features.ROW_WIDTH), np.uint8)
    music = [unconstrained.Given(np.array(piece.tokens, np.uint16), nothing) for piece in drawn]
    cost = unconstrained.cost(engine, music)
    own = unconstrained.Cost.of_itself(drawn)
    np.testing.assert_allclose(own.nats, cost.nats, rtol=1e-6)
    assert own.tokens.tolist() == cost.tokens.tolist()


def test_pieces_without_masks_stop_at_their_end_or_first_illegal_token(engine: Engine) -> None:
    drawn = unconstrained.without_masks(engine, range(30), 120)
    assert {piece.legal for piece in drawn} == {True, False}  # temperature 1, and a network of 64 units
    for piece in drawn:
        assert len(piece.tokens) <= 120
        assert unconstrained.is_legal(piece.tokens, "grid") == piece.legal
        assert unconstrained.is_legal(piece.tokens[:-1], "grid")
        assert EOS not in piece.tokens[:-1]
        assert len(piece.tokens) == 120 or piece.tokens[-1] == EOS or not piece.legal


def test_a_piece_does_not_depend_on_those_beside_it(engine: Engine) -> None:
    many, one = (
        unconstrained.without_masks(engine, range(5), 60),
        unconstrained.without_masks(engine, [3], 60),
    )
    assert many[3].tokens == one[0].tokens
    many, one = unconstrained.with_masks(engine, range(5), 60), unconstrained.with_masks(engine, [3], 60)
    assert many[3] == one[0]


def test_masks_keep_the_grammar_at_any_temperature(engine: Engine) -> None:
    for temperature in (0.5, 3.0):
        for tokens in unconstrained.with_masks(engine, range(6), 150, Sampling(temperature=temperature)):
            assert unconstrained.is_legal(tokens, "grid")


def test_an_end_is_proper_when_the_piece_made_it() -> None:
    tokens = pieces(1)[0].tokens.tolist()
    assert unconstrained.ends_properly(tokens, "grid")
    assert not unconstrained.ends_properly(tokens[:-1], "grid")
    assert not unconstrained.ends_properly([*tokens[:-1], tokens[-2], EOS], "grid")  # broke the grammar
    nothing = codec.encode(codec.decode(np.array(tokens[:4], np.uint16)))
    assert not unconstrained.ends_properly(nothing.tolist(), "grid")
