"""What a run writes about itself while it trains: metrics.jsonl, TensorBoard events and loss.png."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from linnet.tools.files import write_whole
from linnet_train.training.tracking import Tracker


class Metrics:
    """Lines of numbers, each with its step."""

    def __init__(self, folder: Path, resume_from: int = 0, tracker: Tracker | None = None) -> None:
        """Continues the records of a folder; what lies behind the step resumed from will happen again."""
        self._tracker = tracker
        self._path = folder / "metrics.jsonl"
        self.lines = [line for line in _read(self._path) if line["step"] <= resume_from]
        write_whole(self._path, "".join(json.dumps(line) + "\n" for line in self.lines).encode())
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=resume_from + 1)

    def add(self, step: int, numbers: Mapping[str, float]) -> None:
        """Records numbers measured at a step."""
        line: dict[str, Any] = {"step": step, **numbers}
        self.lines.append(line)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in numbers.items():
            self._board.add_scalar(name, value, step)
        if self._tracker:
            self._tracker.add(step, numbers)

    def close(self, *, done: bool = True) -> None:
        """Flushes everything to disk; `done` where the run is not to go on."""
        self._board.close()
        if self._tracker:
            self._tracker.close(done=done)


class Silent(Metrics):
    """Of a rank that writes nothing."""

    def __init__(self) -> None:
        self.lines = []

    def add(self, step: int, numbers: Mapping[str, float]) -> None:
        """Nothing."""

    def close(self, *, done: bool = True) -> None:
        """Nothing."""


def _read(path: Path) -> list[dict[str, Any]]:
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break  # a kill may have cut the last line short
    return lines
