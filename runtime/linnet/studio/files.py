"""What the page is made of: its files, and modules of it for who shows a roll elsewhere."""

from __future__ import annotations

import bz2
import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PACKED", "PAGE", "bundled", "files_in"]

PACKED = "page.bz2"
"""What stands for the folder `page` in a wheel: setup.py packs it, to a third of the size."""

PAGE = Path(__file__).parent / "page"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:\{[^}]*\};|(?=(?:async |function|class|const|let)))", re.MULTILINE)


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder called page by name, or those of what it was packed into."""
    if folder.is_dir():
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    packed = json.loads(bz2.decompress(folder.with_name(PACKED).read_bytes()))
    return {name: text.encode() for name, text in packed.items()}


def bundled(files: Mapping[str, bytes], name: str) -> str:
    """A module and all that it imports, one after the other, as a module that imports nothing.

    Only what it exports as default stays exported. No two of them may call two things by one name.
    """
    found: dict[str, str] = {}

    def take(module: str) -> None:
        if module not in found:
            found[module] = ""  # a circle comes back here
            text = files[module].decode()
            for other in _IMPORT.findall(text):
                take(other)
            del found[module]
            found[module] = _EXPORT.sub("", _IMPORT.sub("", text)).strip()

    take(name)
    return "\n".join(found.values())
