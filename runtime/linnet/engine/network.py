"""Which engine plays a network: onnxruntime, or linnet's own.

linnet's own plays exact models, those that `linnet-export` writes unless told otherwise, with the same bits.
"""

import os
from collections.abc import Mapping
from mmap import mmap
from typing import TYPE_CHECKING, Literal, TypeGuard

from linnet import _core
from linnet.errors import ModelError, ModelFormatError
from linnet.tools.lazy import later

if TYPE_CHECKING:
    from linnet.engine import library
else:
    library = later("linnet.engine.library")

EngineName = Literal["auto", "onnxruntime", "native"]

ENGINES: tuple[EngineName, ...] = ("auto", "onnxruntime", "native")
"""What may be asked for; "auto" is onnxruntime wherever it can be opened, and linnet's own elsewhere."""

VARIABLE = "LINNET_ENGINE"
"""Environment variable that says what "auto" is to mean."""

KERNEL = "native.kernel"
"""The one setting of linnet's own engine: which of `_core.native_kernels()` it computes with. For tests."""

Network = _core.Session | _core.Native


def open_network(
    data: bytes | mmap,
    *,
    source: str,
    engine: EngineName = "auto",
    threads: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Network:
    """Opens a network from the bytes of its ONNX file.

    Args:
        data: The whole file, as bytes or mapped into memory.
        source: What the file is called in errors.
        engine: One of `ENGINES`.
        threads: How many share the work of a step; linnet's own engine always takes one.
        settings: Session settings of onnxruntime, by key.

    Raises:
        ValueError: For an unknown engine, and settings of onnxruntime for linnet's own.
        ModelFormatError: For data that are no network, or a damaged one.
        ModelError: Where the engine is not here, or does not play such a model.
    """
    chosen = _chosen(engine)
    if not data:
        raise ModelFormatError(f"{source}: the file is empty")
    if chosen == "native":
        return _native(data, source, settings)
    try:
        library.open_library()
    except ModelError as error:
        if chosen == "onnxruntime" or os.environ.get(library.VARIABLE):
            raise
        return _native(data, source, None, missing=str(error))
    # Threads that wait by spinning take the CPU from the game around us.
    told = {"session.intra_op.allow_spinning": "0", **(settings or {})}
    try:
        return _core.Session(data, threads=threads, settings=told)
    except ModelError as error:
        raise _damaged(source, error) from error


def engine_of(network: Network) -> EngineName:
    """What would open it again in the same way."""
    return "native" if isinstance(network, _core.Native) else "onnxruntime"


def _chosen(engine: str) -> EngineName:
    if not _is_name(engine):
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    told = os.environ.get(VARIABLE)
    if engine != "auto" or not told:
        return engine
    if not _is_name(told):
        raise ModelError(f"{VARIABLE} must be one of {', '.join(ENGINES)}, and is {told!r}")
    return told


def _is_name(engine: str) -> TypeGuard[EngineName]:
    return engine in ENGINES


def _native(
    data: bytes | mmap, source: str, settings: Mapping[str, str] | None, *, missing: str = ""
) -> _core.Native:
    """`missing`: why it is not onnxruntime that opens it."""
    given = dict(settings or {})
    kernel = given.pop(KERNEL, None)
    if given:
        raise ValueError(f"settings are onnxruntime's, and linnet's own engine has none: {', '.join(given)}")
    if kernel is not None and kernel not in _core.native_kernels():
        raise ValueError(f"{KERNEL} must be one of {', '.join(_core.native_kernels())}, got {kernel!r}")
    try:
        return _core.Native(data, kernel=kernel, mapped=isinstance(data, mmap))
    except ValueError as error:
        why = f"linnet's own engine plays exact models only, and in this one {error}"
        raise ModelError(f"{source}: {missing or 'it needs onnxruntime'}; {why}") from error
    except ModelError as error:
        raise _damaged(source, error) from error


def _damaged(source: str, error: ModelError) -> ModelFormatError:
    return ModelFormatError(f"{source}: not a model file, or a damaged one: {error}")
