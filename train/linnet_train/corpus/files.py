"""Finds MIDI files in folders, and what those folders say about style, origin and licence."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linnet_train.errors import TrainError

EXTENSIONS = {".mid", ".midi", ".kar", ".rmi"}

MOST_STYLES = 32
"""Those of fewer files than the 32 largest are none."""


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
    """Nanoseconds."""

    style: str
    """Empty: none."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of music and what it says about itself."""

    name: str
    licence: str
    origin: str


def find(folders: Sequence[Path]) -> list[FoundFile]:
    """All MIDI files below the folders, by name. TrainError when a folder is missing or no file is found."""
    found: dict[str, FoundFile] = {}
    labels = _labels(folders)
    for folder, label in zip(folders, labels, strict=True):
        if not folder.is_dir():
            raise TrainError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
        paths = sorted(_midi_files(folder))
        tops = {path.relative_to(folder).parts[0] for path in paths if path.parent != folder}
        divided = len(folders) == 1 and len(tops) > 1
        for path in paths:
            relative = path.relative_to(folder)
            collection = relative.parts[0] if divided and len(relative.parts) > 1 else label
            name = relative.as_posix() if len(folders) == 1 else f"{label}/{relative.as_posix()}"
            size, modified = _status(path)
            file = FoundFile(name, str(path), collection, size, modified, collection)
            found.setdefault(
                os.path.realpath(path), file
            )  # a link in a circle has no other path than its own
    if not found:
        raise TrainError(f"no MIDI files ({', '.join(sorted(EXTENSIONS))}) in {', '.join(map(str, folders))}")
    return sorted(found.values(), key=lambda file: file.name)


def collections(folders: Sequence[Path], files: Sequence[FoundFile]) -> list[Collection]:
    """The collections the files belong to, by name.

    Origin and licence come from a README.md in the folder, if it has lines such as `- Source: where it came
    from` and `- Licence, short: CC0`.
    """
    by_label = dict(zip(_labels(folders), folders, strict=True))
    names = sorted({file.collection for file in files})
    return [_described(name, by_label.get(name, folders[0] / name)) for name in names]


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


def attribution(folders: Sequence[Path]) -> str:
    """The text of ATTRIBUTION.md in the folders, or in the folder they are in; empty when there is none."""
    places = [place / "ATTRIBUTION.md" for folder in folders for place in (folder, folder.resolve().parent)]
    texts = dict.fromkeys(place.read_text("utf-8", errors="replace") for place in places if place.is_file())
    return "\n".join(texts)


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


def _labels(folders: Sequence[Path]) -> list[str]:
    """A short name for each folder; the whole path where two would share one."""
    short = [folder.resolve().name or str(folder) for folder in folders]
    return [
        name if short.count(name) == 1 else str(folder) for name, folder in zip(short, folders, strict=True)
    ]


def _described(name: str, folder: Path) -> Collection:
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.is_file() else ""

    def said(label: str) -> str:
        line = re.search(rf"^- {label}: (.+)$", text, re.MULTILINE)
        return line[1].strip() if line else ""

    licence = said("Licence, short") or said("Licence")
    return Collection(name, licence or "not stated", said("Source") or "not stated")
