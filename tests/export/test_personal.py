"""`linnet-train personal`: from a few files to a model of one's own, in one command."""

import json
import random
import shutil
from pathlib import Path

import pytest

import linnet
from linnet_train.commands import main
from tests.data.make_tiny_model import tune

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
QUICK = ["--from", str(TINY), "--steps", "1", "--pieces", "4"]


def music(folder: Path, count: int) -> str:
    folder.mkdir()
    dice = random.Random(3)
    for number in range(count):
        tune(dice).save(folder / f"{number}.mid")
    return str(folder)


def test_a_few_files_become_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, figures = tmp_path / "mine.onnx", tmp_path / "figures.json"
    command = ["personal", music(tmp_path / "my-midi", 6), "-o", str(mine), *QUICK, "--json", str(figures)]
    assert main(command) == 0
    assert "held out, and chosen by" in capsys.readouterr().out
    found = json.loads(figures.read_text())
    assert found["own"]["before"] > 0
    assert found["own"]["after"] > 0
    assert len(list((tmp_path / "mine.personal" / "pieces").glob("*.mid"))) == 4
    assert linnet.load(mine).generate(bars=2, seed=1).bars == 2
    began = json.loads((tmp_path / "mine.personal" / "run" / "config.json").read_text())
    assert began["corpus"]["started_from"]["model"] == "tiny"

    mine.unlink()  # as if it had been stopped before the export: what is there is not made again
    shutil.rmtree(tmp_path / "mine.personal" / "pieces")
    weights = (tmp_path / "mine.personal" / "run" / "best.safetensors").stat().st_mtime_ns
    assert main(command) == 0
    assert mine.exists()
    assert (tmp_path / "mine.personal" / "run" / "best.safetensors").stat().st_mtime_ns == weights
    capsys.readouterr()
    assert main([*command, "--way", "last"]) == 1
    assert "was begun with another --way; --fresh begins again" in capsys.readouterr().err


def test_one_file_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.onnx"
    assert main(["personal", music(tmp_path / "my-midi", 1), "-o", str(mine), *QUICK]) == 0
    assert "too few files to hold any out" in capsys.readouterr().out
    assert linnet.load(mine).generate(bars=2, seed=1).bars == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "mine.mid"], "a model file is called something.onnx"),
        (["-o", "mine.onnx", "--minutes", "0"], "--minutes must be above 0"),
        (["-o", "mine.onnx", "--from", "nobody"], "is no run, no model file, and no packaged model"),
        (["-o", "mine.onnx", "--from", "phrase"], "is a variational model"),
        (["-o", "mine.onnx"], "no MIDI files"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    options: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-midi").mkdir()
    assert main(["personal", "my-midi", *options]) == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["my-midi"]
