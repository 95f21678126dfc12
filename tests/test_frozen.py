"""A game frozen by PyInstaller makes the same music where there is no Python, and no linnet."""

import importlib.util
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import linnet
from linnet.engine import library

GAME = """
import sys
import linnet

model = linnet.load()
model.generate(bars=8, seed=7, key="D major", bpm=110).save(sys.argv[1])
stream = model.stream(seed=7)
for frame in range(300):  # five seconds
    for note in stream.advance(1 / 60, budget=None):
        print(frame, note.pitch)
"""
PACKAGE = Path(linnet.__file__).parent


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the frozen game, moved away from where it was made."""
    if not importlib.util.find_spec("PyInstaller"):
        pytest.skip("PyInstaller is not installed")
    work = tmp_path_factory.mktemp("freeze")
    (work / "game.py").write_text(GAME)
    command = [sys.executable, "-m", "PyInstaller", "game.py", "--noconfirm", "--log-level", "WARN"]
    command += ["--exclude-module", "IPython"]  # which setuptools brings by way of Cython where it is
    if not any(point.module == "linnet.__pyinstaller" for point in entry_points(group="pyinstaller40")):
        # linnet was installed before it had the entry point, or is not installed at all
        command += ["--additional-hooks-dir", str(PACKAGE / "__pyinstaller")]
    environment = {**os.environ, "PYINSTALLER_CONFIG_DIR": str(work / "config")}
    done = subprocess.run(
        [*command, "--paths", str(PACKAGE.parent)],
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    if "Python shared library" in done.stdout:
        pytest.skip("this Python was built without a shared library, which PyInstaller needs")
    assert done.returncode == 0, done.stdout
    return (work / "dist" / "game").rename(work / "elsewhere")


def play(tune: Path, *command: str | Path, **environment: str) -> str:
    """Runs a game that writes a tune; returns what it printed."""
    done = subprocess.run(
        [*command, tune.name],
        cwd=tune.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_brings_no_library_for_pictures(game: Path) -> None:
    assert not list(game.rglob("matplotlib*"))


def test_it_plays_the_same_with_nothing_around_it(
    game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = (
        {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if os.name == "nt" else {}
    )  # Windows starts nothing without
    frozen, plain = tmp_path / "frozen.mid", tmp_path / "plain.mid"

    assert (
        play(frozen, game / "game", **needed) == play(plain, sys.executable, "-c", GAME, **os.environ) != ""
    )
    assert frozen.read_bytes() == plain.read_bytes()
    with capsys.disabled():
        print(f"\na frozen game is {size(game) / 1e6:.0f} MB", end=" ")


def test_it_holds_the_library_once_and_not_the_package(game: Path) -> None:
    name = Path(next(library.installed())).name

    assert [path.parent.name for path in game.rglob(name)] == ["linnet"]
    assert not list(game.rglob("onnxruntime_pybind11_state*"))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
