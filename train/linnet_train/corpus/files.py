"""Finds MIDI files in folders, and what those folders say about style, origin and licence."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from linnet_train.corpus import remote
from linnet_train.errors import TrainError

Place = str | Path
"""A folder of this machine, or an address such as s3://bucket/folder."""

EXTENSIONS = {".mid", ".midi", ".kar", ".rmi"}

MOST_STYLES = 32
"""Those of fewer files than the 32 largest are none."""


MOST_NAMED = 3
"""Licences and origins of one collection that are named."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A MIDI file."""

    name: str
    """Where it is below the folder that was given, with that folder's name in front if there are several."""

    path: str
    collection: str
    """The folder that stands for its source, and for its style unless its name says another one."""

    size: int
    modified: int
    """Nanoseconds; at an address, what stands for its version."""

    style: str
    """Empty: none."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of music and what it says about itself."""

    name: str
    licence: str
    origin: str


def find(folders: Sequence[Place]) -> list[FoundFile]:
    """All MIDI files below the folders, by name.

    Raises:
        TrainError: a folder is missing, or no file is found.
    """
    found: dict[str, FoundFile] = {}
    labels = _labels(folders)
    for folder, label in zip(folders, labels, strict=True):
        if isinstance(folder, Path):
            files = sorted(_in_folder(folder), key=lambda file: Path(file.path))
        else:
            files = [
                FoundFile(file.name, file.address, "", file.size, file.version, "")
                for file in remote.listing(folder)
                if Path(file.name).suffix.lower() in EXTENSIONS
            ]
        divided = (
            len(folders) == 1 and len({file.name.split("/")[0] for file in files if "/" in file.name}) > 1
        )
        for file in files:
            top, below, _ = file.name.partition("/")
            collection = top if divided and below else label
            name = file.name if len(folders) == 1 else f"{label}/{file.name}"
            # a link in a circle has no other path than its own
            real = os.path.realpath(file.path) if isinstance(folder, Path) else file.path
            found.setdefault(real, replace(file, name=name, collection=collection, style=collection))
    if not found:
        raise TrainError(f"no MIDI files ({', '.join(sorted(EXTENSIONS))}) in {', '.join(map(str, folders))}")
    return sorted(found.values(), key=lambda file: file.name)


def _in_folder(folder: Path) -> Iterator[FoundFile]:
    """The MIDI files below a folder of this machine, by their names in it."""
    if not folder.is_dir():
        raise TrainError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    for path in _midi_files(folder):
        size, modified = _status(path)
        yield FoundFile(path.relative_to(folder).as_posix(), str(path), "", size, modified, "")


def collections(folders: Sequence[Place], files: Sequence[FoundFile]) -> list[Collection]:
    """The collections the files belong to, by name.

    Origin and licence come from a README.md in the folder, if it has lines such as `- Source: where it came
    from` and `- Licence, short: CC0`; else from an index.json, a list with an object for each file, as far as
    these have a `licence` and a `credit` or a `source`.
    """
    by_label = dict(zip(_labels(folders), folders, strict=True))
    names = sorted({file.collection for file in files})
    return [_described(name, by_label.get(name) or _below(folders[0], name)) for name in names]


def with_styles(files: Sequence[FoundFile], pattern: re.Pattern[str] | None) -> list[FoundFile]:
    """The files with what a pattern finds in their names as styles: its first group, or all of it. Where it
    finds nothing they have none; without a pattern none has one.
    """

    def style(name: str) -> str:
        found = pattern and pattern.search(name)
        return (found[1 if found.re.groups else 0] or "") if found else ""

    return [replace(file, style=style(file.name)) for file in files]


def styles(files: Sequence[FoundFile]) -> list[str]:
    """The styles of a corpus: those of the most files, by name."""
    counted = Counter(file.style for file in files if file.style)
    largest = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return sorted(name for name, _ in largest[:MOST_STYLES])


def attribution(folders: Sequence[Place]) -> str:
    """The text of ATTRIBUTION.md in the folders, or in the folder they are in; empty when there is none."""
    texts: dict[str, None] = {}
    for folder in folders:
        above = folder.resolve().parent if isinstance(folder, Path) else folder.rstrip("/").rpartition("/")[0]
        found = (_text(_below(place, "ATTRIBUTION.md")) for place in (folder, above))
        texts |= dict.fromkeys(text for text in found if text is not None)
    return "\n".join(texts)


def _below(folder: Place, name: str) -> Place:
    return folder / name if isinstance(folder, Path) else f"{folder.rstrip('/')}/{name}"


def _text(file: Place) -> str | None:
    """What a file of text holds; None where there is no such file."""
    if isinstance(file, str):
        return remote.text(file)
    return file.read_text("utf-8", errors="replace") if file.is_file() else None


def _status(path: Path) -> tuple[int, int]:
    """Bytes, and when it was changed in nanoseconds; zeros for what cannot be looked at."""
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere: it is read like all others, and the report says what came
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _midi_files(folder: Path) -> Iterator[Path]:
    """The MIDI files, and the folders below that cannot be searched: those too are to be accounted for.

    Links to folders are not followed, for they may lead in circles.
    """
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        yield from (Path(parent, name) for name in names if Path(name).suffix.lower() in EXTENSIONS)
        yield from (path for name in folders if (path := Path(parent, name)).is_symlink())
    for error in unreadable:
        if error.filename is not None and Path(error.filename) != folder:
            yield Path(error.filename)


def _labels(folders: Sequence[Place]) -> list[str]:
    """A short name for each folder; the whole path where two would share one."""
    names = [
        folder.resolve().name if isinstance(folder, Path) else folder.rstrip("/").rpartition("/")[2]
        for folder in folders
    ]
    short = [name or str(folder) for name, folder in zip(names, folders, strict=True)]
    return [
        name if short.count(name) == 1 else str(folder) for name, folder in zip(short, folders, strict=True)
    ]


def _described(name: str, folder: Place) -> Collection:
    text = _text(_below(folder, "README.md")) or ""

    def said(label: str) -> str:
        line = re.search(rf"^- {label}: (.+)$", text, re.MULTILINE)
        return line[1].strip() if line else ""

    listed = _listed(_text(_below(folder, "index.json")) or "")
    licence = said("Licence, short") or said("Licence") or _most_usual(listed, "licence")
    origin = said("Source") or _most_usual(listed, "credit") or _most_usual(listed, "source")
    return Collection(name, licence or "not stated", origin or "not stated")


def _listed(text: str) -> list[dict[str, Any]]:  # Any: JSON
    """The objects of an index of files; none where it is something else."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _most_usual(listed: Sequence[dict[str, Any]], key: str) -> str:
    """What the objects say under a key, the most usual first; of a text with semicolons the first part, which
    is whom all of them name.
    """
    said = Counter(str(each[key]).partition(";")[0].strip() for each in listed if each.get(key))
    usual = [text for text, _ in said.most_common(MOST_NAMED)]
    others = f" and {len(said) - len(usual)} others, per piece" if len(said) > len(usual) else ""
    return ", ".join(usual) + others
