"""`linnet shape` as a user meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from linnet import Note, Notes, Score, Track, cli, shape


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where there is a scale in eighths, `in.mid`."""
    monkeypatch.chdir(tmp_path)
    notes = [Note(240 * i, 240, 60 + i, 80) for i in range(16)]
    Score(480, (Track(Notes.of(notes), program=73, name="flute"),), texts=("mine",)).save("in.mid")
    return tmp_path


def test_shape_is_the_python_functions_in_the_documented_order(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "--humanise 0.5 --seed 7 --swing 0.6 --ritardando 1 --range C3 C5 --scale dorian:0.5"
    assert cli.main(["shape", "in.mid", "-o", "out.mid", *options.split()]) == 0

    score = Score.open("in.mid")
    score = shape.snap(score, scale="dorian", strength=0.5)
    score = shape.fold(score, low="C3", high="C5")
    score = shape.swing(score, strength=0.6)
    score = shape.humanise(score, seed=7, strength=0.5)
    shape.ritardando(score).save("python.mid")
    assert (folder / "out.mid").read_bytes() == (folder / "python.mid").read_bytes()
    assert capsys.readouterr().out == (
        "out.mid: 2 bars, 5.5 s, 16 notes, 4/4, 118.5 bpm at first; scale dorian:0.5, range C3 to C5, "
        "swing 0.6, humanise 0.5 (seed 7), ritardando 1\n"
    )


def test_every_function_has_its_option(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = {"quantise": "quantise 1/8", "snap": "scale D", "fold": "range 40 80", "humanise": "humanise 0.5"}
    steps = [named.get(name, f"{name} 0.5") for name in shape.__all__]
    options = [word for step in steps for word in ("--" + step).split()]
    assert cli.main(["shape", "in.mid", "-o", "out.mid", *options, "--seed", "1"]) == 0

    said = capsys.readouterr().out.strip().partition("; ")[2]
    assert said.replace(" (seed 1)", "").replace(" to ", " ") == ", ".join(steps)


def test_a_new_seed_is_told_so_that_it_can_be_used_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["shape", "in.mid", "-o", "out.mid", "--humanise", "1"])
    seed = capsys.readouterr().out.rpartition("seed ")[2].rstrip(")\n")
    cli.main(["shape", "in.mid", "-o", "again.mid", "--humanise", "1", "--seed", seed])

    assert (folder / "out.mid").read_bytes() == (folder / "again.mid").read_bytes()


def test_a_file_may_be_shaped_in_place_if_that_is_asked(folder: Path) -> None:
    assert cli.main(["shape", "in.mid", "-o", "in.mid", "--close", "1", "--key", "C major"]) == 1
    arguments = ["shape", "in.mid", "-o", "in.mid", "--overwrite", "--close", "1", "--key", "C major"]
    assert cli.main(arguments) == 0

    assert Score.open("in.mid").bars == 3
    assert Score.open("in.mid").texts == ("mine",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("in.mid -o out.mid", "nothing to do"),
        ("in.mid -o out.mid --swing 2", "swing must be between 0 and 1, got 2"),
        ("in.mid -o out.mid --swing nan", "swing must be between 0 and 1, got nan"),
        ("in.mid -o out.mid --humanise 1 --seed -1", "seed must be between 0 and"),
        ("in.mid -o out.mid --seed 1", "there is none without --humanise"),
        ("in.mid -o out.mid --key Am", "ask for it with --close"),
        ("in.mid -o out.mid --close 1 --key H", "a note is a letter"),
        ("in.mid -o out.mid --scale Q", "a note is a letter"),
        ("in.mid -o out.mid --scale D:half", "after the colon comes a strength"),
        ("in.mid -o out.mid --scale D:2", "strength must be between 0 and 1, got 2"),
        ("in.mid -o out.mid --quantise 17", "grid must be a share of a whole note"),
        ("in.mid -o out.mid --range C4 E4", "must hold all twelve notes"),
        ("in.mid -o out.mid --range C4 X", "pitch"),
        ("in.mid -o out.wav --swing 1", "must end in .mid"),
        ("none.mid -o out.mid --swing 1", "none.mid"),
        ("broken.mid -o out.mid --swing 1", "broken.mid"),
    ],
)
def test_bad_input_is_one_line_and_no_file(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    (folder / "broken.mid").write_bytes(b"RIFF, no MIDI")
    assert cli.main(["shape", *arguments.split()]) == 1

    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"in.mid", "broken.mid"}


def test_help_needs_neither_numpy_nor_the_functions() -> None:
    code = """
import sys
from linnet.cli import main
try:
    main(["shape", "--help"])
except SystemExit:
    print("numpy" in sys.modules, "linnet.shape" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.splitlines()[-1] == "False False"
    assert "linnet shape in.mid -o out.mid --swing 0.6" in done.stdout
