"""A judge is learnt from a corpus and a model, and put into the model's file."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

import linnet
from linnet.controls.judge import HEARD, SILENT, Judge
from linnet.engine import modelfile
from linnet.errors import ModelFormatError
from linnet_export import judge as export_judge
from linnet_train.commands import main
from linnet_train.judging import learn
from linnet_train.judging.sections import Sections
from tests.train.tunes import tune

TINY = Path(__file__).parents[1] / "data/tiny.onnx"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From tunes that are all in eighths, as the model's are not."""
    folder = tmp_path_factory.mktemp("music")
    for seed in range(24):
        tune(seed).save(folder / f"{seed}.mid")
    corpus, file = folder.with_name("eighths.corpus"), folder.with_name("judge.json")
    assert main(["prepare", str(folder), "-o", str(corpus), "--workers", "1"]) == 0
    words = [
        "judge",
        str(TINY),
        str(corpus),
        "-o",
        str(file),
        "--pieces",
        "24",
        "--bars",
        "8",
        "--section",
        "2",
    ]
    assert main(words) == 0
    return file


def test_what_was_learnt_is_told(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judge = Judge.of(json.loads(weights.read_text()))

    assert judge.section == 2
    assert len(judge.tables) > 5
    assert any(any(table.weights) for table in judge.tables.values())


def test_a_model_file_gets_it_without_a_change_to_its_graph(weights: Path, tmp_path: Path) -> None:
    file = tmp_path / "tiny.onnx"
    shutil.copyfile(TINY, file)
    assert export_judge.main([str(file), str(weights)]) == 0
    model = linnet.load(file)

    assert model.info.judge == Judge.of(json.loads(weights.read_text()))
    assert onnx.load(str(file)).graph == onnx.load(str(TINY)).graph
    assert model.generate(bars=4, seed=1).notes == linnet.load(TINY).generate(bars=4, seed=1).notes
    best = model.generate(bars=4, seed=1, candidates=8)
    assert pickle.loads(pickle.dumps(model)).generate(bars=4, seed=1, candidates=8) == best
    stream = model.stream(seed=1, candidates=3)
    stream.advance(1.0, budget=None)
    other = pickle.loads(pickle.dumps(stream))
    assert other.advance(4.0, budget=None) == stream.advance(4.0, budget=None)

    assert export_judge.main([str(file)]) == 0
    assert linnet.load(file).info.judge is None


def test_what_is_no_judge_is_refused_in_one_line(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, broken = tmp_path / "tiny.onnx", tmp_path / "broken.json"
    shutil.copyfile(TINY, file)
    broken.write_text('{"section": 2, "tables": {"groove": {"at": [], "weights": [1]}}}')
    before = file.read_bytes()

    assert export_judge.main([str(file), str(broken)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert file.read_bytes() == before
    model = onnx.load(str(TINY))
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    with pytest.raises(ModelFormatError, match=r"linnet\.judge is missing or damaged"):
        modelfile.parse(metadata | {"linnet.judge": broken.read_text()}, source="x")


def sections(dice: np.random.Generator, count: int, mean: float) -> Sections:
    heard = np.full((count, len(HEARD)), SILENT, np.int32)
    heard[:, HEARD.index("steps")] = dice.normal(mean, 10, count).clip(0, 64)
    heard[:, HEARD.index("leaps")] = dice.integers(0, 64, count)
    heard[:, HEARD.index("range")] = np.where(dice.random(count) < 0.5, 30 - mean, 5)
    return Sections(heard, np.arange(count, dtype=np.int32))


def test_it_learns_what_sets_two_kinds_apart() -> None:
    dice = np.random.default_rng(1)
    people = [sections(dice, 2000, 20) for _ in range(2)]
    made = [sections(dice, 2000, 30) for _ in range(2)]
    learnt = learn.learn(*people, *made, section=4)

    assert set(learnt.judge.tables) == {"steps", "leaps", "range"}
    assert learnt.auc > 0.85
    assert abs(learnt.auc - learnt.auc_learnt) < 0.03
    weights = {name: table.weights for name, table in learnt.judge.tables.items()}
    assert weights["steps"][1] > 0 > weights["steps"][-1]
    assert max(map(abs, weights["leaps"])) < 0.3 * max(map(abs, weights["steps"]))
    assert {table.weights[0] for table in learnt.judge.tables.values()} == {0}


def test_a_judge_of_nothing_prefers_nobody() -> None:
    dice = np.random.default_rng(2)
    same = [sections(dice, 1500, 20) for _ in range(4)]

    assert abs(learn.learn(*same, section=4).auc - 0.5) < 0.05


def test_auc_counts_pairs() -> None:
    higher, lower = np.array([3, 1, 2]), np.array([2, 0])

    assert learn.auc(higher, lower) == pytest.approx((2 + 1 + 1.5) / 6)
