"""`linnet-train runs` lists runs with settings, figures and parents."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from linnet_train.commands import main
from linnet_train.network.config import RunConfig
from linnet_train.training import fit
from tests.train.corpora import TINY, corpus, pieces

RUN = RunConfig(steps=1, batch_size=2, chunk=16, valid_every=1, threads=1, device="cpu", practice_every=0)


def test_runs_are_listed_with_what_they_began_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = corpus(pieces(2), pieces(1, first_seed=100))
    first = fit(music, tmp_path / "runs" / "first", TINY, RUN)
    fit(music, tmp_path / "runs" / "deep" / "second", TINY, replace(RUN, seed=5), start=first)
    (tmp_path / "runs" / "other").mkdir()
    (tmp_path / "runs" / "other" / "config.json").write_text("{}")
    assert main(["runs", str(tmp_path / "runs"), "--json", str(tmp_path / "runs.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["run", "begins", "with"]
    assert lines[1].split()[:3] == ["deep/second", "first", "memory"]
    assert "seed 5" in lines[2]
    assert lines[3].startswith("first ")
    found = {row["run"]: row for row in json.loads((tmp_path / "runs.json").read_text())}
    assert found["first"]["parent"] is None
    assert found["first"]["settings"]["hidden_size"] == TINY.hidden_size
    best = json.loads((first / "best.json").read_text())
    assert found["first"]["held_out"] == best["metrics"]["valid"]


def test_a_folder_without_runs_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", str(tmp_path)]) == 1
    assert "there is no run in" in capsys.readouterr().err
    assert main(["runs", str(tmp_path / "nowhere")]) == 1
    assert "no such folder" in capsys.readouterr().err
