"""The machines that a wheel is tried on: this one, and others by qemu's user emulation."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from device_lab import debian, musl
from device_lab.work import StepError, Words, Work

_X86, _ARM64, _ARM32 = "manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "manylinux_2_17_armv7l"
_MUSL_X86, _MUSL_ARM64 = "musllinux_1_2_x86_64", "musllinux_1_2_aarch64"


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor with a system on it."""

    tag: str
    """Platform tag of its wheel."""

    cpu: str = ""
    """qemu's name for the processor; empty: the one at hand."""

    suite: str = ""
    """Debian release, or musl; empty: the system at hand."""

    boards: str = ""
    """Where such a processor is found."""

    environment: tuple[str, ...] = ()
    """NAME=VALUE of what has to be set there."""

    @property
    def numpy_of_debian(self) -> bool:
        """Whether numpy comes from the system, as on a 32-bit board: PyPI has none (piwheels.org has)."""
        return self.tag == _ARM32

    @property
    def name(self) -> str:
        """A file name."""
        return "-".join(filter(None, (self.processor, self.suite, self.cpu or "native")))

    @property
    def musl(self) -> bool:
        """Whether its C library is musl, for which nobody publishes onnxruntime."""
        return self.suite == "musl"

    @property
    def engines(self) -> tuple[str, ...]:
        """What plays models there; linnet's own engine plays wherever linnet does."""
        return ("native",) if self.musl else ("onnxruntime", "native")

    @property
    def extra(self) -> tuple[str, ...]:
        """What is installed beside linnet, and not by it, so that all engines are there."""
        return ("sherpa-onnx-core",) if self.tag == _ARM32 else ()

    @property
    def processor(self) -> str:
        """As in the tag."""
        return re.sub(r"^[a-z]+_\d+_\d+_", "", self.tag)


MACHINES = (
    Machine(_X86, boards="this machine"),
    # The OpenBLAS of numpy 2.4.6 takes the emulated Nehalem for a newer processor, and importing numpy ends
    # in an illegal instruction. linnet asks nothing of OpenBLAS.
    Machine(_X86, "Nehalem", boards="PCs of 2008", environment=("OPENBLAS_CORETYPE=Nehalem",)),
    Machine(_X86, "Haswell", boards="PCs of 2013"),
    Machine(_ARM64, "cortex-a53", "bookworm", "Pi 3, Zero 2 W"),
    Machine(_ARM64, "cortex-a72", "bookworm", "Pi 4"),
    Machine(_ARM64, "cortex-a76", "bookworm", "Pi 5"),
    Machine(_ARM64, "cortex-a72", "trixie", "Pi 4"),
    Machine(_ARM32, "cortex-a7", "bookworm", "Pi 2; 3, 4, Zero 2 W with a 32-bit system"),
    Machine(_ARM32, "cortex-a7", "trixie", "the same"),
    Machine(_MUSL_X86, suite="musl", boards="Alpine on this machine"),
    Machine(_MUSL_ARM64, "cortex-a72", "musl", "Alpine on a Pi 4"),
)

_SYSTEMS = {
    _ARM64: ("arm64", ["python3", "libstdc++6"]),
    _ARM32: ("armhf", ["python3", "libstdc++6", "python3-numpy"]),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A machine that is ready to run programs."""

    machine: Machine
    prefix: tuple[str, ...]
    """What goes before a program's path to run it there."""

    python: Path
    """The system's Python."""

    env: Path
    """A virtual environment for linnet. Machines with the same system share it."""

    def command(self, *words: str | Path) -> Words:
        """A command line that runs Python there, in the virtual environment."""
        return [*self.prefix, self.env / "bin" / "python", *words]


def prepare(work: Work, machine: Machine) -> Place:
    """Fetches the emulator and the system, whatever is missing."""
    if machine.musl:
        python = musl.python(work, machine.processor) / "bin" / f"python{musl.VERSION}"
        start = (*emulator(work, machine.processor), "-cpu", machine.cpu) if machine.cpu else ()
        return Place(machine, start, python, work / "envs" / f"musl-{machine.processor}")
    if not machine.suite:
        env = work / "envs" / "x86_64-native"
        settings = [word for setting in machine.environment for word in ("-E", setting)]
        prefix = (*emulator(work, "x86_64"), "-cpu", machine.cpu, *settings) if machine.cpu else ()
        return Place(machine, prefix, Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"), env)
    architecture, packages = _SYSTEMS[machine.tag]
    name = f"{machine.suite}-{architecture}"
    root = debian.unpack(work, name, machine.suite, architecture, packages)
    pythons = sorted(root.glob("usr/bin/python3.[0-9][0-9]"))
    if not pythons:
        raise StepError(f"{root} has no Python")
    board = debian.board(work, root, machine.cpu)
    qemu = emulator(work, "arm" if architecture == "armhf" else "aarch64")
    return Place(machine, (*qemu, "-cpu", machine.cpu, "-L", str(board)), pythons[0], work / "envs" / name)


def emulator(work: Work, processor: str) -> tuple[str, ...]:
    """An emulator of one kind of processor, with its own libraries around it, whatever this system has."""
    root = debian.unpack(work, "qemu", "bookworm", "amd64", ["qemu-user"])
    libraries = ":".join(str(root / folder / "x86_64-linux-gnu") for folder in ("lib", "usr/lib"))
    loader = root / "lib64" / "ld-linux-x86-64.so.2"
    return str(loader), "--library-path", libraries, str(root / "usr" / "bin" / f"qemu-{processor}")


def this_cpu() -> str:
    """The name of this machine's processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
