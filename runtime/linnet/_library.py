"""Finds onnxruntime's library and opens it, without importing the Python package of that name.

The loop calls it from C. The package holds the same code a second time, and both would be in memory.
"""

import os
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from linnet import _core
from linnet.errors import ModelError

VARIABLE = "LINNET_ORT_LIBRARY"
"""Environment variable with the path of the library to be used, and no other."""

_PATTERN, _SYSTEM = {
    "win32": ("onnxruntime*.dll", ("onnxruntime.dll",)),
    "darwin": ("libonnxruntime*.dylib", ("libonnxruntime.1.dylib", "libonnxruntime.dylib")),
}.get(sys.platform, ("libonnxruntime.so*", ("libonnxruntime.so.1", "libonnxruntime.so")))
"""The library inside a package, and its names where the system keeps libraries."""

_opening = threading.Lock()


def open_library() -> None:
    """Opens the library, once; ModelError says what to install."""
    with _opening:
        if _core.library_version() is not None:
            return
        # The library of the Linux wheel phones home as soon as it is loaded, unless told not to.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        if chosen := os.environ.get(VARIABLE):
            if reason := _refusal(chosen):
                raise ModelError(f"{VARIABLE} names no library of onnxruntime: {chosen}: {reason}")
            return
        refusals = []
        for path in _installed():
            if not (reason := _refusal(path)):
                return
            refusals.append(f"{path}: {reason}")
        for name in _SYSTEM:
            if not _refusal(name):
                return
        if refusals:
            raise ModelError(
                f"the installed onnxruntime is of no use ({refusals[0]}); "
                "try: pip install --upgrade --force-reinstall onnxruntime"
            )
        raise ModelError("models are run by onnxruntime, which is not installed: pip install onnxruntime")


def _installed() -> Iterator[str]:
    """Libraries inside installed packages: onnxruntime's own, and sherpa-onnx's, which 32-bit ARM has too."""
    for package, folder in (("onnxruntime", "capi"), ("sherpa_onnx", "lib")):
        spec = find_spec(package)  # finds, and does not import
        for root in (spec and spec.submodule_search_locations) or ():
            for path in sorted(Path(root, folder).glob(_PATTERN)):
                if "providers" not in path.name:
                    yield str(path)


def _refusal(path: str) -> str | None:
    """Opens the library, or tells why not."""
    try:
        _core.open_library(path)
    except OSError as error:
        return _reason(Path(path)) or str(error).removeprefix(f"{path}: ")
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
    return "it was built for another kind of processor" if ours != theirs else None


def _elf(path: Path) -> bytes:
    """Word size, byte order and processor of an ELF file; empty for others."""
    with path.open("rb") as file:
        header = file.read(20)
    return header[4:6] + header[18:20] if header.startswith(b"\x7fELF") else b""
