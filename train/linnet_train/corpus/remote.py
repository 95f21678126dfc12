"""Music and corpora at addresses such as s3://bucket/folder, through fsspec; each kind needs its own package.

A corpus is worked on in a folder of this machine, for it is read by mapping it into memory; what is finished
there is put up file by file, corpus.json last.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linnet_train.errors import TrainError


def is_address(place: str | Path) -> bool:
    """Whether it is an address, and not a place on this machine."""
    return isinstance(place, str) and "://" in place


def place(text: str) -> str | Path:
    """An address as it is, anything else as a path: what argparse is to make of an argument."""
    return text if is_address(text) else Path(text)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at an address."""

    name: str
    """Where it is below the address that was given."""

    address: str
    size: int
    version: int
    """Another one, when the file has changed."""


def listing(address: str) -> list[RemoteFile]:
    """The files below an address, by name.

    Raises:
        TrainError: there are none, or nobody answers there.
    """
    with _told(address):
        system, root = _open(address)
        found = system.find(root, detail=True)
    if not found:
        raise TrainError(f"{address}: no such folder, or an empty one")
    files = []
    for path, about in sorted(found.items()):
        marks = [about.get(key) for key in ("ETag", "etag", "md5Hash", "LastModified", "updated", "mtime")]
        mark = hashlib.sha256(repr([mark for mark in marks if mark is not None]).encode()).digest()
        name = path.removeprefix(root.rstrip("/")).lstrip("/")
        version, size = int.from_bytes(mark[:7], "big"), int(about.get("size") or 0)
        files.append(RemoteFile(name, system.unstrip_protocol(path), size, version))
    return files


def read(address: str) -> bytes:
    """What a file holds.

    Raises:
        FileNotFoundError: it is not there, or nobody answers.
    """
    import fsspec

    try:
        with fsspec.open(address, "rb") as file:
            return bytes(file.read())
    except Exception as error:  # each kind of address has its own errors
        raise FileNotFoundError(2, f"{type(error).__name__}: {error}", address) from error


def text(address: str) -> str | None:
    """What a file of text holds; None where there is no such file."""
    try:
        return read(address).decode(errors="replace")
    except FileNotFoundError:
        return None


class Target:
    """Where a corpus goes: a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, paths: Sequence[Path]) -> None:
        """To be called when these files of the folder are written."""

    def remove(self, names: Sequence[str]) -> None:
        """To be called when these files and folders of a corpus are thrown away."""


class Elsewhere(Target):
    """A folder of this machine whose files are put up at an address as they are finished."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        self._address = address.rstrip("/")
        with _told(address):
            self._system, self._root = _open(self._address)

    def fetch(self) -> None:
        """Gets what was put there before."""
        with _told(self._address):
            for path in self._system.find(self._root):
                target = self.folder / path.removeprefix(self._root).lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                self._system.get_file(path, str(target))

    def put(self, paths: Sequence[Path]) -> None:
        with _told(self._address):
            for path in paths:
                name = f"{self._root}/{path.relative_to(self.folder).as_posix()}"
                self._system.makedirs(self._system._parent(name), exist_ok=True)
                self._system.put_file(str(path), name)

    def remove(self, names: Sequence[str]) -> None:
        with _told(self._address):
            for name in names:
                if self._system.exists(f"{self._root}/{name}"):
                    self._system.rm(f"{self._root}/{name}", recursive=True)


@contextmanager
def target(output: str | Path) -> Iterator[Target]:
    """Where a corpus is to be made: at a path, or at an address, with what is there already."""
    if isinstance(output, Path):
        yield Target(output)
        return
    with tempfile.TemporaryDirectory(prefix="linnet-corpus-") as folder:
        elsewhere = Elsewhere(Path(folder, "corpus"), output)
        elsewhere.fetch()
        yield elsewhere


def _open(address: str) -> tuple[Any, str]:  # Any: a file system of fsspec, which has no types
    import fsspec

    system, root = fsspec.core.url_to_fs(address)
    return system, str(root)


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Each kind of address has its own errors; they become one line of ours."""
    try:
        yield
    except TrainError:
        raise
    except (ImportError, ValueError) as error:  # an unknown protocol, or one whose package is not installed
        raise TrainError(f"{address}: {error}") from error
    except Exception as error:
        raise TrainError(f"{address}: {type(error).__name__}: {error}") from error
