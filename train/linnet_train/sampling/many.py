"""Many pieces of a model file, by all cores or by a cluster: the same as the model makes by itself."""

import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from linnet.model import Model
from linnet.music.score import Score
from linnet_train.errors import TrainError
from linnet_train.progress import Progress
from linnet_train.sampling import opened
from linnet_train.workers import Failure, Workers

TOGETHER = 16
"""Pieces that a process makes side by side."""

LAST = 4
"""So many at the least: fewer share too little of the work."""

ALONE = 32
"""So many pieces are made sooner than other processes have begun."""

Seeds = tuple[int, int]
"""The first seed, and how many pieces."""


@dataclass(frozen=True, slots=True)
class Player:
    """What makes pieces in another process: a model, and what is asked of it."""

    name: str
    """Of the model; it stands in each piece."""

    sha256: str
    path: Path | None
    """The model file; None where it is on another machine."""

    options: dict[str, Any]
    """Of `Model.generate`, but for count and seed."""

    data: bytes = field(default=b"", repr=False)
    """What the file holds, for another machine."""

    @classmethod
    def of(cls, model: Model, workers: Workers, options: dict[str, Any]) -> "Player":
        """What plays this model for these workers."""
        path = Path(model.info.source)
        if workers.scheduler is None:
            return cls(model.info.name, model.info.sha256, path.resolve(), options)
        return cls(model.info.name, model.info.sha256, None, options, path.read_bytes())

    def __call__(self, seeds: Seeds) -> list[Score]:
        """The pieces of these seeds."""
        first, count = seeds
        return _model(self).generate(count=count, **{**self.options, "seed": first})

    def __hash__(self) -> int:
        return hash((self.name, self.sha256))


@lru_cache(maxsize=1)
def _model(player: Player) -> Model:
    if player.path is not None:
        return opened.load(player.path)
    with tempfile.TemporaryDirectory(prefix="linnet-model-") as folder:
        file = Path(folder, f"{player.name}.onnx")
        try:
            file.write_bytes(player.data)
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror} on {socket.gethostname()}", str(file)) from error
        return opened.load(file)


def portions(first: int, count: int, processes: int = 1) -> Iterator[Seeds]:
    """The seeds first, first + 1 .. in portions that are made together.

    The last ones of several processes get smaller and smaller (guided self-scheduling, Polychronopoulos and
    Kuck 1987): they end at about the same time, and none has long to wait for the others.
    """
    made = 0
    while made < count:
        fair = max((count - made) // (2 * processes), LAST) if processes > 1 else TOGETHER
        size = min(TOGETHER, fair, count - made)
        yield first + made, size
        made += size


def failed(seeds: Seeds, failure: Failure) -> TrainError:
    """What is said where pieces are not made."""
    first, count = seeds
    return TrainError(f"the pieces of seeds {first} to {first + count - 1} were not made: {failure.reason}")


def pieces(
    model: Model,
    count: int,
    seed: int,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> list[Score]:
    """What `model.generate(count=count, seed=seed, **options)` gives, made by all cores.

    Args:
        model: plays.
        count: pieces.
        seed: of the first one; the others follow.
        workers: who makes them; None: the cores of this machine.
        progress: called with the share that is made.
        options: of `Model.generate`.
    """
    workers = workers or Workers.here()
    if workers.scheduler is None and (workers.processes == 1 or count <= ALONE):

        def share(done: int, total: int) -> None:
            if progress:
                progress(done / total)

        return model.generate(count=count, seed=seed, progress=share, **options)
    made: dict[int, list[Score]] = {}
    tasks = portions(seed, count, workers.processes)
    for seeds, outcome in workers.run(Player.of(model, workers, options), tasks, together=1):
        if isinstance(outcome, Failure):
            raise failed(seeds, outcome)
        made[seeds[0]] = outcome
        if progress:
            progress(sum(map(len, made.values())) / count)
    return [score for first in sorted(made) for score in made[first]]
