"""A run of before there were as many features is exported with its own; a newer one says what it learnt."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import linnet
from linnet.tokens import features
from linnet_export import cli
from linnet_train.network import checkpoint
from linnet_train.network.config import read_config
from linnet_train.network.network import Network


def earlier(run: Path, folder: Path) -> Path:
    """The same run as the linnet before would have left it: without what came last."""
    shutil.copytree(run, folder)
    table = features.table(features.EARLIER[-1])
    model, _, _ = read_config(folder)
    weights = checkpoint.load_weights(folder, model).state_dict()
    weights["embedding.weight"] = weights["embedding.weight"][: table["count"]]
    small = Network(replace(model, feature_count=table["count"], feature_width=table["width"]))
    small.load_state_dict(weights)
    about = json.loads((folder / "best.json").read_text(encoding="utf-8"))
    checkpoint.save_weights(folder, "best", small, about)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["model"] |= {"feature_count": table["count"], "feature_width": table["width"]}
    del config["model"]["given"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_a_run_of_an_earlier_linnet_is_exported_with_its_own_features(run: Path, tmp_path: Path) -> None:
    assert cli.main([str(earlier(run, tmp_path / "old")), "-o", str(tmp_path / "old.onnx")]) == 0
    model = linnet.load(tmp_path / "old.onnx")

    assert model.info.features == json.loads(json.dumps(features.table(features.EARLIER[-1])))
    assert not model.info.given
    assert model.generate(bars=4, seed=1).notes


def test_a_model_says_that_it_looks_ahead(run: Path, last_token_run: Path, tmp_path: Path) -> None:
    for folder, told in ((run, True), (last_token_run, False)):
        assert cli.main([str(folder), "-o", str(tmp_path / "new.onnx")]) == 0
        model = linnet.load(tmp_path / "new.onnx")
        assert model.info.given is told
        if told:
            call = linnet.Score.from_notes([("C5", 1), ("E5", 1), ("G5", 2)] * 4, bpm=100)
            assert model.fill(call, "2", seed=1).bars == call.bars
