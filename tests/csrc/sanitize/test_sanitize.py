"""The C core compiles without a warning, and the sanitizers find nothing in it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from linnet import _core
from linnet.engine import library as _library
from tests.fuzz import build
from tests.fuzz.build import COMPILER

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "csrc").rglob("*.c"))
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
# The leak check needs ptrace, which containers forbid; the core never allocates.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0"}

pytestmark = pytest.mark.skipif(not COMPILER, reason="there is no C compiler")


def run(
    *command: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **environment},
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


# ---- linnet's own engine -----------------------------------------------------------------------------------

STEPS = [
    *(ROOT / "csrc" / "native").glob("*.c"),
    ROOT / "csrc" / "rng.c",
    Path(__file__).with_name("steps.c"),
]
EXACT = [*(ROOT / "tests" / "fuzz" / "seeds").glob("*.onnx"), *(ROOT / "tests" / "data").glob("tiny*.onnx")]


def hashes(*program: str | Path) -> dict[str, list[str]]:
    """Of all logits and states of some steps, by the version of the inner loops; a hash for each model."""
    found: dict[str, list[str]] = {}
    for model in EXACT:
        done = run(*program, model, "5", "4", **NO_LEAK_CHECK)
        assert (done.returncode, done.stderr) == (0, "")
        for line in done.stdout.splitlines():
            kernel, number = line.split()
            found.setdefault(kernel, []).append(number)
    return found


def test_every_version_of_the_engine_steps_soundly_and_alike(tmp_path: Path) -> None:
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1"]
    compile_with("-std=c99", *WARNINGS, *sanitizers, *STEPS, "-o", tmp_path / "steps")
    found = hashes(tmp_path / "steps")

    assert list(found) == _core.native_kernels()
    assert all(numbers == found["plain"] for numbers in found.values())
    assert len(set(found["plain"])) == len(EXACT)


@pytest.fixture(scope="module")
def watched_threads(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Flags for ThreadSanitizer, where it works."""
    flags = ["-std=c99", "-fsanitize=thread", "-g", "-O1", "-pthread"]
    folder = tmp_path_factory.mktemp("watched")
    (folder / "nothing.c").write_text("int main(void) { return 0; }")
    nothing = run(*COMPILER, *flags, folder / "nothing.c", "-o", folder / "nothing")
    if nothing.returncode or run(folder / "nothing").returncode:
        pytest.skip("ThreadSanitizer does not work here")
    return flags


def test_threads_that_share_a_model_do_not_meet(watched_threads: list[str], tmp_path: Path) -> None:
    compile_with(*watched_threads, "-DTHREADS=4", *STEPS, "-o", tmp_path / "steps")
    done = run(tmp_path / "steps", ROOT / "tests" / "data" / "tiny.onnx", "5", "40")

    assert (done.returncode, done.stderr) == (0, "")
    assert len({line.split()[1] for line in done.stdout.splitlines()}) == 1


def test_who_writes_a_ring_and_who_reads_it_do_not_meet(watched_threads: list[str], tmp_path: Path) -> None:
    sources = [Path(__file__).with_name("ring.c"), ROOT / "csrc" / "ring.c"]
    compile_with(*watched_threads, *sources, "-o", tmp_path / "ring")
    done = run(tmp_path / "ring")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(
    not (shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64")),
    reason="there is no aarch64-linux-gnu-gcc or no qemu-aarch64 here",
)
@pytest.mark.parametrize(("processor", "versions"), [("cortex-a72", 2), ("cortex-a76", 3)])
def test_it_gives_the_same_bits_on_arm(processor: str, versions: int, tmp_path: Path) -> None:
    command = [
        "aarch64-linux-gnu-gcc",
        "-static",
        "-O3",
        "-std=c99",
        "-ffp-contract=off",
        f"-I{ROOT / 'csrc'}",
    ]
    subprocess.run([*command, *STEPS, "-o", tmp_path / "steps"], check=True, timeout=300)
    compile_with("-std=c99", "-O3", *STEPS, "-o", tmp_path / "here")
    found, here = hashes("qemu-aarch64", "-cpu", processor, tmp_path / "steps"), hashes(tmp_path / "here")

    assert len(found) == versions
    assert all(numbers == here["plain"] for numbers in found.values())
