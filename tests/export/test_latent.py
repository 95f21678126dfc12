"""Variational models: the file plays what was trained, and its encoder has the bits of its arithmetic."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from linnet.controls import latent as controls_latent
from linnet.engine import latent as engine_latent
from linnet.engine.engine import Engine, read_info
from linnet_export import density, latent, parity
from linnet_export.cli import main
from linnet_train.corpus.corpus import Corpus
from linnet_train.data.phrases import held_out
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import ModelConfig, read_config
from linnet_train.network.network import Network
from tests.export.conftest import fitted
from tests.export.exact_oracle import Oracle

LATENT = 8


@pytest.fixture(scope="module")
def phrase_run(corpus: Path) -> Path:
    return fitted(corpus, "phrase", "--steps", "40", "--latent", str(LATENT), "--encoder-size", "20")


@pytest.fixture(scope="module")
def phrase_model(phrase_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "phrase.onnx"
    assert main([str(phrase_run), "-o", str(path), "--parity-tokens", "300"]) == 0
    return path


def test_the_file_describes_the_latent(phrase_model: Path) -> None:
    about = read_info(phrase_model).latent
    assert about is not None
    assert (about.size, about.bars) == (LATENT, (2, 16))


def test_file_tells_where_phrases_lie(phrase_run: Path, phrase_model: Path, corpus: Path) -> None:
    """Latents by lot have the mean and the covariance of those that the encoder gives to training phrases."""
    about = read_info(phrase_model).latent
    assert about is not None
    network = load_weights(phrase_run, read_config(phrase_run)[0])
    pieces = Corpus.open(corpus).pieces("train")
    cuts = held_out(pieces, density.BARS, most=len(pieces))
    learnt = np.stack([latent.encode(network, engine_latent.readings(cut)) for cut in cuts])
    drawn = np.array([controls_latent.sample(about, seed) for seed in range(4000)])
    spread = np.cov(learnt.T)
    deviations = np.sqrt(spread.diagonal())
    # of 4,000 a mean is off by 5 standard errors, 0.08 deviations, twice in a million trials
    assert np.abs((drawn.mean(axis=0) - learnt.mean(axis=0)) / deviations).max() < 0.08
    assert np.abs((np.cov(drawn.T) - spread) / np.outer(deviations, deviations)).max() < 0.12


def test_too_few_phrases_tell_no_density(corpus: Path) -> None:
    network = Network(ModelConfig(embedding_dim=8, hidden_size=8, num_layers=1, latent=64, encoder_size=8))
    assert density.density(network, Corpus.open(corpus)) is None


def test_float_graphs_play_what_was_trained(phrase_run: Path, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "float.onnx"
    assert main([str(phrase_run), "-o", str(path), "--fp32", "--parity-tokens", "300"]) == 0
    engine = Engine.open(path)
    network = load_weights(phrase_run, read_config(phrase_run)[0])
    music = latent.phrases(Corpus.open(corpus), "train", tokens=500, network=network)
    assert len(music) > 2
    assert parity.compare(network, engine, None, music, "train").max_difference < 1e-4


def test_decoder_gives_the_bits_of_the_oracle(phrase_run: Path, phrase_model: Path, corpus: Path) -> None:
    network = load_weights(phrase_run, read_config(phrase_run)[0])
    engine, oracle = Engine.open(phrase_model), Oracle(onnx.load(phrase_model))
    for feature_ids, _, told in latent.phrases(Corpus.open(corpus), "train", tokens=200, network=network):
        assert told is not None
        states, expected_states = engine.start(), oracle.start()
        for bag in feature_ids:
            logits, states = engine.step(bag[None], states, told[None])
            expected, expected_states = oracle.step(bag[None], expected_states, told[None])
            assert logits.tobytes() == expected.tobytes()


def test_encoder_gives_the_bits_of_the_oracle(phrase_model: Path, corpus: Path) -> None:
    about = read_info(phrase_model).latent
    assert about is not None
    engine, oracle = Engine(about.encoder, source="test"), Oracle(onnx.load_from_string(about.encoder))
    for tokens in held_out(Corpus.open(corpus).pieces("train"), 4, most=3):
        states, expected_states = engine.start(2), oracle.start(2)
        for step in engine_latent.readings(tokens).transpose(1, 0, 2):
            said, states = engine.step(step, states)
            expected, expected_states = oracle.step(step, expected_states)
            assert said.tobytes() == expected.tobytes()


def test_integers_move_a_latent_little(phrase_run: Path, phrase_model: Path, corpus: Path) -> None:
    network = load_weights(phrase_run, read_config(phrase_run)[0])
    about = read_info(phrase_model).latent
    assert about is not None
    engine = Engine(about.encoder, source="test")
    for tokens in held_out(Corpus.open(corpus).pieces("train"), 4, most=5):
        both = engine_latent.readings(tokens)
        expected = latent.encode(network, both)
        assert np.linalg.norm(engine_latent.read(engine, both) - expected) < 0.1 * np.linalg.norm(expected)
