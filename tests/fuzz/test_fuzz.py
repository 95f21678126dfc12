"""A short run of every fuzzer; `python -m tests.fuzz` is the long one."""

from pathlib import Path

import pytest

import linnet
from linnet.engine.engine import Engine
from tests.csrc.sanitize.test_sanitize import run
from tests.fuzz import build, fuzz_core, fuzz_model, fuzz_restore


@pytest.fixture(scope="module")
def leaks(sanitized_core: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The option that looks for leaks, where that can be done."""
    return f"detect_leaks={int(build.sees_leaks(tmp_path_factory.mktemp('leaks'), build.COMPILER))}"


@pytest.mark.parametrize("target", build.TARGETS)
def test_c_holds_what_it_promises_under_any_input(
    target: str, sanitized_core: list[Path], leaks: str, tmp_path: Path
) -> None:
    program = build.with_drive(target, sanitized_core, tmp_path, build.COMPILER)
    done = run(program, "600", "1", cwd=tmp_path, ASAN_OPTIONS=leaks)  # what breaks it is left there

    assert (done.returncode, done.stdout, done.stderr) == (0, "600\n", "")


def test_damaged_streams_are_refused_or_play() -> None:
    assert 20 < fuzz_restore.fuzz(linnet.load(fuzz_model.TINY), 400, 1) < 300


def test_damaged_models_are_refused_or_play() -> None:
    outcomes = fuzz_model.fuzz(60, 1)

    assert outcomes["ModelFormatError"] > 20
    assert outcomes["played"] > 1


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_wrong_arguments_are_exceptions() -> None:
    assert 20 < fuzz_core.fuzz(Engine.open(fuzz_model.TINY), 800, 1) < 700
