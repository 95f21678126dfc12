"""What is recorded while a network plays is what it saw, and how likely what came was."""

import numpy as np
import pytest
import torch

from linnet.core import Piece, Rng, Tracker
from linnet.tokens import features
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.network.network import Network
from linnet_train.sampling.rollout import gather, play
from tests.train.corpora import TINY
from tests.train.rollouts import MIN_P, played, played_piece


def test_log_probabilities_are_those_the_tokens_were_sampled_with() -> None:
    network, rollouts = played(5)
    for rollout in rollouts:
        assert len(rollout) > 8
        feature_ids, _, open_ = gather([rollout], torch.device("cpu"))
        logits, _ = network(feature_ids)
        weight = np.where(open_[0].numpy(), np.exp(logits[0].detach().numpy().astype(np.float64)), 0)
        weight[weight < 0.02 * weight.max(axis=1, keepdims=True) * (1 - 1e-5)] = 0
        expected = np.log(weight[np.arange(len(rollout)), rollout.tokens] / weight.sum(axis=1))
        assert rollout.log_probabilities == pytest.approx(expected, abs=1e-4)


def test_a_token_of_the_script_has_a_probability_of_one() -> None:
    piece = Piece(Tracker(), Rng(5), script=[FAMILIES["bos"].first, -2, FAMILIES["time_signature"].first + 4])
    rollout = play(Network(TINY, seed=3), [piece], 200)[0]
    meter = np.flatnonzero(rollout.tokens == FAMILIES["time_signature"].first + 4)[0]
    assert np.unpackbits(rollout.masks[meter]).sum() == 1
    assert rollout.log_probabilities[meter] == 0


def test_pieces_without_a_plan_have_the_features_that_training_computes() -> None:
    piece = Piece(Tracker(), Rng(5), script=[FAMILIES["bos"].first])
    rollout = play(Network(TINY, seed=3), [piece], 200)[0]
    feature_ids = features.compute(np.array(piece.tokens, np.uint16), "grid")[:-1]
    assert np.array_equal(rollout.feature_ids, feature_ids)
    assert np.array_equal(rollout.tokens, piece.tokens[1:])


def test_a_piece_played_away_from_home_is_recorded_at_home() -> None:
    """What is learnt from is what the network read and wrote; what sounds is a tone and a half higher."""
    network, rollouts = Network(TINY, seed=3), []
    pieces = [Piece(Tracker(), Rng(6), script=[FAMILIES["bos"].first]) for _ in range(2)]
    for piece, shift in zip(pieces, (0, 3), strict=True):
        piece.tracker.set_shift(shift)
        rollouts.append(play(network, [piece], 200)[0])
        sounding = np.array(piece.tokens, np.uint16)
        assert np.array_equal(rollouts[-1].tokens, features.home(sounding, shift)[1:])
        seen = features.compute(sounding, "grid", shift=shift)[:-1]
        assert np.array_equal(rollouts[-1].feature_ids, seen)
        legal = np.unpackbits(rollouts[-1].masks, axis=1)[np.arange(len(seen)), rollouts[-1].tokens]
        assert legal.all()
    assert not np.array_equal(pieces[0].tokens, pieces[1].tokens)


def test_a_piece_in_company_is_what_it_is_alone() -> None:
    network, together = played(4)
    for seed, rollout in enumerate(together):
        alone = play(network, [played_piece(seed)], 400, min_p=MIN_P)[0]
        assert np.array_equal(alone.tokens, rollout.tokens)
