"""Many pieces in a folder: shards of MIDI files, with figures of each piece. What was made is not made again.

- `sample.json`: what was asked for, written first
- `00000.zip`, ..: the MIDI files of so many seeds, and `figures.jsonl`, a line for each
"""

import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linnet import midi
from linnet.model import Model
from linnet_train.errors import TrainError
from linnet_train.evaluation import figures
from linnet_train.sampling.many import Player, Seeds, failed, portions
from linnet_train.storage import read_json, store, write_json
from linnet_train.workers import Failure, Workers

SHARD = 256
"""Pieces in one zip; whatever stops the work costs at most so many."""

FIGURES = "figures.jsonl"

_DAY = (1980, 1, 1, 0, 0, 0)
"""Of all files in a zip, whose bytes then depend on nothing but the pieces."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece that was made."""

    seed: int
    file: bytes
    """MIDI."""

    figures: dict[str, float | None]
    """By name; None where the piece is too short to tell."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes pieces and measures them, in another process."""

    player: Player
    barred: bool

    def __call__(self, seeds: Seeds) -> list[Piece]:
        """The pieces of these seeds."""
        made = []
        for seed, score in enumerate(self.player(seeds), seeds[0]):
            found = {"seconds": float(score.seconds(score.end))}
            if len(score.notes):
                found |= figures.measure(score, barred=self.barred)
            rounded = {name: _number(value) for name, value in found.items()}
            made.append(Piece(seed, midi.dumps(score), {"notes": len(score.notes), **rounded}))
        return made


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.6g}")


class Sampled:
    """A folder of many pieces."""

    def __init__(self, folder: Path, model: Model, seed: int, options: Mapping[str, Any]) -> None:
        """Begins a folder, or goes on with one that was begun with the same.

        Raises:
            TrainError: it holds something else.
        """
        self.folder, self.model, self.seed, self.options = folder, model, seed, dict(options)
        plan = {
            "model": model.info.name,
            "sha256": model.info.sha256,
            "seed": seed,
            "options": {name: repr(value) for name, value in self.options.items() if value is not None},
            "pieces_in_a_shard": SHARD,
        }
        path = folder / "sample.json"
        if path.is_file():
            begun = read_json(path)
            if differs := ", ".join(
                key for key in plan if not isinstance(begun, dict) or begun.get(key) != plan[key]
            ):
                raise TrainError(f"{folder} was begun differently ({differs}); give -o another name")
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise TrainError(f"{folder} holds something else; give -o another name")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(path, plan)
        for part in folder.glob(".*.part"):
            part.unlink()

    def missing_pieces(self, count: int) -> int:
        """How many of so many pieces are still to be made."""
        return sum(self._size(number, count) for number in self._missing(count))

    def make(self, count: int, workers: Workers) -> Iterator[int]:
        """Makes the pieces that are missing.

        Args:
            count: pieces that the folder shall have.
            workers: who makes them.

        Yields:
            How many were made, whenever some were.
        """
        missing = self._missing(count)
        made: dict[int, list[Piece]] = {number: [] for number in missing}
        tasks = (
            seeds
            for number in missing
            for seeds in portions(
                self.seed + number * SHARD,
                self._size(number, count),
                workers.processes if number == missing[-1] else 1,
            )
        )
        barred = self.model.info.time_base == "grid"
        maker = Maker(Player.of(self.model, workers, self.options), barred)
        for seeds, outcome in workers.run(maker, tasks, together=1):
            if isinstance(outcome, Failure):
                raise failed(seeds, outcome)
            number = (seeds[0] - self.seed) // SHARD
            made[number] += outcome
            if len(made[number]) == self._size(number, count):
                self._write(number, sorted(made.pop(number), key=lambda piece: piece.seed))
            yield len(outcome)

    def figures(self) -> Iterator[dict[str, Any]]:  # Any: JSON
        """Of every piece that is there, in the order of their seeds."""
        for path in sorted(self.folder.glob("*.zip")):
            with _opened(path) as shard:
                yield from map(json.loads, shard.read(FIGURES).decode().splitlines())

    def _missing(self, count: int) -> list[int]:
        """The shards of so many pieces that are not there, or not whole."""
        return [
            number for number in range(-(-count // SHARD)) if self._held(number) < self._size(number, count)
        ]

    def _size(self, number: int, count: int) -> int:
        return min(SHARD, count - number * SHARD)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05}.zip"

    def _held(self, number: int) -> int:
        if not self._path(number).is_file():
            return 0
        with _opened(self._path(number)) as shard:
            return len(shard.namelist()) - 1

    def _write(self, number: int, pieces: list[Piece]) -> None:
        name, lines = self.model.info.name, []
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as shard:
            for piece in pieces:
                file = f"{name}-{piece.seed}.mid"
                lines.append(json.dumps({"seed": piece.seed, "file": file, **piece.figures}) + "\n")
                _add(shard, file, piece.file)
            _add(shard, FIGURES, "".join(lines).encode())
        store(self._path(number), buffer.getvalue())


def _add(shard: zipfile.ZipFile, name: str, data: bytes) -> None:
    about = zipfile.ZipInfo(name, _DAY)
    about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    shard.writestr(about, data)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise TrainError(
            f"{path} is damaged ({error}); remove it, and the same command makes it again"
        ) from error
