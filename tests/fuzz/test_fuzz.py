"""A short run of every fuzzer; `python -m tests.fuzz` is the long one."""

from pathlib import Path

import pytest

import linnet
from linnet.engine.engine import Engine
from tests.csrc.sanitize.test_sanitize import COMPILER, run
from tests.fuzz import build, fuzz_core, fuzz_model, fuzz_restore


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    if not COMPILER:
        pytest.skip("there is no C compiler")
    return build.core(tmp_path_factory.mktemp("core"), COMPILER)


@pytest.mark.parametrize("target", build.TARGETS)
def test_c_holds_what_it_promises_under_any_input(target: str, core: list[Path], tmp_path: Path) -> None:
    program = build.with_drive(target, core, tmp_path, COMPILER)
    leaks = int(build.sees_leaks(tmp_path, COMPILER))
    done = run(program, "600", "1", ASAN_OPTIONS=f"detect_leaks={leaks}")

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
