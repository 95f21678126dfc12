"""Variational models: phrases are pieces of music, the latent is used, a run goes on as if never stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linnet.tokens import codec, features
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.data.phrases import Phrase, Phrases, held_out, length_wishes
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.encoder import Posterior
from linnet_train.training import fit
from linnet_train.training.phrase_loop import PhraseFit
from linnet_train.training.variational import music_columns, score_phrases
from tests.train.corpora import corpus, pieces

MODEL = ModelConfig(embedding_dim=16, hidden_size=24, num_layers=1, latent=24, encoder_size=16)
RUN = RunConfig(
    steps=6, batch_size=4, chunk=64, warmup_steps=2, valid_every=3, save_every=3, log_every=2, threads=1,
    device="cpu", dropout=0.0,
)  # fmt: skip


def test_held_out_phrases_are_pieces_of_so_many_bars() -> None:
    phrases = held_out(pieces(6), 3, most=4)
    assert len(phrases) == 4
    assert all(codec.decode(tokens).bars == 3 for tokens in phrases)


def test_wishes_of_a_phrase_count_its_bars_down_as_the_tracker_does() -> None:
    tokens = held_out(pieces(1), 3, most=1)[0]
    told = Phrase.of(tokens, length_wishes(3)).feature_ids
    column = next(f for f in features.FAMILIES if f.name == "wish_bars_left")
    left = told[:, column.first_column] - column.first_id - 1  # value 0 is "no wish"
    bars = np.cumsum(tokens[:-1] == FAMILIES["bar"].first)
    assert left.tolist() == np.where(bars == 0, 3, 3 - bars).tolist()


def test_phrases_go_on_where_they_were_left() -> None:
    music, whole = pieces(8), []
    stream = Phrases(music, RUN)
    for _ in range(5):
        next(stream)
    position = stream.position
    whole = [next(stream) for _ in range(80)]  # beyond the pool
    again = Phrases(music, RUN)
    again.seek(position)
    for batch in whole:
        assert next(again).feature_ids.tobytes() == batch.feature_ids.tobytes()


def test_no_batch_is_larger_than_a_chunk_of_all_lanes() -> None:
    stream = Phrases(pieces(8), RUN)
    for _ in range(40):
        count, time = next(stream).targets.shape
        assert count == 1 or count * time <= RUN.batch_size * RUN.chunk


def test_kl_is_that_of_normal_distributions() -> None:
    mean, log_variance = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, -1.0]])
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (log_variance / 2).exp()), torch.distributions.Normal(0.0, 1.0)
    )
    torch.testing.assert_close(Posterior(mean, log_variance).kl(), expected)


def test_place_stays_when_the_music_is_hidden() -> None:
    hidden = music_columns()
    seen = {
        f.name for f in features.FAMILIES if not hidden[f.first_column : f.first_column + f.columns].any()
    }
    assert {"bar_position", "beat_position", "bar_modulo_8", "wish_bars_left"} <= seen
    assert not {"last_token", "suffix_match", "earlier_bars", "simultaneous", "last_pitch"} & seen


def test_the_latent_is_used(tmp_path: Path) -> None:
    """Random pitches, which nothing else foretells: told the right latent they cost less than told none."""
    music = corpus(pieces(8), pieces(2, first_seed=50))
    run = replace(
        RUN, steps=200, learning_rate=0.01, kl_weight=0.02, transpose=0, tempo_bins=0, valid_every=200, seed=3
    )
    trained = PhraseFit(music, tmp_path / "run", MODEL, run, resume=False)
    trained.until_done()
    phrases = [Phrase.of(tokens, length_wishes(2)) for tokens in held_out(pieces(8), 2, most=8)]
    network = trained.training.network.eval()
    own, another, none = (
        float(score_phrases(network, phrases, latent=which).nats.sum())
        for which in ("own", "another", "none")
    )
    assert own < 0.8 * none
    assert own < another


def test_resumed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    music = corpus(pieces(5), pieces(2, first_seed=50))
    fit(music, tmp_path / "whole", MODEL, RUN)
    halted = PhraseFit(music, tmp_path / "parts", MODEL, RUN, resume=False)
    for _ in range(3):
        halted._advance()
    halted._save()
    fit(music, tmp_path / "parts", MODEL, RUN, resume=True)
    whole, parts = (
        checkpoint.read_tensors(tmp_path / name / checkpoint.RESUME)[0] for name in ("whole", "parts")
    )
    assert [name for name in whole if not torch.equal(whole[name], parts[name])] == []


def test_plain_network_begins_a_variational_one(tmp_path: Path) -> None:
    music = corpus(pieces(5), pieces(2, first_seed=50))
    plain = replace(MODEL, latent=0)
    fit(music, tmp_path / "plain", plain, RUN)
    begun = PhraseFit(music, tmp_path / "phrase", MODEL, RUN, resume=False, start=tmp_path / "plain")
    weights = checkpoint.load_weights(tmp_path / "plain", plain).state_dict()
    state = begun.training.network.state_dict()
    assert torch.equal(state["lstm.weight_hh_l0"], weights["lstm.weight_hh_l0"])
    assert torch.equal(state["lstm.weight_ih_l0"][:, :16], weights["lstm.weight_ih_l0"])


def test_human_timing_has_no_phrases(tmp_path: Path) -> None:
    music = corpus(pieces(3), pieces(1))
    music.time_base = "performance"
    with pytest.raises(TrainError, match="no bars to cut phrases at"):
        fit(music, tmp_path / "run", MODEL, RUN)
