"""Work that is done and need not be done again: the results of a few hundred files, together in one shard.

Every file appears whole or not at all, and the records come last: a shard with records is whole. It depends
on its MIDI files and the options alone, so a run that was interrupted and goes on ends with the same bytes
as any other.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet_train.corpus.scan import HISTOGRAM, Scanned
from linnet_train.errors import TrainError
from linnet_train.storage import store, store_array

FILES = 256
"""MIDI files in one shard; a kill costs the work on at most this many."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What one file came to: as Scanned, with lengths in place of the arrays."""

    name: str
    reason: str
    detail: str
    sha1: str
    music: str
    notes: int
    seconds: float
    alignment: str
    before: float
    after: float
    tokens: int
    rows: int
    runs: int
    roles: list[int]


def write(folder: Path, number: int, names: Sequence[str], results: Sequence[Scanned]) -> list[Path]:
    """Writes one shard; its files, the records last."""
    used = [result.histogram for result in results if not result.reason]
    arrays = {
        "tokens": np.concatenate([result.tokens for result in results]),
        "wishes": np.concatenate([result.wishes for result in results]),
        "runs": np.concatenate([result.runs for result in results]),
        "late": np.concatenate([result.late for result in results]),
        "histograms": np.stack(used) if used else np.zeros((0, HISTOGRAM), np.uint32),
    }
    written = [_path(folder, number, f"{kind}.npy") for kind in arrays]
    for path, values in zip(written, arrays.values(), strict=True):
        store_array(path, values)
    lines = [
        json.dumps(asdict(_record(name, result))) + "\n" for name, result in zip(names, results, strict=True)
    ]
    written.append(_path(folder, number, "records"))
    store(written[-1], "".join(lines).encode())
    return written


def is_done(folder: Path, number: int) -> bool:
    """Whether the shard is whole."""
    return _path(folder, number, "records").is_file()


def records(folder: Path, number: int) -> list[FileRecord]:
    """What the files of a shard came to."""
    path = _path(folder, number, "records")
    try:
        return [FileRecord(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError, OSError) as error:
        raise TrainError(f"{path} is damaged; prepare again with --fresh") from error


def array(folder: Path, number: int, kind: str) -> NDArray[Any]:  # Any: the dtype depends on the kind
    """One array of a shard: tokens, wishes, runs, late or histograms; memory-mapped."""
    path = _path(folder, number, f"{kind}.npy")
    try:
        mapped: NDArray[Any] = np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError) as error:
        raise TrainError(f"{path} is missing or damaged; prepare again with --fresh") from error
    return mapped


def _path(folder: Path, number: int, ending: str) -> Path:
    return folder / "shards" / f"{number:05}.{ending}"


def _record(name: str, result: Scanned) -> FileRecord:
    return FileRecord(
        name=name,
        reason=result.reason,
        detail=result.detail,
        sha1=result.sha1,
        music=result.music,
        notes=result.notes,
        seconds=result.seconds,
        alignment=result.alignment,
        before=result.before,
        after=result.after,
        tokens=len(result.tokens),
        rows=len(result.wishes),
        runs=len(result.runs),
        roles=list(result.roles),
    )
