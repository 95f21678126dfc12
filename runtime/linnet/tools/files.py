"""Files that appear whole or not at all, and hashes of what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from linnet._core import sha256

__all__ = ["check_output", "sha256", "whole", "write_whole"]


@contextmanager
def whole(path: str | PathLike[str]) -> Iterator[Path]:
    """A temporary name in the same folder to write to; it is renamed to `path` at the end.

    When anything stops it, a full disk or Ctrl-C included, no new file is left and an old one stays.
    """
    target = Path(os.path.realpath(path))  # through a symlink, as a plain write would go
    # Cut to what a name may have, and nobody else's, for threads may write at once.
    known = target.name.encode(errors="surrogateescape")[:180].decode(errors="ignore")
    temporary = target.with_name(f".{known}.{os.getpid():x}-{os.urandom(6).hex()}.part")
    try:
        yield temporary
        temporary.replace(target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename in (None, os.fspath(temporary)):
            error.filename = os.fspath(path)  # the name that was asked for
        raise


def write_whole(path: str | PathLike[str], data: bytes) -> None:
    """Write `data`, all of it or nothing."""
    with whole(path) as temporary:
        temporary.write_bytes(data)


def check_output(
    output: str | PathLike[str], inputs: Iterable[str | PathLike[str] | None], *, advice: str = ""
) -> None:
    """`ValueError` where a file to be written is one of those that are read, under whatever name."""
    for path in inputs:
        if path is None:
            continue
        try:
            same = Path(output).samefile(path)
        except (OSError, ValueError):  # one of them is not there yet
            same = False
        if same:
            what = "folder" if Path(output).is_dir() else "file"
            words = f"{os.fspath(output)}: is the {what} that is read: give another name"
            raise ValueError(f"{words}, {advice}" if advice else words)
