"""The figures of an evaluation against the same sums done the slow way."""

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linnet.controls.wishes import INDEX
from linnet.music.key import home_shift
from linnet.tokens import features
from linnet.tokens.vocabulary import family_of
from linnet_train.commands.evaluate import table
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.evaluation.likelihood import by_family, evaluate
from linnet_train.network import checkpoint, config
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.network import Network
from linnet_train.training.heldout import tally
from linnet_train.training.warm_start import about_corpus
from tests.train.corpora import TINY, corpus, pieces

BLIND = replace(TINY, inputs="last-token")


def slow_nats(network: Network, piece: CorpusPiece, *, wishes: bool) -> list[tuple[int, float]]:
    """(token, nats) for every token after bos: one step at a time, softmax in float64."""
    shift = home_shift(int(piece.wishes[0, INDEX["key"]]) - 1)
    rows, roles = (piece.wishes, piece.roles) if wishes else (None, ())
    feature_ids = features.compute(piece.tokens, "grid", rows, shift=shift, roles=roles)
    state, costs = None, []
    for i, token in enumerate(features.home(piece.tokens, shift)[1:].tolist()):
        with torch.no_grad():
            logits, state = network(torch.from_numpy(feature_ids[i : i + 1])[None], state)
        scores = logits[0, 0].double().numpy()
        costs.append(
            (token, float(np.log(np.exp(scores - scores.max()).sum()) + scores.max() - scores[token]))
        )
    return costs


def a_run(folder: Path, music: Corpus, model: ModelConfig = TINY) -> Network:
    """A run folder with an untrained network."""
    folder.mkdir()
    network = Network(model, seed=5).eval()
    config.write_config(folder / "config.json", model, RunConfig(), about_corpus(music, model))
    checkpoint.save_weights(folder, "best", network, {"step": 0})
    return network


@pytest.mark.parametrize("wishes", [True, False])
@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_a_tally_is_the_sum_over_single_steps(wishes: bool, batch_size: int) -> None:
    network, music = Network(TINY, seed=5).eval(), pieces(5, notes=8)
    costs = [cost for piece in music for cost in slow_nats(network, piece, wishes=wishes)]
    found = tally(network, music, "grid", wishes=wishes, batch_size=batch_size, chunk=17)
    assert found.counts.sum() == sum(len(piece.tokens) - 1 for piece in music)
    counts, nats = np.zeros(672), np.zeros(672)
    for token, cost in costs:
        counts[token] += 1
        nats[token] += cost
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.nats, nats, rtol=1e-5)
    assert found.nats_per_token == pytest.approx(nats.sum() / counts.sum(), rel=1e-6)


def test_dropout_is_no_part_of_a_tally() -> None:
    network = Network(TINY, dropout=0.5, seed=5).eval()
    assert tally(network, pieces(2), "grid").nats.tolist() == tally(network, pieces(2), "grid").nats.tolist()


def test_a_report_gives_nats_a_token_nats_a_note_and_bits_a_second(tmp_path: Path) -> None:
    music = corpus(pieces(1), pieces(1, first_seed=20), pieces(3, notes=8, first_seed=40))
    network = a_run(tmp_path / "run", music)
    report = evaluate(tmp_path / "run", music)
    test = music.pieces("test")
    assert [row.name for row in report.rows] == ["conditional", "unconditional"]
    for row, wishes in zip(report.rows, (True, False), strict=True):
        costs = [cost for piece in test for cost in slow_nats(network, piece, wishes=wishes)]
        nats = sum(cost for _, cost in costs)
        assert row.nats_per_token == pytest.approx(nats / len(costs), rel=1e-5)
        assert row.nats_per_note == pytest.approx(nats / sum(piece.notes for piece in test), rel=1e-5)
        bits = nats / math.log(2)
        assert row.bits_per_second == pytest.approx(bits / sum(piece.seconds for piece in test), rel=1e-5)
        notes = [cost for token, cost in costs if family_of(token).name == "note"]
        assert row.families["note"] == pytest.approx(sum(notes) / len(notes), rel=1e-5)
        assert report.shares["note"] == pytest.approx(len(notes) / len(costs))
        parts = sum(report.shares[name] * row.families[name] for name in report.shares)
        assert parts == pytest.approx(row.nats_per_token)
    assert sum(report.shares.values()) == pytest.approx(1)


def test_families_that_never_came_are_left_out() -> None:
    found = by_family(tally(Network(TINY).eval(), pieces(1), "grid"))
    assert "note" in found
    assert "drum" not in found
    assert "pad" not in found


def test_the_ablation_stands_beside_all_features(tmp_path: Path) -> None:
    music = corpus(pieces(1), pieces(1, first_seed=20), pieces(2, first_seed=40))
    a_run(tmp_path / "folk", music)
    a_run(tmp_path / "blind", music, BLIND)
    reports = [evaluate(tmp_path / name, music) for name in ("folk", "blind")]
    assert [row.name for row in reports[1].rows] == ["last_token"]
    text = table(reports)
    header = next(line for line in text.splitlines() if "last token only" in line)
    assert header.index("with wishes") < header.index("without wishes") < header.index("last token only")
    for report in reports:
        for row in report.rows:
            assert f"{row.nats_per_token:.4f}" in text
            assert f"{row.families['note']:.4f}" in text


def test_runs_on_different_music_do_not_stand_in_one_table(tmp_path: Path) -> None:
    music = corpus(pieces(1), [], pieces(1))
    a_run(tmp_path / "run", music)
    report = evaluate(tmp_path / "run", music)
    for other in (replace(report, fingerprint="else"), replace(report, split="valid")):
        with pytest.raises(TrainError, match="cannot stand in one table"):
            table([report, other])


def test_another_corpus_is_refused(tmp_path: Path) -> None:
    music = corpus(pieces(1), [], pieces(1))
    a_run(tmp_path / "run", music)
    music.fingerprint = "else"
    with pytest.raises(TrainError, match="trained on another corpus"):
        evaluate(tmp_path / "run", music)


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    music = corpus(pieces(1), pieces(1))
    a_run(tmp_path / "run", music)
    with pytest.raises(TrainError, match="has no music in its test split"):
        evaluate(tmp_path / "run", music)


def test_figures_go_into_json(tmp_path: Path) -> None:
    music = corpus(pieces(1), [], pieces(1))
    a_run(tmp_path / "run", music)
    report = evaluate(tmp_path / "run", music)
    read = json.loads(json.dumps(report.to_json()))
    assert read["rows"][0]["nats_per_token"] == report.rows[0].nats_per_token
    assert os.fspath(tmp_path / "run") == read["run"]
