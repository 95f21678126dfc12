"""The tensors that lie in an .onnx file, read without the `onnx` package, which only the exporter needs.

An .onnx file is a protocol buffer: fields one after the other, each a number, a kind and a value. Three of
its messages are enough here, ModelProto, GraphProto and TensorProto (onnx/onnx.proto in ONNX's repository).
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _NAME, _RAW = 1, 2, 8, 9
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 10: "<f2"}
"""Of TensorProto.DataType those that a linnet file has."""


def tensors(data: bytes) -> dict[str, NDArray[Any]]:
    """The constants of the graph by name, those of a type that is known here.

    Args:
        data: the whole file.

    Raises:
        ValueError: it is no protocol buffer, or cut short.
    """
    found: dict[str, NDArray[Any]] = {}
    for field, graph in _fields(memoryview(data)):
        if field == _GRAPH and isinstance(graph, memoryview):
            for inner, tensor in _fields(graph):
                if inner == _INITIALIZER and isinstance(tensor, memoryview):
                    found |= _tensor(tensor)
    return found


def _tensor(message: memoryview) -> dict[str, NDArray[Any]]:
    dims, kind, name, raw = list[int](), 0, "", b""
    for field, value in _fields(message):
        if field == _DIMS:
            dims += [value] if isinstance(value, int) else _packed(value)
        elif field == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif field == _NAME and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif field == _RAW and isinstance(value, memoryview):
            raw = bytes(value)
    if kind not in _TYPES or len(raw) != math.prod(dims) * np.dtype(_TYPES[kind]).itemsize:
        return {}
    return {name: np.frombuffer(raw, _TYPES[kind]).reshape(dims)}


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field of a message: its number, and its value where that is a whole number or bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            if kind != 2:
                raise ValueError(f"no protocol buffer: a field of kind {kind}")
            size, place = _varint(message, place)
        if place + size > len(message):
            raise ValueError("the file is cut short")
        if kind == 2:
            yield number, message[place : place + size]
        place += size


def _packed(message: memoryview) -> list[int]:
    values, place = [], 0
    while place < len(message):
        value, place = _varint(message, place)
        values.append(value)
    return values


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A whole number in groups of seven bits, the lowest first, and the place behind it."""
    value = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise ValueError("the file is cut short")
        byte = message[place]
        value, place, shift = value | (byte & 127) << shift, place + 1, shift + 7
        if byte < 128:
            return value, place
