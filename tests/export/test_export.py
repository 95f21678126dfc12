"""From a run to a model file, or to one clear line and no file at all."""

import errno
import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from linnet.engine import modelfile
from linnet.engine.engine import Engine, read_info
from linnet_export import music, parity, passport, quantise, rows, weights
from linnet_export.cli import main
from linnet_export.errors import ExportError
from linnet_export.parity import Parity
from linnet_train.corpus.corpus import Corpus
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import read_config
from linnet_train.network.network import next_token_nats

Captured = pytest.CaptureFixture[str]


def test_export_writes_a_model_and_prints_what_was_measured(
    run: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "wren.onnx"
    assert main([str(run), "-o", str(path), "--parity-tokens", "500"]) == 0
    figures, kept, written = capsys.readouterr().out.splitlines()
    assert figures.startswith("500 tokens of ")
    assert "notes is written that stands in the training music" in kept
    assert "(limit 1e-03)" in figures
    assert "limit +0.9%" in figures  # of so few tokens
    assert (
        written
        == f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {sha256(path.read_bytes()).hexdigest()}"
    )
    info = read_info(path)
    modelfile.check_vocabulary(info)
    assert info.exact
    assert info.name == "wren"


def test_float_export_is_marked_as_not_exact(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "float.onnx"
    assert main([str(run), "-o", str(path), "--fp32", "--parity-tokens", "200"]) == 0
    info = read_info(path)
    assert not info.exact
    assert {state.dtype for state in info.states} == {"float32"}


def test_last_token_network_is_exported_too(last_token_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "blind.onnx"
    assert main([str(last_token_run), "-o", str(path), "--parity-tokens", "200"]) == 0
    assert not any(wish["trained"] for wish in read_info(path).wishes)


def test_model_file_plays_what_was_trained(run: Path, corpus: Path, tmp_path: Path) -> None:
    """The written file, opened again, against PyTorch: whole pieces, the state carried along."""
    path = tmp_path / "float.onnx"
    assert main([str(run), "-o", str(path), "--fp32"]) == 0
    engine = Engine.open(path)
    network = load_weights(run, read_config(run)[0])
    for feature_ids, _, _ in music.sample(Corpus.open(corpus), "test", 300, model=network.config):
        with torch.inference_mode():
            expected = network(torch.from_numpy(feature_ids)[None])[0][0].numpy()
        assert np.abs(parity.play(engine, feature_ids) - expected).max() < 1e-4


def test_passport_tells_where_the_model_comes_from(run: Path, corpus: Path, tmp_path: Path) -> None:
    credits = tmp_path / "ATTRIBUTION.md"
    credits.write_text("Tunes by Nobody ♪\n", encoding="utf-8")
    path = tmp_path / "wren.onnx"
    options = ["--name", "Wren", "--attribution", str(credits), "--allowed-use", "all", "--top-p", "0.95"]
    assert main([str(run), "-o", str(path), "--parity-tokens", "200", *options]) == 0
    info, prepared = read_info(path), Corpus.open(corpus)
    assert info.name == "Wren"
    assert info.passport["attribution"] == "Tunes by Nobody ♪\n"
    assert info.passport["allowed_use"] == "all"
    assert info.passport["corpora"] == prepared.sources
    assert info.passport["corpus_fingerprint"] == prepared.fingerprint
    assert info.passport["training"]["seed"] == 1
    assert info.passport["training"]["run"]["learning_rate"] == 0.01
    assert info.passport["held_out"]["metrics"]["valid"] > 0
    assert info.passport["held_out"]["export"]["tokens"] == 200
    assert info.defaults["top_p"] == 0.95
    assert next(wish for wish in info.wishes if wish["name"] == "style")["values"] == list(prepared.styles)
    assert str(corpus) not in json.dumps(
        info.passport
    )  # where things lay on somebody's disk is nobody's business


def test_attribution_of_the_corpus_is_kept(run: Path, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "wren.onnx"
    assert main([str(run), "-o", str(path), "--parity-tokens", "200"]) == 0
    assert read_info(path).passport["attribution"] == Corpus.open(corpus).attribution


def test_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    paths = tmp_path / "a.onnx", tmp_path / "b.onnx"
    for path in paths:
        assert main([str(run), "-o", str(path), "--name", "wren", "--parity-tokens", "200"]) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


# ---- refusals ----------------------------------------------------------------------------------------------


def refusal(capsys: Captured, *command: str | Path) -> str:
    """The one line on stderr that a refused export gives."""
    assert main([str(word) for word in command]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_wrong_float_graph_is_not_written(
    run: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two gates mixed up, as a bug in the exporter would do it."""
    layer = weights._layer
    monkeypatch.setattr(weights, "_layer", lambda *args: mixed_up(layer(*args)))
    path = tmp_path / "wren.onnx"
    path.write_bytes(b"yesterday's model")
    line = refusal(capsys, run, "-o", path, "--parity-tokens", "200")
    assert "parity failed, nothing was written" in line
    assert "fp32 graph differ by" in line
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"yesterday's model"]


def mixed_up(layer: weights.Layer) -> weights.Layer:
    return weights.Layer(np.roll(layer.weight, layer.hidden, axis=1), layer.bias)


def test_coarse_integers_are_not_written(
    headed_run: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise, "WEIGHT_LIMIT", 1)
    monkeypatch.setattr(rows, "LIMIT", 0.4)  # nothing is left of it
    line = refusal(capsys, headed_run, "-o", tmp_path / "wren.onnx", "--parity-tokens", "2000")
    assert "parity failed, nothing was written" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("difference", "exact_nats", "fine"),
    [
        (9e-5, 1.0019, True),
        (1.1e-3, 1.0, False),
        (0.0, 1.0021, False),
        (np.nan, 1.0, False),
        (0.0, np.nan, False),
        (0.0, None, True),
    ],
)
def test_limits_of_parity(difference: float, exact_nats: float | None, fine: bool) -> None:
    measured = Parity(10_000, 1, "valid", difference, 1.0, exact_nats)
    if fine:
        measured.check()
    else:
        with pytest.raises(ExportError, match="nothing was written"):
            measured.check()


@pytest.mark.parametrize(("tokens", "limit"), [(20_000, 0.002), (10_000, 0.002), (2500, 0.004)])
def test_of_few_tokens_more_may_be_chance(tokens: int, limit: float) -> None:
    Parity(tokens, 1, "valid", 0.0, 1.0, 1.0 + 0.99 * limit).check()
    with pytest.raises(ExportError, match="nothing was written"):
        Parity(tokens, 1, "valid", 0.0, 1.0, 1.0 + 1.01 * limit).check()


def test_one_nan_among_the_logits_fails_parity(run: Path, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "float.onnx"
    assert main([str(run), "-o", str(path), "--fp32", "--parity-tokens", "200"]) == 0
    network = load_weights(run, read_config(run)[0])
    with torch.no_grad():
        network.output.bias[5] = float("nan")
    pieces = music.sample(Corpus.open(corpus), "valid", 100, model=network.config)
    with pytest.raises(ExportError, match="differ by nan"):
        parity.compare(network, Engine.open(path), None, pieces, "valid").check()


def test_another_corpus_is_refused(run: Path, corpus: Path, tmp_path: Path, capsys: Captured) -> None:
    other = tmp_path / "other"
    shutil.copytree(corpus, other)
    about = json.loads((other / "corpus.json").read_text(encoding="utf-8"))
    (other / "corpus.json").write_text(
        json.dumps(about | {"fingerprint": "of something else"}), encoding="utf-8"
    )
    line = refusal(capsys, run, "-o", tmp_path / "wren.onnx", "--corpus", other)
    assert "another corpus" in line


def test_run_of_another_linnet_is_refused(run: Path, tmp_path: Path, capsys: Captured) -> None:
    shutil.copytree(run, tmp_path / "old")
    config = tmp_path / "old" / "config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["model"]["feature_count"] -= 1
    config.write_text(json.dumps(settings), encoding="utf-8")
    assert "another linnet" in refusal(capsys, tmp_path / "old", "-o", tmp_path / "wren.onnx")


def test_full_disk_leaves_the_old_model(
    run: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        path.open("wb").write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    path = tmp_path / "wren.onnx"
    path.write_bytes(b"yesterday's model")
    monkeypatch.setattr(Path, "write_bytes", full)
    line = refusal(capsys, run, "-o", path, "--parity-tokens", "100")
    assert line.endswith("No space left on device")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"yesterday's model"]


def test_moved_corpus_is_found_where_it_is_now(run: Path, corpus: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(corpus, moved)
    path = tmp_path / "wren.onnx"
    assert main([str(run), "-o", str(path), "--corpus", str(moved), "--parity-tokens", "100"]) == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["nowhere", "-o", "x.onnx"], "nowhere"),
        (["RUN", "-o", "x.mid"], "something.onnx"),
        (["RUN", "-o", "nowhere/x.onnx"], "no folder"),
        (["RUN", "-o", "x.onnx", "--corpus", "nowhere"], "nowhere"),
        (["RUN", "-o", "x.onnx", "--attribution", "nowhere.md"], "nowhere.md"),
    ],
)
def test_trouble_is_one_line(
    run: Path,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    line = refusal(capsys, *(str(run) if word == "RUN" else word for word in options))
    assert line.startswith("linnet-export: ")
    assert expected in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [[], ["run"], ["run", "-o", "x.onnx", "--parity-tokens", "0"], ["run", "-o", "x.onnx", "--top-p", "1.5"]],
)
def test_wrong_usage_is_exit_code_2(options: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2


# ---- small parts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 13])
def test_spread_visits_every_piece_once(count: int) -> None:
    assert sorted(music.spread(count)) == list(range(count))


def test_spread_begins_all_over_the_place() -> None:
    """The first 8 of 80: one in each tenth or so."""
    assert np.diff(sorted(list(music.spread(80))[:8])).max() <= 20


def test_nats_are_those_of_the_trainer() -> None:
    rng = np.random.default_rng(3)
    logits, targets = rng.normal(0, 5, (50, 672)).astype(np.float32), rng.integers(1, 672, 50)
    expected = float(next_token_nats(torch.from_numpy(logits)[None], torch.from_numpy(targets)[None]).sum())
    assert parity.nats(logits, targets) == pytest.approx(expected, rel=1e-5)


def test_error_feedback_beats_rounding_to_nearest() -> None:
    """On correlated inputs, as a network has them, the products come out closer."""
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(2000, 8)) @ rng.normal(size=(8, 40)) + 0.1 * rng.normal(size=(2000, 40))
    matrix = rng.normal(size=(40, 30))
    product = quantise.round_product(matrix, np.zeros(30, np.float32), inputs)
    nearest = np.rint(matrix / product.scale)
    assert np.abs(product.weight).max() <= quantise.WEIGHT_LIMIT

    def error(rounded: "np.ndarray[tuple[int, ...], np.dtype[np.floating]]") -> float:
        return float(np.square(inputs @ (matrix - rounded * product.scale)).mean())

    assert error(product.weight) < 0.5 * error(nearest)


def test_a_network_that_learnt_chords_says_so_beside_its_wishes() -> None:
    corpus = {"wishes_trained": ["key"], "styles": ["tunes"]}
    assert {"name": "chords", "count": 86, "trained": True} not in passport.wishes(corpus)
    corpus["wishes_trained"].append("chords")
    assert passport.wishes(corpus)[-1] == {"name": "chords", "count": 86, "trained": True}


def test_one_large_weight_does_not_coarsen_its_column() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(0, 0.02, (400, 3))
    matrix[0] = (0.05, 1.0, 0.3)
    inputs = rng.normal(size=(4000, 400))
    inputs[:, 0] *= 0.01  # which hardly matters
    product = quantise.round_product(matrix, np.zeros(3, np.float32), inputs)
    whole = np.abs(matrix).max(axis=0) / quantise.WEIGHT_LIMIT
    assert (product.scale <= whole * (1 + 1e-6)).all()
    assert product.scale[1] < 0.65 * whole[1]
    missed = inputs @ (product.weight * product.scale - matrix)
    plain = np.rint(matrix / whole) * whole - matrix
    assert np.sqrt((missed**2).mean(axis=0))[1] < 0.7 * np.sqrt(((inputs @ plain) ** 2).mean(axis=0))[1]
