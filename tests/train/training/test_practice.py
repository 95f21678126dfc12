"""In practice a network plays by itself, and learns what the grammar would have forbidden."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from linnet.tokens import features, vocabulary
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.data.batches import Lanes
from linnet_train.data.examples import allowed, bars_left_of, training_example
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.network import Network, forbidden_nats
from linnet_train.sampling.rollout import Rollout, gather
from linnet_train.sampling.unconstrained import is_legal
from linnet_train.training.practice import PIECES, Practice
from linnet_train.training.step import Training
from tests.train.corpora import piece, score

# As it sounds: the tests hold what was recorded against the grammar of sounding tokens.
TINY = ModelConfig(embedding_dim=16, hidden_size=16, num_layers=1, home=False)
RUN = RunConfig(
    batch_size=4, chunk=32, grammar_weight=10.0, practice_every=2, form_share=0.5, learning_rate=0.01
)
BAR, EOS = FAMILIES["bar"].first, FAMILIES["eos"].first
MUSIC = [piece(score(seed)) for seed in range(6)]


def practised(time_base: TimeBase = "grid", number: int = 0, run: RunConfig = RUN) -> list[Rollout]:
    music = MUSIC if time_base == "grid" else [piece(score(seed), "performance") for seed in range(6)]
    return Practice(music, time_base, run, TINY).play(Network(TINY, seed=1).eval(), number)


@pytest.mark.parametrize("time_base", ["grid", "performance"])
def test_pieces_are_legal_and_each_is_another(time_base: TimeBase) -> None:
    played = practised(time_base)

    assert len(played) == PIECES
    for rollout in played:
        assert is_legal([FAMILIES["bos"].first, *rollout.tokens.tolist()], time_base)
        assert len(rollout.feature_ids) == len(rollout.masks) == len(rollout) > 0
        assert rollout.feature_ids.shape[1] == features.WIDTH
    assert len({rollout.tokens.tobytes() for rollout in played}) == PIECES


def test_the_seed_and_the_number_decide() -> None:
    first, again, second = practised(), practised(), practised(number=1)

    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.tokens, b.tokens)
        np.testing.assert_array_equal(a.masks, b.masks)
    assert any(not np.array_equal(a.tokens, b.tokens) for a, b in zip(first, second, strict=True))


def test_rules_are_those_of_the_grammar_and_of_the_wish_for_bars_left() -> None:
    always = replace(RUN, wish_drop=0.0, wish_drop_all=0.0)
    late = 0
    for rollout in practised(run=always):
        tokens = np.array([FAMILIES["bos"].first, *rollout.tokens], np.uint16)
        rules = np.unpackbits(rollout.masks, axis=1).astype(bool)
        grammar = np.unpackbits(allowed(tokens, "grid")[:-1], axis=1).astype(bool)
        left = bars_left_of(rollout.feature_ids)
        grammar[(left == 0) & grammar[:, EOS], BAR] = False
        grammar[left > 0, EOS] = False
        np.testing.assert_array_equal(rules, grammar)
        assert (rollout.tokens[:-1][left[:-1] == 0] != BAR).all(), "a piece ends with the bar line too many"
        late += int(left[-1] == 0 and rollout.tokens[-1] == BAR)
    assert late > 0, "a network that knows nothing is late now and then"


def lost(training: Training, played: list[Rollout]) -> float:
    feature_ids, _, legal = gather(played, torch.device("cpu"))
    training.network.eval()
    with torch.inference_mode():
        nats = float(forbidden_nats(training.network(feature_ids)[0], legal).sum())
    training.network.train()
    return nats / sum(map(len, played))


def test_practice_teaches_the_rules() -> None:
    run = replace(RUN, dropout=0.0, average=0.9)

    def load(draw: int):  # type: ignore[no-untyped-def]  # what Lanes takes
        stored = MUSIC[draw % len(MUSIC)]
        return training_example(stored.tokens, stored.wishes, "grid", np.random.default_rng(draw), run, TINY)

    training = Training(TINY, run, Lanes(load, batch_size=4, chunk=32), torch.device("cpu"))
    played = sorted(practised(), key=len)[:6]  # of 32, for the sake of time
    before = lost(training, played)
    for _ in range(30):
        training.practise(played, 0.02)
    assert training.step == 0, "practice is no step of the piece"
    assert before > np.log(2)
    assert lost(training, played) < before / 2
    assert np.unpackbits(played[0].masks, axis=1).shape[1] == vocabulary.SIZE
