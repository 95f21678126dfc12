"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from os import PathLike
from pathlib import Path


def write_whole(path: str | PathLike[str], data: bytes) -> None:
    """Write `data` under a temporary name in the same folder, then rename it to `path`.

    When anything stops it, a full disk or Ctrl-C included, no new file is left and an old one stays.
    """
    target = Path(os.path.realpath(path))  # through a symlink, as a plain write would go
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            error.filename = os.fspath(path)  # the name that was asked for
        raise
