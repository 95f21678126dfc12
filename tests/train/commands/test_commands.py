"""`linnet-train`: from a folder of MIDI to figures, and trouble in one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from linnet_train import commands
from tests.train.tunes import write_tunes

TINY = "--embedding-dim=12 --hidden-size=16 --batch-size=4 --chunk=64 --device=cpu --threads=1"
SETTINGS = TINY.split()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_tunes(folder / "midi", 20)
    command = ["prepare", str(folder / "midi"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*command, "--valid", "0.2", "--test", "0.2"]) == 0
    return folder / "corpus"


def test_the_three_commands_one_after_the_other(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, blind = str(tmp_path / "run"), str(tmp_path / "blind")
    assert commands.main(["fit", str(prepared), "-o", run, "--steps", "6", *SETTINGS]) == 0
    assert commands.main(["fit", str(prepared), "-o", run, "--resume", "--steps", "9"]) == 0
    assert (
        commands.main(
            ["fit", str(prepared), "-o", blind, "--steps", "3", "--inputs", "last-token", *SETTINGS]
        )
        == 0
    )
    assert capsys.readouterr().out.splitlines() == [run, run, blind]
    figures = tmp_path / "figures.json"
    assert commands.main(["evaluate", run, "--against", blind, "--json", str(figures)]) == 0
    assert "nats a token" in capsys.readouterr().out
    assert [len(report["rows"]) for report in json.loads(figures.read_text())] == [2, 1]


def test_a_recipe_gives_settings_and_options_win(prepared: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        "[model]\nembedding_dim = 8\nhidden_size = 8\n[run]\nsteps = 2\nseed = 4\nthreads = 1\n"
    )
    run = tmp_path / "run"
    assert commands.main(["fit", str(prepared), "-o", str(run), "--recipe", str(recipe), "--seed", "5"]) == 0
    saved = json.loads((run / "config.json").read_text())
    assert (saved["model"]["hidden_size"], saved["run"]["steps"], saved["run"]["seed"]) == (8, 2, 5)
    assert saved["corpus"]["sources"][0]["name"]
    assert "valence" not in saved["corpus"]["wishes_trained"]
    assert "key" in saved["corpus"]["wishes_trained"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "nowhere", "-o", "{tmp}/run"], "nowhere"),
        (["fit", "{corpus}", "-o", "{tmp}/run", "--recipe", "no.toml"], "no.toml: No such file"),
        (
            ["fit", "{corpus}", "-o", "{tmp}/run", "--dropout", "2"],
            "dropout must be between 0 and 0.95, got 2.0",
        ),
        (["fit", "{corpus}", "-o", "{tmp}/run", "--resume"], "is not a run"),
        (["fit", "{corpus}", "-o", "{tmp}/run", "--resume", "--inputs", "full"], "leave them out"),
        (["evaluate", "{tmp}"], "is not a run"),
    ],
)
def test_expected_trouble_is_one_line_and_exit_code_1(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert commands.main([part.format(corpus=prepared, tmp=tmp_path) for part in arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("linnet-train: ")
    assert message in captured.err


def test_verbose_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["evaluate", str(tmp_path), "-v"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["fit"], ["fit", "x"], ["fit", "x", "-o", "y", "--steps", "many"], ["sing"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("linnet-train" if arguments else "usage: linnet-train")
    assert not arguments or said.count("\n") == 1


def test_ctrl_c_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("linnet_train.network.config.read_config", interrupted)
    assert commands.main(["evaluate", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "linnet-train: interrupted\n"


HELP = """
import sys
from linnet_train.commands import main
for words in ([], ["prepare"], ["fit"], ["evaluate"], ["report"]):
    try:
        main([*words, "--help"])
    except SystemExit as end:
        assert not end.code
    print("----")
assert "torch" not in sys.modules
"""


def test_help_has_examples_and_needs_no_torch() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = done.stdout.split("----\n")[:-1]
    assert len(pages) == 5
    for page in pages:
        assert "usage: linnet-train" in page
        examples = ("linnet-train fit", "linnet-train evaluate folk", "linnet-train report folk")
        assert "usage: linnet-train prepare" in page or any(example in page for example in examples)
