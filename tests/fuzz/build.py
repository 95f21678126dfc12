"""Builds the fuzzers in C: with libFuzzer where there is clang, else with a driver of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CSRC = HERE.parents[1] / "csrc"
SOURCES = sorted(CSRC.rglob("*.c"))
TARGETS = ("sampler", "tracker", "snapshot", "loop", "native")
_FOUND = [path for path in map(shutil.which, ("cc", "gcc", "clang")) if path]
COMPILER = os.environ.get("CC", "").split() or _FOUND[:1]
"""The command of this machine's C compiler; empty where there is none."""

_FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-g", "-O1", f"-I{CSRC}"]
_FLAGS += [f'-DSEEDS="{HERE / "seeds"}"']
_SANITIZERS = "address,undefined"


def core(folder: Path, compiler: Sequence[str], sanitizers: str = _SANITIZERS) -> list[Path]:
    """The C core with sanitizers in it, which all fuzzers share."""
    subprocess.run([*compiler, *_FLAGS, *_checks(sanitizers), "-c", *SOURCES], cwd=folder, check=True)
    return [folder / f"{source.stem}.o" for source in SOURCES]


def with_drive(target: str, core: Sequence[Path], folder: Path, compiler: Sequence[str]) -> Path:
    """The fuzzer with drive.c: inputs by lot, any C compiler."""
    return _link(target, [*core, HERE / "drive.c"], folder, compiler, _SANITIZERS)


def with_libfuzzer(target: str, folder: Path) -> Path:
    """The fuzzer with clang's libFuzzer, which follows what was reached."""
    sanitizers = f"fuzzer,{_SANITIZERS}"
    return _link(target, SOURCES, folder, ["clang"], sanitizers)


def _checks(sanitizers: str) -> list[str]:
    return [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"]


def _link(target: str, parts: Sequence[Path], folder: Path, compiler: Sequence[str], sanitizers: str) -> Path:
    return link(HERE / f"fuzz_{target}.c", parts, folder / target, compiler, sanitizers)


def link(
    source: Path, parts: Sequence[Path], program: Path, compiler: Sequence[str], sanitizers: str = _SANITIZERS
) -> Path:
    """A program of one source file and the core."""
    libraries = ["-ldl"] if sys.platform == "linux" else []
    subprocess.run(
        [*compiler, *_FLAGS, *_checks(sanitizers), source, *parts, "-o", program, *libraries], check=True
    )
    return program


def sees_leaks(folder: Path, compiler: Sequence[str]) -> bool:
    """Whether LeakSanitizer works here; it needs ptrace, which many containers forbid."""
    source, program = folder / "leak.c", folder / "leak"
    source.write_text(
        "#include <stdlib.h>\nint main(void) { void *volatile p = malloc(9); p = 0; return p != 0; }\n"
    )
    if subprocess.run([*compiler, "-fsanitize=address", source, "-o", program], check=False).returncode:
        return False
    return b"detected memory leaks" in subprocess.run([program], capture_output=True, check=False).stderr
