"""What may import what (linnet_export -> linnet_train -> linnet), and what is shipped."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "linnet": ROOT / "runtime" / "linnet",
    "linnet_train": ROOT / "train" / "linnet_train",
    "linnet_export": ROOT / "export" / "linnet_export",
}
RUNTIME_NEEDS = {"numpy", "mido", "onnxruntime"}
EXTRAS = {
    "anywidget",
    "traitlets",  # comes with it
    *("fpdf", "link", "matplotlib", "music21", "pygame", "pypdfium2", "pythonosc", "rtmidi", "soundfile"),
    *("starlette", "uvicorn", "verovio"),
}
"""What the runtime uses where it is installed, and only when asked for what needs it."""
WORKSHOP = {"torch", "onnx", "linnet_train", "linnet_export"}


# ---- imports as written ------------------------------------------------------------------------------------


def imported(source: str) -> set[str]:
    """Top-level names of everything a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def imported_by(package: str) -> set[str]:
    sources = [*PACKAGES[package].rglob("*.py"), *PACKAGES[package].rglob("*.pyi")]
    assert sources
    return set().union(*(imported(path.read_text(encoding="utf-8")) for path in sources))


@pytest.mark.parametrize(
    "source",
    ["import torch", "import torch.nn as nn", "from torch.nn import LSTM", "def f():\n    import torch"],
)
def test_every_form_of_import_is_seen(source: str) -> None:
    assert imported(source) == {"torch"}


def test_the_runtime_needs_numpy_mido_onnxruntime_and_nothing_else() -> None:
    later = {"_sha2"}  # part of Python 3.12
    assert imported_by("linnet") - sys.stdlib_module_names - later - {"linnet"} <= RUNTIME_NEEDS | EXTRAS


def test_the_trainer_never_imports_the_exporter() -> None:
    assert not imported_by("linnet_train") & {"linnet_export", "onnx", "onnxruntime"}


# ---- imports as they happen --------------------------------------------------------------------------------


def modules_after(code: str) -> set[str]:
    """Modules that a fresh interpreter holds after running the code."""
    report = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_linnet_is_light() -> None:
    assert not modules_after("import linnet") & (WORKSHOP | {"mido", "onnxruntime"})


def test_using_linnet_imports_neither_torch_nor_onnx() -> None:
    code = """
import importlib, pkgutil
import linnet
for module in pkgutil.walk_packages(linnet.__path__, "linnet."):
    if not module.name.endswith(("__main__", "ui.widget")) and ".studio." not in module.name:  # extras
        importlib.import_module(module.name)
from linnet import codec
from linnet import Note, Notes, Score, Track
score = Score(tracks=(Track(Notes.of([Note(0, 480, 60, 90), Note(480, 480, 64, 90)])),))
assert codec.decode(codec.encode(score)).notes
"""
    modules = modules_after(code)

    assert "linnet" in modules
    assert not modules & (WORKSHOP | EXTRAS)


def test_a_piece_is_made_and_written_without_numpy(tmp_path: Path) -> None:
    """It takes as long to import as all the rest together."""
    tiny, tune = str(ROOT / "tests" / "data" / "tiny.onnx"), str(tmp_path / "tune.mid")
    code = f"""
from linnet.cli import main
main(["generate", {tiny!r}, "--seed", "1", "--bpm", "90", "-o", {tune!r}])
"""
    modules = modules_after(code)

    assert not modules & {"numpy", "mido", "onnxruntime"}
    # Nor what else takes long to import and is not needed.
    assert not modules & {
        "dataclasses",
        "inspect",
        "shutil",
        "tempfile",
        "fractions",
        "statistics",
        "platform",
    }
    assert not modules & {"linnet.stream", "linnet.practice", "linnet.generation.adding", "linnet.cli.jam"}


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    code = """
import linnet
assert "load" in dir(linnet) and not hasattr(linnet, "nothing")
for name in linnet.__all__:
    assert getattr(linnet, name) is not None, name
from linnet import *
assert codec is linnet.codec is linnet.tokens.codec and callable(load)
"""
    assert "linnet.stream" in modules_after(code)


