"""Likelihoods of frames add up to one, see nothing of the future, and do not depend on the batching."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from linnet_train.frames.batches import FrameData, FrameModel
from linnet_train.frames.controls import BernoulliLstm, TokenLstm
from linnet_train.frames.model import FrameConfig, FrameNetwork
from linnet_train.frames.sets import Rolls
from linnet_train.frames.training import frame_nats, macro, micro
from tests.train.frame_toys import toy_rolls

PITCHES = 8
NETWORKS: dict[str, Callable[[], FrameModel]] = {
    "bernoulli": lambda: BernoulliLstm(PITCHES, hidden_size=12, num_layers=2, dropout=0.1),
    "last token": lambda: TokenLstm(PITCHES, embedding_dim=6, hidden_size=12, num_layers=2, dropout=0.1),
    "features": lambda: FrameNetwork(FrameConfig(PITCHES, embedding_dim=8, hidden_size=12, head_size=10)),
}


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> FrameModel:
    """Random weights, far from zero, so that nothing a network could look at is ignored."""
    torch.manual_seed(3)
    network = NETWORKS[request.param]()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2)
    return network.eval()


@pytest.mark.parametrize("frame", [1, 15])
def test_probabilities_of_all_frames_add_up_to_one(network: FrameModel, frame: int) -> None:
    piece = toy_rolls(1).roll
    every = (np.arange(2**PITCHES)[:, None] >> np.arange(PITCHES) & 1).astype(bool)
    variants = np.repeat(piece[None], len(every), axis=0)  # each a piece of its own
    variants[:, frame] = every
    offsets = np.arange(len(every) + 1) * len(piece)
    nats = frame_nats(network, FrameData(Rolls(variants.reshape(-1, PITCHES), offsets)))
    assert np.exp(-nats[offsets[:-1] + frame]).sum() == pytest.approx(1, abs=1e-5)


def test_the_future_changes_nothing(network: FrameModel) -> None:
    rolls = toy_rolls(3)
    before = frame_nats(network, FrameData(rolls))
    rng = np.random.default_rng(1)
    for piece, place in ((0, 3), (1, 12), (2, 20)):
        first, stop = rolls.offsets[piece : piece + 2].tolist()
        now = slice(first + place, stop)
        roll = rolls.roll.copy()
        roll[now] = rng.random((stop - now.start, PITCHES)) < 0.5
        after = frame_nats(network, FrameData(Rolls(roll, rolls.offsets)))
        np.testing.assert_allclose(after[: now.start], before[: now.start], rtol=1e-5)
        assert not np.allclose(after[now], before[now])
        np.testing.assert_allclose(after[stop:], before[stop:], rtol=1e-5)


def test_the_order_and_company_of_pieces_change_nothing(network: FrameModel) -> None:
    rolls = toy_rolls(5)
    together = frame_nats(network, FrameData(rolls), lanes=2, chunk=7)
    for piece in range(5):
        part = slice(*rolls.offsets[piece : piece + 2].tolist())
        alone = Rolls(rolls.roll[part], np.array([0, part.stop - part.start]))
        np.testing.assert_allclose(frame_nats(network, FrameData(alone)), together[part], rtol=1e-4)


def test_first_frames_are_not_scored(network: FrameModel) -> None:
    rolls = toy_rolls(3)
    nats = frame_nats(network, FrameData(rolls))
    assert (nats[rolls.offsets[:-1]] == 0).all()
    assert np.count_nonzero(nats) == len(nats) - 3


def test_micro_weighs_frames_and_macro_pieces() -> None:
    data = FrameData(Rolls(np.zeros((9, PITCHES), dtype=bool), np.array([0, 6, 9])))
    nats = np.array([9, 1, 1, 1, 1, 1, 9, 4, 4], dtype=float)
    assert micro(nats, data) == pytest.approx(13 / 7)
    assert macro(nats, data) == pytest.approx(2.5)
