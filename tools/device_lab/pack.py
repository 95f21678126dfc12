"""Packs wheels again, in as few bytes as the format allows: `python -m device_lab.pack WHEEL ...`

zopfli searches for the shortest stream that whoever reads deflate can read: a twentieth less than zlib's best
for the library. Models would gain a fortieth, and take minutes of it in each wheel: zlib packs them. Folders
need no entries of their own. What is in the files stays as it is.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

_TRIES = 5  # with fifteen, zopfli's default, the library is 14 bytes shorter
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # that a zip file knows: the same files give the same bytes


def pack(wheel: Path) -> None:
    """Replaces a wheel by one with the same files."""
    import zopfli  # whoever looks at wheels, and packs none, does not need it

    packed = wheel.with_suffix(".packed")
    with zipfile.ZipFile(wheel) as old:
        files = [(item, old.read(item)) for item in old.infolist() if not item.is_dir()]
    models = [file for file in files if file[0].filename.endswith(".onnx")]
    with zopfli.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, iterations=_TRIES) as new:
        _write(new, [file for file in files if file not in models])
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        _write(new, models)
    packed.replace(wheel)


def _write(to: zipfile.ZipFile, files: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
    for item, data in files:
        entry = zipfile.ZipInfo(item.filename, _FIRST_DAY)
        entry.external_attr, entry.compress_type = item.external_attr, zipfile.ZIP_DEFLATED
        to.writestr(entry, data, compresslevel=9)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        pack(Path(name))
