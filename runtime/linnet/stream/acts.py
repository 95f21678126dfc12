"""What is done to a stream's music at a bar line, as a saved stream has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linnet.stream.segment import Act
from linnet.stream.theme import read_value

__all__ = ["restored"]


def restored(name: str, value: Mapping[str, Any]) -> Act:  # Any: JSON
    """What was saved. ValueError and its kin for damage."""
    if name == "finish":
        bars = value["bars"]
        if type(bars) is not int or not 1 <= bars <= 1000:
            raise ValueError("no end")
        return Act("finish", {"bars": bars})
    if name == "theme":
        return Act("theme", read_value(value))
    if name in ("leave", "back"):
        return Act("leave" if name == "leave" else "back")
    raise ValueError(f"nothing that is done: {name!r}")
