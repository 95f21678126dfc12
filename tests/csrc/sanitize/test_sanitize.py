"""The C core compiles without a warning, and the sanitizers find nothing in it."""

import os
import subprocess
from pathlib import Path

import pytest

from linnet.engine import library as _library
from tests.fuzz import build
from tests.fuzz.build import COMPILER

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "csrc").rglob("*.c"))
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
# The leak check needs ptrace, which containers forbid; the core never allocates.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0"}

pytestmark = pytest.mark.skipif(not COMPILER, reason="there is no C compiler")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **environment}
    )


def compile_with(*arguments: str | Path) -> None:
    done = run(*COMPILER, f"-I{ROOT / 'csrc'}", "-ffp-contract=off", *arguments)

    assert (done.returncode, done.stderr) == (0, "")


def sanitized(driver: str, core: list[Path], folder: Path) -> Path:
    return build.link(Path(__file__).with_name(f"{driver}.c"), core, folder / driver, COMPILER)


@pytest.fixture(scope="module")
def exercise(sanitized_core: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sanitized("exercise", sanitized_core, tmp_path_factory.mktemp("sanitize"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
@pytest.mark.parametrize("flags", [["-std=c99", "-O3"], ["-std=c11", "-O0"]], ids=" ".join)
def test_compiles_without_a_warning(source: Path, flags: list[str], tmp_path: Path) -> None:
    compile_with(*flags, *WARNINGS, "-c", source, "-o", tmp_path / "out.o")


def test_hostile_input_leaves_memory_and_arithmetic_sound(exercise: Path) -> None:
    done = run(exercise, **NO_LEAK_CHECK)

    assert (done.returncode, done.stdout, done.stderr) == (0, "sound\n", "")


def test_the_sanitizer_sees_a_buffer_that_is_one_byte_short(exercise: Path) -> None:
    done = run(exercise, "short", **NO_LEAK_CHECK)

    assert done.returncode != 0
    assert "heap-buffer-overflow" in done.stderr


def test_playing_a_model_leaves_memory_and_arithmetic_sound(
    sanitized_core: list[Path], tmp_path: Path
) -> None:
    library, model = next(_library.installed()), ROOT / "tests" / "data" / "tiny.onnx"
    done = run(
        sanitized("play", sanitized_core, tmp_path),
        library,
        model,
        ORT_DISABLE_TELEMETRY="1",
        **NO_LEAK_CHECK,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "played\n", "")