def test_making_music_imports_neither_torch_nor_onnx_nor_onnxruntime(tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    code = f"""
import linnet
model = linnet.load({str(ROOT / "tests" / "data" / "tiny.onnx")!r})
score = model.generate(bars=2, seed=1)
score.save({str(tune)!r})
model.generate(primer=linnet.Score.open({str(tune)!r}), bars=1, seed=1)
"""

    # onnxruntime's library is opened from C; its Python package holds all of it a second time
    assert not modules_after(code) & (WORKSHOP | {"onnxruntime"})
    assert tune.stat().st_size > 0


# ---- what is shipped ---------------------------------------------------------------------------------------


class Release(NamedTuple):
    wheel: Path
    source_names: set[str]
    wheel_names: set[str]
    metadata: Message
    log: str


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A source archive of a clean copy, and the wheel built from that archive."""
    folder = tmp_path_factory.mktemp("release")
    copy, leftovers = folder / "linnet", shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so", "*.pyd")
    copy.mkdir()
    for name in ("csrc", "runtime", "tests", "train", "export"):
        shutil.copytree(ROOT / name, copy / name, ignore=leftovers)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(copy)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        source_names = {name.partition("/")[2] for name in tar.getnames()}
    with zipfile.ZipFile(wheel) as contents:
        wheel_names = set(contents.namelist())
        (metadata,) = (contents.read(name) for name in wheel_names if name.endswith("/METADATA"))
    return Release(wheel, source_names, wheel_names, message_from_bytes(metadata), done.stdout)


def test_the_wheel_holds_the_runtime_alone(release: Release) -> None:
    tops = {name.partition("/")[0] for name in release.wheel_names}

    assert tops == {"linnet", f"linnet-{release.metadata['Version']}.dist-info"}
    assert {Path(name).suffix for name in release.wheel_names if name.startswith("linnet/")} <= {
        ".py", ".pyi", ".typed", ".so", ".pyd", ".onnx", ".bz2"
    }  # fmt: skip


def test_the_wheel_holds_every_runtime_module_with_its_types(release: Release) -> None:
    expected = {
        f"linnet/{path.relative_to(PACKAGES['linnet']).as_posix()}"
        for path in PACKAGES["linnet"].rglob("*.*")
        if path.suffix in (".py", ".pyi", ".typed")
    }

    assert expected <= release.wheel_names


def test_the_wheel_shows_pyinstaller_its_hook(release: Release) -> None:
    with zipfile.ZipFile(release.wheel) as contents:
        (name,) = (name for name in release.wheel_names if name.endswith("/entry_points.txt"))
        entries = contents.read(name).decode()

    assert "[pyinstaller40]\nhook-dirs = linnet.__pyinstaller:get_hook_dirs" in entries
    assert "linnet/__pyinstaller/hook-linnet.py" in release.wheel_names


def test_one_wheel_serves_every_python_from_3_11(release: Release) -> None:
    _, version, python, abi, _platform = release.wheel.stem.split("-", 4)

    assert (version, python, abi) == (release.metadata["Version"], "cp311", "abi3")
    assert release.metadata["Requires-Python"] == ">=3.11"
    extension = "linnet/_core.pyd" if os.name == "nt" else "linnet/_core.abi3.so"
    assert extension in release.wheel_names


def test_the_wheel_asks_for_nothing_but_the_runtime_s_needs(release: Release) -> None:
    asked = [
        requirement
        for requirement in release.metadata.get_all("Requires-Dist", [])
        if "extra ==" not in requirement
    ]

    assert {
        requirement.split(">")[0].split("<")[0].split("!")[0].strip() for requirement in asked
    } == RUNTIME_NEEDS


def test_the_source_archive_holds_all_of_the_core_and_the_tests(release: Release) -> None:
    core = {path.relative_to(ROOT).as_posix() for path in (ROOT / "csrc").rglob("*") if path.is_file()}

    assert core | {"LICENSE", "tests/test_boundaries.py"} <= release.source_names


def test_the_build_has_no_warning_about_the_core(release: Release) -> None:
    warnings = [line for line in release.log.splitlines() if "warning" in line.lower() and "csrc/" in line]

    assert "csrc/sampler.c" in release.log
    assert warnings == []
