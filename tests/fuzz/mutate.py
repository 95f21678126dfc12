"""Damage: bytes and JSON that are a little other than they were."""

from __future__ import annotations

import copy
import json
import random
import struct
from typing import Any

_STRANGE: tuple[Any, ...] = (
    *(None, True, False, "", "x", "AABB", "nan", [], {}, [0], [[0, 0]], [[]], {"a": 0}),
    *(-1, 0, 1, 2, 7, 15, 127, 128, 1000, 1001, 2**31, 2**53, 2**63 - 1, 2**63, -(2**31), -(2**63), 10**30),
    *(0.0, -0.0, 0.5, 1.5, 1e9, 1e300, -1e300, float("nan"), float("inf"), -float("inf")),
)


def other_bytes(dice: random.Random, data: bytes) -> bytes:
    """Bits and bytes changed, left out, doubled, cut off."""
    other = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 5, 40))):
        at = dice.randrange(len(other)) if other else 0
        kind = dice.randrange(8)
        if kind < 2 and other:
            other[at] ^= 1 << dice.randrange(8)
        elif kind < 4 and other:
            other[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        elif kind == 4:
            other[at : at + dice.choice((1, 2, 8))] = struct.pack(
                "<q", dice.choice((2**60, 2**63 - 1, -1, 0, 2**40))
            )
        elif kind == 5:
            del other[at : at + dice.choice((1, 1, 2, 30))]
        elif kind == 6:
            other[at:at] = other[at : at + dice.choice((1, 1, 4, 100))]
        elif dice.random() < 0.2:
            del other[at:]
    return bytes(other)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    places = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            places += _places(value[key])
    return places


def other_json(dice: random.Random, text: bytes | str) -> str:
    """A JSON text with some values changed, left out, doubled."""
    value = json.loads(text)
    if not isinstance(value, dict | list) or not value:
        return json.dumps(dice.choice(_STRANGE))
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        if not (places := _places(value)):
            break
        container, key = dice.choice(places)
        kind = dice.randrange(10)
        if kind == 0:
            del container[key]
        elif kind == 1 and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif kind == 2:
            donor, theirs = dice.choice(places)
            if theirs in donor if isinstance(donor, dict) else theirs < len(donor):
                container[key] = copy.deepcopy(donor[theirs])
        elif kind == 3 and isinstance(container[key], int | float):
            container[key] += dice.choice((-1, 1, -100, 100, 0.5))
        else:
            container[key] = copy.deepcopy(dice.choice(_STRANGE))
    return json.dumps(value)
