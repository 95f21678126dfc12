"""The music of a game as files."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet import bank
from linnet.cli import main
from tests.runtime.test_stream_themes import FANFARE

CUES = """
model = "folk"
key = "D minor"
time_signature = "4/4"
seed = 7
[loop.explore]
bars = 2
bpm = 150
density = 3
[loop.fight]
bars = 2
bpm = 190
[sting.found]
file = "found.mid"
[sting.lost]
bpm = 190
[transition.to-fight]
bars = 1
from = "explore"
to = "fight"
"""


@pytest.fixture(scope="module")
def cues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cues") / "cues.toml"
    path.write_text(CUES)
    FANFARE.save(path.parent / "found.mid")
    return path


@pytest.fixture(scope="module")
def assets(cues: Path) -> Path:
    folder = cues.parent / "assets"
    assert main(["bank", str(cues), "--format", "wav", "-o", str(folder)]) == 0
    return folder


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int64)


def test_a_bank_has_all_cues_and_says_what_they_are(assets: Path) -> None:
    facts = json.loads((assets / "cues.json").read_text())["cues"]
    assert list(facts) == ["explore", "fight", "found", "lost", "to-fight"]
    assert {cue["key"] for cue in facts.values()} == {"D minor"}
    explore, way = facts["explore"], facts["to-fight"]
    assert (explore["kind"], explore["bpm"], explore["bars"]) == ("loop", 150, 2)
    assert explore["seconds"] == pytest.approx(3.2)
    assert explore["seams"] == [0, 1.6]
    assert explore["loop"] == [0, round(3.2 * 44100)]
    assert (way["from"], way["to"], way["bpm"], way["bars"]) == ("explore", "fight", 190, 1)
    for cue in facts.values():
        assert linnet.Score.open(assets / cue["midi"]).notes
        assert all((assets / name).is_file() for name in (cue["file"], *cue["stems"]))


def test_a_loop_is_as_long_as_it_says_and_its_stems_sum_to_it(assets: Path) -> None:
    facts = json.loads((assets / "cues.json").read_text())["cues"]["explore"]
    mix = samples(assets / facts["file"])
    assert len(mix) == 2 * facts["loop"][1]
    total = sum(samples(assets / name) for name in facts["stems"])
    assert np.abs(mix - total).max() <= len(facts["stems"]) + 1


def test_the_same_list_gives_the_same_music(cues: Path, assets: Path) -> None:
    plan = bank.read_plan(cues)
    for made in bank.make(linnet.load(plan.model), plan):
        assert list(made.score.notes) == list(linnet.Score.open(assets / f"{made.cue.name}.mid").notes)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "names no cues"),
        ("x", "is no TOML"),
        ("[loop.a]\nbars = 0", "1 to 1,000 bars"),
        ("[loop.a]\ndensitty = 3", "has no 'densitty'"),
        ("[loop.a]\n[transition.b]\nfrom = 'a'\nto = 'c'", "there are: a"),
        ("[loop.a]\n[sting.a]", "two cues are called a"),
        ("[loop.'a/b']", "letters, digits"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_one_line(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "cues.toml").write_text(text)
    with pytest.raises(ValueError, match=error):
        bank.read_plan(tmp_path / "cues.toml")


def test_nothing_is_written_over_or_by_halves(
    cues: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bank", str(cues), "--format", "wav", "-o", str(assets)]) == 1
    assert "give a new folder" in capsys.readouterr().err
    (tmp_path / "cues.toml").write_text("[sting.a]\nfile = 'none.mid'")
    assert main(["bank", str(tmp_path / "cues.toml"), "-o", str(tmp_path / "new")]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cues.toml"]
