"""A model that plays drums, as people time them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import linnet
from linnet.controls.timing import GROUPS, PLACES, Timing

TINY = Path(__file__).parents[1] / "data/tiny.onnx"

PEOPLE = Timing(
    late=tuple(
        tuple(float(4 * group + place % 5 - 8) for place in range(PLACES)) for group in range(len(GROUPS))
    ),
    spread=tuple((14.0,) * PLACES for _ in GROUPS),
    together=0.5,
    carried=0.8,
)
"""As far from the grid as people are, and each group elsewhere."""

KIT = {
    "programs": [], "drums": [36, 38, 42, 46], "tracks": 0, "ranges": {},
    "onsets": {"24": [0, 6, 8, 12, 18], "36": [0, 12, 24]}, "durations": [],
}  # fmt: skip


def timed(folder: Path, people: Timing = PEOPLE, repertoire: dict[str, Any] = KIT) -> linnet.Model:
    """The tiny model, which nobody taught drums, with a repertoire of nothing else."""
    entries = {"linnet.timing": people.entry(), "linnet.repertoire": repertoire}
    added = b"".join(_entry(key, json.dumps(value)) for key, value in entries.items())
    file = folder / "timed.onnx"
    file.write_bytes(TINY.read_bytes() + added)  # what stands behind a protobuf message is added to it
    return linnet.load(file)


def _entry(key: str, value: str) -> bytes:
    """A row of the metadata: field 14 of a ModelProto, whose field 1 is the key and field 2 the value."""
    pair = _field(1, key.encode()) + _field(2, value.encode())
    return _field(14, pair)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    return bytes([value & 127 | 128]) + _varint(value >> 7) if value > 127 else bytes([value])
