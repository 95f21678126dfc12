"""Steps of linnet's own engine, without Python, on more processors than wheels are made for.

zig compiles csrc/native and tests/csrc/sanitize/steps.c into one program for each architecture, as the wheels
are compiled. It takes steps of every packaged model in each version of the inner loops that the processor
runs; the hash of all logits and states has to be the one of plain C on this machine.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device_lab import debian, machines, table
from device_lab.table import Cell
from device_lab.work import ROOT, Result, StepError, Words, Work

_ROWS, _STEPS = "3", "2"
_NATIVE = ROOT / "csrc/native"
_SOURCES = (ROOT / "csrc/rng.c", ROOT / "tests/csrc/sanitize/steps.c")
_FLAGS = ("-O3", "-std=c99", "-ffp-contract=off", "-fno-trapping-math", f"-I{ROOT / 'csrc'}")
_MODELS = sorted((ROOT / "runtime/linnet/models").glob("*.onnx"))


@dataclass(frozen=True, slots=True)
class Architecture:
    """What one program runs on. musl is its C library: the whole of that is one small package."""

    name: str
    """As musl's loader is called."""

    debian: str
    cpus: tuple[str, ...]
    """qemu's names of the processors that are tried; empty text: the one at hand."""

    abi: str = "musl"
    suite: str = "bookworm"
    flags: tuple[str, ...] = ()
    neon: tuple[str, ...] = ()
    """Flags of neon.c alone."""

    zig: str = ""
    """What zig calls it, where that is another name."""

    qemu: str = ""
    """What qemu calls it, where that is another name."""


ARCHITECTURES = (
    Architecture("x86_64", "amd64", ("", "Nehalem", "Haswell")),
    Architecture("i386", "i386", ("pentium3",), zig="x86"),
    Architecture("aarch64", "arm64", ("cortex-a53", "cortex-a72", "cortex-a76")),
    Architecture(
        "armhf", "armhf", ("cortex-a7",), "musleabihf",
        flags=("-mcpu=baseline-neon-d32", "-DLINNET_NEON=1"), neon=("-mfpu=neon",), zig="arm", qemu="arm",
    ),
    Architecture("riscv64", "riscv64", ("rv64",), suite="trixie"),
)  # fmt: skip


def run(work: Work) -> int:
    """Prints the table; 1 when a hash is another one."""
    rows, expected = [], ""
    for architecture in ARCHITECTURES:
        for cpu in architecture.cpus:
            try:
                found = work.once(
                    f"steps-{architecture.name}-{cpu or 'native'}",
                    [architecture, cpu, _NATIVE, *_SOURCES, *_MODELS, Path(__file__)],
                    partial(_try, work, architecture, cpu),
                )
            except StepError as error:
                rows.append((architecture.name, cpu, "", Cell(False, str(error))))
                continue
            expected = expected or found["hashes"]["plain"]
            equal = [name for name, told in found["hashes"].items() if told == expected]
            text = f"{len(equal)} of {len(found['hashes'])}, {len(expected)} models"
            cell = Cell(len(equal) == len(found["hashes"]), text)
            rows.append((architecture.name, cpu or machines.this_cpu(), ", ".join(found["hashes"]), cell))
    print(table.markdown(("program", "processor", "versions of the inner loops", "equal hashes"), rows))
    return 0 if all(row[-1].ok for row in rows) else 1


def _try(work: Work, architecture: Architecture, cpu: str) -> Result:
    name = f"steps-{architecture.name}-{cpu or 'native'}"
    root = debian.unpack(
        work, f"musl-{architecture.debian}", architecture.suite, architecture.debian, ["musl"]
    )
    loader = root / "lib" / f"ld-musl-{architecture.name}.so.1"
    program = _compile(work, architecture)
    emulator = machines.emulator(work, architecture.qemu or architecture.name)
    start: Words = [*emulator, "-cpu", cpu] if cpu else []
    hashes: dict[str, list[str]] = {}
    for model in _MODELS:
        for line in work.run(name, [*start, loader, program, model, _ROWS, _STEPS]).splitlines():
            version, number = line.split()
            hashes.setdefault(version, []).append(number)
    return {"hashes": hashes}


def _compile(work: Work, architecture: Architecture) -> Path:
    folder, name = work / "steps" / architecture.name, f"steps-{architecture.name}"
    folder.mkdir(parents=True, exist_ok=True)
    target = f"{architecture.zig or architecture.name}-linux-{architecture.abi}"
    compiler: Words = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-dynamic"]
    compiler += [*_FLAGS, *architecture.flags]
    env = {"ZIG_GLOBAL_CACHE_DIR": str(work / "zig")}
    neon, program = folder / "neon.o", folder / "steps"
    work.run(name, [*compiler, *architecture.neon, "-c", _NATIVE / "neon.c", "-o", neon], env=env)
    rest = sorted(path for path in _NATIVE.glob("*.c") if path.name != "neon.c")
    work.run(name, [*compiler, *rest, *_SOURCES, neon, "-o", program], env=env)
    return program
