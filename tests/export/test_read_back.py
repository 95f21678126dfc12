"""Networks that are read back from model files, and carried on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import linnet_export.cli
import linnet_train.commands
from linnet.errors import ModelFormatError, VocabularyError
from linnet.tokens import features
from linnet.tokens.vocabulary import METERS, SIGNATURE_TOKENS, SIZE
from linnet_export import exact, graph
from linnet_export.observe import Observed
from linnet_export.quantise import H_UNIT, quantise
from linnet_export.weights import Weights
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, RunConfig, read_config, wider
from linnet_train.network.network import Network
from linnet_train.network.onnx_tensors import tensors
from linnet_train.network.read_back import state_dict
from linnet_train.network.start import Start, what_grows
from linnet_train.training.heldout import tally
from linnet_train.training.loop import Fit
from linnet_train.training.warm_start import RARER, about_corpus, warm_start
from tests.train import corpora

DATA = Path(__file__).parents[1] / "data"
EARLIER = DATA / "earlier.onnx"
"""Of before there were 34 of the columns of features, heads, home keys, plans and roles."""

SHAPE = ModelConfig(embedding_dim=8, hidden_size=12, num_layers=2, heads="none")
RUN = RunConfig(steps=2, batch_size=3, chunk=16, warmup_steps=0, valid_every=2, threads=1, device="cpu")


def weights(seed: int) -> tuple[Network, Weights]:
    network = Network(SHAPE, seed=seed)
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return network, Weights.of(state, width=features.WIDTH, columns=features.WIDTH)


def test_tensors_are_those_that_onnx_reads() -> None:
    file = DATA / "tiny.onnx"
    expected = {each.name: numpy_helper.to_array(each) for each in onnx.load(str(file)).graph.initializer}
    found = tensors(file.read_bytes())

    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in found)


def test_float_graph_is_read_back_as_it_was() -> None:
    network, trained = weights(1)
    state = state_dict(tensors(graph.build(trained).model({}).SerializeToString()))
    own = network.state_dict()
    for layer in range(2):  # the two biases of a layer do the same: one holds both
        own[f"lstm.bias_ih_l{layer}"] += own[f"lstm.bias_hh_l{layer}"]
        own[f"lstm.bias_hh_l{layer}"].zero_()

    assert state.keys() == own.keys()
    assert all(np.array_equal(state[name], own[name].numpy()) for name in state)


def test_integers_are_read_back_times_their_scales() -> None:
    _, trained = weights(2)
    rng = np.random.default_rng(3)
    observed = Observed(
        rng.integers(0, len(trained.embedding), (200, features.WIDTH)),
        tuple(rng.normal(0, 1, (200, size)).astype(np.float32) for size in (20, 24)),
        rng.normal(0, 1, (200, 12)).astype(np.float32),
    )
    integers = quantise(trained, observed)
    state = state_dict(tensors(exact.build(integers).model({}).SerializeToString()))
    read = Weights.of(state, width=features.WIDTH, columns=features.WIDTH)
    second, output = integers.layers[1], integers.output

    np.testing.assert_allclose(read.layers[1].weight, second.weight * second.scale / H_UNIT, rtol=1e-5)
    np.testing.assert_allclose(read.layers[1].bias, second.bias, atol=1e-4)
    np.testing.assert_allclose(read.output, output.weight * output.scale / H_UNIT, rtol=1e-5)
    # What the first layer makes of a sum of rows; how it is shared between both cannot be known.
    first = integers.layers[0]
    rows = integers.embedding[5:9].sum(axis=0) * integers.embedding_scale
    np.testing.assert_allclose(
        read.embedding[5:9].sum(axis=0) @ read.layers[0].weight[:8],
        rows @ (first.weight * first.scale)[:8],
        rtol=1e-4,
    )
    before = np.abs(trained.embedding).mean(axis=0)
    np.testing.assert_allclose(np.abs(read.embedding).mean(axis=0), before, rtol=0.1)


def test_what_an_exported_run_predicts_is_read_back_and_goes_on(
    headed_run: Path, corpus: Path, tmp_path: Path
) -> None:
    """Held-out nats within .3 %."""
    file = tmp_path / "mine.onnx"
    assert linnet_export.cli.main([str(headed_run), "-o", str(file), "--parity-tokens", "500"]) == 0
    before, start = Start.read(headed_run), Start.read(file)
    assert start.model == before.model
    assert {key: start.about[key] for key in ("styles", "fingerprint")} == {
        key: before.about[key] for key in ("styles", "fingerprint")
    }
    assert set(start.about["wishes_trained"]) == set(before.about["wishes_trained"])
    music = Corpus.open(corpus)
    nats = []
    for each in (before, start):
        network = Network(each.model).eval()
        network.load_state_dict(each.weights)
        nats.append(tally(network, music.pieces("valid"), music.time_base).nats_per_token)
    assert nats[1] == pytest.approx(nats[0], rel=0.003)

    run = tmp_path / "run"
    command = ["fit", str(corpus), "-o", str(run), "--from", str(file), "--steps", "1", "--batch-size", "2"]
    assert linnet_train.commands.main([*command, "--device", "cpu", "--threads", "1"]) == 0
    model, _, about = read_config(run)
    assert model == start.model
    assert about["started_from"]["model"] == "mine"
    first = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    assert first["step"] == 0
    assert first["valid_with_wishes"] == pytest.approx(nats[1], rel=1e-4)


def test_file_of_before_begins_with_what_it_predicted_then(tmp_path: Path) -> None:
    """With today's features, all heads, a plan and roles; but for the home key, which moves what it reads."""
    start = Start.read(EARLIER)
    styles = tuple(start.about["styles"])
    music = corpora.corpus(corpora.pieces(4), corpora.pieces(2, first_seed=100), styles=styles)
    then = Network(start.model).eval()
    then.load_state_dict(start.weights)
    today = replace(wider(start.model), heads="all", plan="all", roles=True)
    now = Fit(music, tmp_path / "run", today, RUN, resume=False, start=EARLIER).training.average

    assert start.model.feature_width < today.feature_width
    for wishes in (False, True):
        expected, found = (
            tally(each, music.pieces("valid"), "grid", wishes=wishes).nats_per_token for each in (then, now)
        )
        assert found == pytest.approx(expected, rel=1e-5)
    words = "these are new to it: cadence, phrase_left, loudness, plays, chords, roles"
    assert what_grows(start.model, today) == [
        f"it learnt before there were {features.WIDTH - 59} of the {features.WIDTH} columns of features",
        f"{len(today.all_heads)} of its {len(today.all_heads)} heads are new, and say nothing yet",
        words,
    ]
    assert "has to learn the keys again" in what_grows(today, replace(today, home=True))[0]


