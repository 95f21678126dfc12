"""Networks with heads that share: what the runtime adds up in C is what was trained in torch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linnet.controls.wishes import INDEX
from linnet.core import Piece, Rng, Tracker
from linnet.engine.engine import Engine
from linnet.music.key import home_shift
from linnet.tokens.features import WISHES, home
from linnet.tokens.vocabulary import FAMILIES, SIZE
from linnet_export import music, parity
from linnet_export.cli import main
from linnet_train.corpus.corpus import Corpus
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import read_config
from linnet_train.network.heads import heads_of, table
from linnet_train.sampling.rollout import play


@pytest.mark.parametrize("kind", ["--fp32", "exact"])
def test_the_file_says_its_heads_and_plays_what_was_trained(
    headed_run: Path, corpus: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "headed.onnx"
    options = ["--fp32"] if kind == "--fp32" else []
    assert main([str(headed_run), "-o", str(path), "--parity-tokens", "500", *options]) == 0
    engine = Engine.open(path)
    assert [list(head) for head in engine.info.heads] == table(heads_of("all"))
    assert engine.info.home
    network = load_weights(headed_run, read_config(headed_run)[0])
    assert network.output.weight[SIZE:].any()
    for feature_ids, _, _ in music.sample(Corpus.open(corpus), "test", 200, model=network.config):
        with torch.inference_mode():
            expected = network(torch.from_numpy(feature_ids)[None])[0][0].numpy()
        logits = parity.play(engine, feature_ids)
        assert logits.shape == (len(feature_ids), SIZE)
        if kind == "--fp32":
            assert np.abs(logits - expected).max() < 1e-4
        else:  # seven bits a weight
            assert np.corrcoef(logits.ravel(), expected.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("key", [0, 2, 20])  # C major, D major, A flat minor
def test_the_runtime_plays_in_any_key_what_the_weights_play(
    headed_run: Path, tmp_path: Path, key: int
) -> None:
    """Features, heads, masks and the way back from the home key are the same in training and in play."""
    path = tmp_path / "headed.onnx"
    assert main([str(headed_run), "-o", str(path), "--parity-tokens", "200", "--fp32"]) == 0
    engine, pieces = Engine.open(path), []
    for _ in range(2):
        piece = Piece(Tracker(), Rng(3), script=[FAMILIES["bos"].first], min_p=0.05)
        piece.tracker.set_shift(home_shift(key))
        wishes = [0] * len(WISHES)
        wishes[INDEX["key"]] = key + 1
        piece.tracker.wish(wishes)
        piece.tracker.restrict(bars=0, ticks=0, endless=True)  # so young a network ends at any time
        pieces.append(piece)
    engine.loop(pieces[0]).play(150)
    network = load_weights(headed_run, read_config(headed_run)[0])
    rollout = play(network, [pieces[1]], 149)[0]
    assert len(pieces[0].tokens) == 150
    assert pieces[1].tokens == pieces[0].tokens
    np.testing.assert_array_equal(rollout.tokens, home(np.array(pieces[0].tokens), home_shift(key))[1:])
