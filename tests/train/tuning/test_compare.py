"""`linnet-train tuned`: the table of a model before and after, and trouble in one line."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from linnet_train import commands
from linnet_train.evaluation.compare import Measured
from linnet_train.tuning.compare import TunedFigures, rows, table
from tests.train.tunes import write_tunes

TINY = str(Path(__file__).parents[2] / "data" / "tiny.onnx")

BEFORE = TunedFigures(
    model="a",
    sha256="",
    pieces=200,
    bars=32,
    reward=8.0,
    deviation=1.0,
    rewards={"in_key": 0.9},
    mean_adherence=0.85,
    adherence={"key": 0.8, "density": 0.9},
    closes_on_tonic=Measured(0.8, 0.7, 0.9),
    ends_in_time=Measured(0.7, 0.6, 0.8),
    ends_properly=Measured(0.5, 0.4, 0.6),
    degenerate=0.0,
    nats_per_note=1.0,
    range_hit=Measured(0.9, 0.8, 1.0),
    distance=Measured(4.0, 3.0, 5.0),
    auc=Measured(0.9, 0.8, 1.0),
)
BETTER = replace(BEFORE, reward=9.0, mean_adherence=0.9, ends_in_time=Measured(0.97, 0.9, 1.0))


def verdicts(after: TunedFigures) -> dict[str, bool | None]:
    return {name: met for name, _, _, _, met in rows(BEFORE, after) if met is not None}


def test_each_bound_is_met_to_the_digit() -> None:
    assert set(verdicts(BETTER).values()) == {True}
    for change, missed in (
        ({"reward": 8.99}, "mean reward"),
        ({"mean_adherence": 0.899}, "wishes kept"),
        ({"ends_in_time": Measured(0.96, 0.9, 1.0)}, "proper endings, not forced"),
        ({"degenerate": 0.005}, "degenerate"),
        ({"nats_per_note": 1.021}, "held-out nats a note"),
        ({"distance": Measured(4.51, 4, 5)}, "FD16"),
        ({"auc": Measured(0.931, 0.9, 1)}, "classifier AUC"),
    ):
        found = verdicts(replace(BETTER, **change))
        assert [name for name, met in found.items() if not met] == [missed]


def test_columns_are_aligned() -> None:
    lines = table(BEFORE, BETTER).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "200 pieces of 32 bars" in lines[0]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_tunes(folder / "midi", 60)
    command = ["prepare", str(folder / "midi"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*command, "--valid", "0.3", "--test", "0.3"]) == 0
    return folder / "corpus"


def test_the_command_prints_the_table_and_records_it(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reward.toml").write_text('[[reward]]\nname = "in_key"\n')
    record = tmp_path / "quality.json"
    record.write_text('{"frames": 1}')
    command = ["tuned", TINY, TINY, "--reward", str(tmp_path / "reward.toml"), "--against", str(corpus)]
    assert commands.main([*command, "--samples", "20", "--bars", "8", "--record", str(record)]) == 0

    printed = capsys.readouterr().out
    assert re.search(r"\| reward in_key +\| 0\.\d+ +\| 0\.\d+ +\|", printed)
    recorded = json.loads(record.read_text())
    assert recorded["frames"] == 1
    before, after = recorded["tuning"]["before"], recorded["tuning"]["after"]
    assert before == after  # the same model, the same seeds
    assert 0 <= before["mean_adherence"] <= 1
    assert before["bars"] == 8

    assert commands.main([*command, "--record", str(tmp_path / "no/quality.json")]) == 1
    assert "No such folder" in capsys.readouterr().err