def test_run_of_before_begins_with_what_it_predicted_then(tmp_path: Path) -> None:
    """What was never told to a run does not speak when it is told to the next, whatever its rows hold."""
    music = corpora.corpus(corpora.pieces(4), corpora.pieces(2, first_seed=100))
    less = replace(corpora.TINY, plan="none", roles=False)
    Fit(music, tmp_path / "less", less, RUN, resume=False).until_done()
    then = Start.read(tmp_path / "less")
    more = replace(less, plan="all", roles=True, heads="pointers")
    now = Fit(music, tmp_path / "more", more, RUN, resume=False, start=tmp_path / "less").training.average
    network = Network(less).eval()
    network.load_state_dict(then.weights)

    expected, found = (tally(each, music.pieces("valid"), "grid").nats_per_token for each in (network, now))
    assert found == pytest.approx(expected, rel=1e-5)
    now.embedding.weight.normal_()  # of rows that it does see
    assert tally(now, music.pieces("valid"), "grid").nats_per_token != pytest.approx(expected, rel=1e-5)


def test_what_cannot_be_carried_on_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"is no run, no model file, and no packaged model \(band, "):
        Start.read(Path("fokl"))
    with pytest.raises(TrainError, match="is a variational model"):
        Start.read(DATA / "tiny-latent.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelFormatError, match="not a model file"):
        Start.read(tmp_path / "text.onnx")
    model = onnx.load(str(EARLIER))
    vocabulary = next(each for each in model.metadata_props if each.key == "linnet.vocabulary")
    vocabulary.value = "[]"
    (tmp_path / "other.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(VocabularyError, match="its vocabulary are not"):
        Start.read(tmp_path / "other.onnx")
    music = corpora.corpus(corpora.pieces(2), [])
    music.time_base = "performance"
    shape = wider(Start.read(EARLIER).model)
    with pytest.raises(TrainError, match="plays in the grid base"):
        Fit(music, tmp_path / "run", shape, RUN, resume=False, start=EARLIER)
    with pytest.raises(TrainError, match="another shape: hidden_size"):
        Fit(music, tmp_path / "run", replace(shape, hidden_size=20), RUN, resume=False, start=EARLIER)
    assert not (tmp_path / "run").exists()


def test_meters_that_a_network_never_saw_begin_like_those_that_are_like_them(tmp_path: Path) -> None:
    music = corpora.corpus(corpora.pieces(4), corpora.pieces(2, first_seed=100))
    start = Start.read(EARLIER)
    shape = wider(start.model)
    now = Fit(music, tmp_path / "run", shape, RUN, resume=False, start=EARLIER).training.average
    rows, bias = now.embedding.weight, now.output.bias
    family = {each.name: each.first_id for each in features.FAMILIES}
    rare, like = (SIGNATURE_TOKENS[METERS.index(name)] for name in ("2/1", "2/2"))

    for first in (family["last_token"], *(family["suffix_match"] + n * SIZE for n in range(4))):
        assert rows[first + rare].equal(rows[first + like])
    assert rows[family["rare_time_signature"]].equal(rows[family["time_signature"] + METERS.index("2/2")])
    assert not rows[family["whole_note"] :].any()
    assert now.output.weight[rare].equal(now.output.weight[like])
    assert bias[rare] == pytest.approx(float(bias[like]) - RARER)
    again = Start.read(DATA / "meters.onnx")  # which knows them
    grown = warm_start(again, again.model, about_corpus(music, again.model))[0]
    assert grown["output.bias"].equal(again.weights["output.bias"])
