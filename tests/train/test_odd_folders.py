"""Folders as people have them: links that lead nowhere, names with dollar signs, consoles of any encoding."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.text
import pytest

from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet_train import commands

PITCHES = (66, 64, 69, 64, 74, 74, 74, 73, 67, 64, 74, 62, 73, 73, 62, 74)


def fill(folder: Path, pieces: int = 4, higher: int = 0) -> Path:
    """So many tunes, each a little different."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(pieces):
        rows = [
            (240 * i, 240, PITCHES[(i * (number + 3)) % 16] + number + higher, 105 - 25 * (i % 4 > 0))
            for i in range(64)
        ]
        Score(tracks=(Track(Notes.of(Note(*row) for row in rows)),)).save(folder / f"t{number}.mid")
    return folder


def prepare(*arguments: object) -> int:
    return commands.main(["prepare", *map(str, arguments), "--workers", "1", "--no-align"])


def rows(corpus: Path) -> dict[str, Any]:
    report = json.loads((corpus / "report.json").read_text(encoding="utf-8"))
    return {str(row["file"]): row for row in report["files"]}


def test_a_link_that_leads_nowhere_costs_itself_alone(tmp_path: Path) -> None:
    folder = fill(tmp_path / "music")
    (folder / "gone.mid").symlink_to("nowhere.mid")
    (folder / "circle.mid").symlink_to("circle.mid")
    fill(folder / "real", 1)
    (folder / "linked").symlink_to(folder / "real")
    assert prepare(folder, "-o", tmp_path / "corpus", "--style-from", "none") == 0
    found = rows(tmp_path / "corpus")
    for name in ("gone.mid", "circle.mid", "linked"):
        assert found[name]["reason"] == "unreadable", found[name]
    assert sum(not row.get("reason") for row in found.values()) >= 4


def test_what_is_odd_about_a_file_that_is_used_stands_in_the_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path / "music")
    (folder / "t0.mid").write_bytes((folder / "t0.mid").read_bytes()[:-60])
    score = Score.open(folder / "t1.mid")
    replace(score, time_signatures=(TimeSignature(0, 11, 8),), source=None).save(folder / "t1.mid")
    assert prepare(folder, "-o", tmp_path / "corpus") == 0
    found = rows(tmp_path / "corpus")
    assert found["t0.mid"]["remark"].startswith("cut short, read as far as it goes: ")
    assert found["t1.mid"]["remark"] == "bars of 11/8 are written as those of other meters"
    assert "remark" not in found["t2.mid"]
    out, error = capfd.readouterr()
    assert "odd, but used: 2 " in out
    assert "cut short" not in error


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_searched_is_a_row(tmp_path: Path) -> None:
    folder = fill(tmp_path / "music")
    (folder / "locked").mkdir(mode=0)
    assert prepare(folder, "-o", tmp_path / "corpus") == 0
    assert rows(tmp_path / "corpus")["locked"]["reason"] == "unreadable"


@pytest.mark.usefixtures("pictures")
def test_names_of_folders_are_text_in_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "Ba$$in")
    fill(tmp_path / "a$b", 3, higher=5)
    fill(tmp_path / "_$x_{$", 2, higher=-7)
    seen: dict[str, bool] = {}
    draw = matplotlib.text.Text.draw

    def watched(self: matplotlib.text.Text, *args: Any, **kwargs: Any) -> None:
        seen[self.get_text()] = self.get_parse_math()
        draw(self, *args, **kwargs)

    monkeypatch.setattr(matplotlib.text.Text, "draw", watched)
    folders = [tmp_path / name for name in ("Ba$$in", "a$b", "_$x_{$")]
    assert prepare(*folders, "-o", tmp_path / "c$or$pus") == 0
    assert {"Ba$$in", "a$b", " _$x_{$"} <= set(seen)
    assert any(text.startswith("c$or$pus") for text in seen)
    assert not any(seen.values())


@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        *(("linnet_train", encoding) for encoding in ("ascii", "cp437", "cp1252", "latin-1", "utf-8")),
        ("linnet_export", "ascii"),
    ],
)
def test_every_console_is_talked_to(tmp_path: Path, command: str, encoding: str) -> None:
    name = str(tmp_path / "鳥é…")
    words = {
        "linnet_train": ["prepare", name, "-o", str(tmp_path / "out")],
        "linnet_export": [name, "-o", str(tmp_path / "out.onnx")],
    }[command]
    environment = os.environ | {"PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", command, *words],
        capture_output=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1
