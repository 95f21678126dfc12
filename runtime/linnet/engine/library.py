"""Finds onnxruntime's library and opens it, without importing the Python package of that name.

The loop calls it from C. The package holds the same code a second time, and both would be in memory.
"""

import os
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from linnet import _core
from linnet.errors import ModelError
from linnet.tools.quiet import hushed

VARIABLE = "LINNET_ORT_LIBRARY"
"""Environment variable with the path of the library to be used, and no other."""

_PATTERN, _SYSTEM = {
    "win32": ("onnxruntime*.dll", ("onnxruntime.dll",)),
    "darwin": ("libonnxruntime*.dylib", ("libonnxruntime.1.dylib", "libonnxruntime.dylib")),
}.get(sys.platform, ("libonnxruntime.so*", ("libonnxruntime.so.1", "libonnxruntime.so")))
"""The library inside a package, and its names where the system keeps libraries."""

_PACKAGES = (("onnxruntime", "capi"), ("sherpa_onnx", "lib"))
"""Packages that hold a library, and in which of their folders; 32-bit ARM has only the second."""

_opening = threading.Lock()
_opened = ""


def open_library() -> str:
    """Opens the library, once, and returns its path, or its name where the system finds it by name.

    ModelError says what to install, MemoryError that there is too little memory.
    """
    global _opened
    with _opening:
        if not _opened:
            # The library of the Linux wheel phones home as soon as it is loaded, unless told not to.
            os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
            _opened = _open()
    return _opened


def _open() -> str:
    if chosen := os.environ.get(VARIABLE):
        if reason := _refusal(chosen):
            raise ModelError(f"{VARIABLE} names no library of onnxruntime: {chosen}: {reason}; {remedy()}")
        return chosen
    refusals = []
    for path in installed():
        if not (reason := _refusal(path)):
            return path
        refusals.append(f"{path}: {reason}")
    for name in _of_the_system():
        with hushed():
            reason = _refusal(name)
        if not reason:
            return name
        if Path(name).exists():  # others were a guess
            refusals.append(f"{name}: {reason}")
    if refusals:
        raise ModelError(f"the installed onnxruntime is of no use ({refusals[0]}); {remedy(again=True)}")
    if gone := _gone():
        raise ModelError(
            f"models are run by onnxruntime, and the files of {gone} are gone; {remedy(again=True)}"
        )
    raise ModelError(f"models are run by onnxruntime, which is not installed; {remedy()}")


def _gone() -> str:
    """A package that pip believes to be there, and so would not install; empty when there is none.

    onnxruntime-gpu shares its folder with onnxruntime, and takes it along when it is removed.
    """
    from importlib.metadata import PackageNotFoundError, version

    for name in ("onnxruntime", "sherpa-onnx-core"):
        with suppress(PackageNotFoundError):
            return f"{name} {version(name)}"
    return ""


def installed() -> Iterator[str]:
    """Libraries that were put beside linnet, as frozen apps have it, and those in installed packages."""
    folders = [Path(_core.__file__).parent]
    for package, folder in _PACKAGES:
        spec = find_spec(package)  # finds, and does not import
        folders += [Path(root, folder) for root in (spec and spec.submodule_search_locations) or ()]
    for place in folders:
        for path in sorted(place.glob(_PATTERN)):
            if "providers" not in path.name:
                yield str(path)


def _of_the_system() -> Iterator[str]:
    yield from _SYSTEM
    if multiarch := sysconfig.get_config_var("MULTIARCH"):
        # Debian knows its library by its full version only
        yield from map(str, sorted(Path("/usr/lib", multiarch).glob("libonnxruntime.so.*"), reverse=True))


def remedy(*, again: bool = False) -> str:
    """What to do on this machine to have onnxruntime, or to have it whole `again`."""
    if os.environ.get(VARIABLE):
        return f"unset {VARIABLE} to use the one that is installed"
    import platform  # only who lacks something waits for it

    # A 32-bit Raspberry Pi OS has a 64-bit kernel, so the machine's name does not tell
    machine, wide = platform.machine().lower(), sys.maxsize > 2**32
    pip = "to mend it: pip install --upgrade --force-reinstall" if again else "to add it: pip install"
    if sys.platform == "linux" and "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        return "on Alpine 3.24 or newer: apk add onnxruntime"
    if sys.platform == "linux" and not wide and machine in ("armv7l", "armv8l", "aarch64"):
        return f"{pip} sherpa-onnx-core"
    if sys.platform == "darwin" and machine == "x86_64":
        return f"{pip} 'onnxruntime<1.24'"
    if wide and machine in ("x86_64", "amd64", "aarch64", "arm64"):
        return f"{pip} onnxruntime"
    return (
        f"there is no wheel of it for this {machine or 'machine'}: install your system's package (on Debian "
        f"13 libonnxruntime1.21), or build it and give the path of the library in {VARIABLE}"
    )


def _refusal(path: str) -> str | None:
    """Opens the library, or tells why not."""
    try:
        _core.open_library(path)
    except OSError as error:
        words = str(error).removeprefix(f"{path}: ")
        if reason := _reason(Path(path)):
            return reason
        if "failed to map segment" in words or "annot allocate memory" in words:
            raise MemoryError(f"there is not enough memory to open {path}") from error
        return words
    return None


def _reason(path: Path) -> str | None:
    """What the loader of the system says badly or not at all."""
    if not path.exists():
        return "there is no such file"
    if not path.is_file():
        return "it is not a file"
    ours, theirs = _elf(Path(_core.__file__)), _elf(path)
    if ours and not theirs:
        return "it is not a library"
    if ours != theirs:
        return "it was built for another kind of processor"
    if hasattr(os, "ST_NOEXEC") and os.statvfs(path).f_flag & os.ST_NOEXEC:
        return "it lies in a file system from which nothing may be run (mounted noexec)"
    return None


def _elf(path: Path) -> bytes:
    """Word size, byte order and processor of an ELF file; empty for others."""
    with path.open("rb") as file:
        header = file.read(20)
    return header[4:6] + header[18:20] if header.startswith(b"\x7fELF") else b""
