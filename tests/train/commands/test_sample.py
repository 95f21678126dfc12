"""`linnet-train sample` makes what `linnet generate` makes, and no piece twice."""

import json
import zipfile
from pathlib import Path

import pytest

import linnet
from linnet import midi
from linnet_train import commands
from linnet_train.evaluation import sampled
from linnet_train.sampling import many
from linnet_train.workers import Workers

TINY = Path(__file__).parents[2] / "data/tiny.onnx"


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampled, "SHARD", 8)
    monkeypatch.setattr(many, "TOGETHER", 4)


def sample(folder: Path, count: int, *more: str) -> int:
    command = ["sample", str(TINY), "--count", str(count), "-o", str(folder), "--bars", "2", *more]
    return commands.main([*command, "--workers", "1"])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_pieces_are_those_of_their_seeds_and_have_figures(tmp_path: Path) -> None:
    assert sample(tmp_path / "made", 12, "--seed", "5") == 0
    with zipfile.ZipFile(tmp_path / "made/00001.zip") as shard:
        files = shard.namelist()
        assert files == [*(f"tiny-{seed}.mid" for seed in range(13, 17)), "figures.jsonl"]
        alone = linnet.load(TINY).generate(seed=14, bars=2)
        assert shard.read("tiny-14.mid") == midi.dumps(alone)
        rows = [json.loads(line) for line in shard.read("figures.jsonl").decode().splitlines()]
    assert [row["seed"] for row in rows] == [13, 14, 15, 16]
    assert rows[1]["notes"] == len(alone.notes)


def test_going_on_ends_with_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample(tmp_path / "a", 12) == sample(tmp_path / "b", 20) == 0
    (tmp_path / "b/00000.zip").unlink()
    capsys.readouterr()
    assert sample(tmp_path / "a", 20) == sample(tmp_path / "b", 20) == 0
    assert "made 8 pieces" in capsys.readouterr().out
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.mid").touch()
    assert sample(tmp_path / "full", 1) == 1
    assert "holds something else; give -o another name" in capsys.readouterr().err
    assert sample(tmp_path / "made", 1) == 0
    assert sample(tmp_path / "made", 1, "--key", "D major") == 1
    assert "was begun differently (options)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--range", "C9", "C1"], "--range must go from low to high"),
        (["--scheduler", "tcp://127.0.0.1:1"], "no scheduler answers"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    more: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample(tmp_path / "made", 4, *more) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_processes_make_what_a_model_makes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "ALONE", 2)
    model = linnet.load(TINY)
    made = many.pieces(model, 6, 3, workers=Workers(2), bars=2)
    assert made == model.generate(count=6, seed=3, bars=2)
