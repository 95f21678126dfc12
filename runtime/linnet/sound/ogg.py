"""OGG files after libsndfile has written them: comments of our own, and the same bytes every time.

libsndfile writes a few comments under names of its own, and gives each file a serial number by chance. So
comments of the right length are written there, and changed in place with the checksums of their pages (RFC
3533).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PLACES", "loop_comments", "place_for", "settle"]

PLACES = ("title", "album")
"""Comments that soundfile sets."""

_HEAD = 27
"""Bytes of a page before its table of segments."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def loop_comments(start: int, length: int) -> dict[str, str]:
    """What game engines read: where a loop begins and how long it is, in frames."""
    return {"LOOPSTART": str(start), "LOOPLENGTH": str(length)}


def place_for(name: str, value: str, number: int) -> str:
    """Something as long as the comment will be, under the name of PLACES[number]."""
    return "?" * (len(name) + len(value) - len(PLACES[number]))


def settle(path: Path, comments: Mapping[str, str]) -> None:
    """Writes the comments to where something as long was put, in order, and a serial number of 1."""
    waiting = list(comments.items())
    with path.open("r+b") as file:
        while head := file.read(_HEAD):
            begin = file.tell() - len(head)
            sizes = file.read(head[26])
            page = bytearray(head + sizes + file.read(sum(sizes)))
            for name, value in waiting[:]:
                number = len(comments) - len(waiting)
                place = f"{PLACES[number].upper()}={place_for(name, value, number)}".encode()
                at = page.upper().find(place)
                if at < 0:
                    break
                page[at : at + len(place)] = f"{name}={value}".encode()
                waiting.pop(0)
            page[14:18] = (1).to_bytes(4, "little")
            page[22:26] = bytes(4)
            page[22:26] = _checksum(bytes(page)).to_bytes(4, "little")
            file.seek(begin)
            file.write(page)
    assert not waiting, "libsndfile writes these comments"


def _checksum(page: bytes) -> int:
    """CRC-32 from the highest bit down, from 0: zlib's of bits in reverse."""
    reverse = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reverse:032b}"[::-1], 2)
