"""`linnet-train arrange`: folders of tunes in, a folder of pieces for each style out."""

from __future__ import annotations

from pathlib import Path

import pytest

from linnet.music.score import Score
from linnet_train.arranging import STYLES
from linnet_train.commands import main

LINE = [("C5", 1), ("E5", 1), ("G5", 1), ("F5", 0.5), ("D5", 0.5)] * 12


@pytest.fixture
def tunes(tmp_path: Path) -> Path:
    folder = tmp_path / "tunes"
    folder.mkdir()
    for i in range(3):
        Score.from_notes(LINE).transpose(i).save(folder / f"tune-{i}.mid")
    (folder / "broken.mid").write_bytes(b"no music")
    return folder


def test_pieces_lie_in_folders_of_their_styles(
    tunes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["arrange", str(tunes), "-o", str(out), "--times", "2"]) == 0
    assert "6 pieces" in capsys.readouterr().out
    pieces = sorted(out.rglob("*.mid"))
    assert len(pieces) == 6
    assert {path.parent.name for path in pieces} <= set(STYLES)
    assert len({path.parent.name for path in pieces}) == 6  # those first of which there is least
    assert "tunes" in (out / "README.md").read_text("utf-8")
    again = tmp_path / "again"
    assert main(["arrange", str(tunes), "-o", str(again), "--times", "2"]) == 0
    assert [path.read_bytes() for path in sorted(again.rglob("*.mid"))] == [
        path.read_bytes() for path in pieces
    ]


@pytest.mark.parametrize(
    "arguments", [["nowhere"], ["empty"], ["tunes", "--drums", "nowhere"], ["tunes", "--most", "0"]]
)
def test_what_cannot_be_is_said_in_a_line(
    tunes: Path,
    tmp_path: Path,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["arrange", *arguments, "-o", "out"]) != 0
    assert capsys.readouterr().err.count("\n") == 1
    assert not list((tmp_path / "out").rglob("*.mid"))
