"""Files of a corpus or a run, written whole or not at all."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.tools.files import write_whole
from linnet_train.errors import TrainError


def write_json(path: Path, value: object) -> None:
    """Writes JSON for people to read, whole or not at all; TrainError when the disk does not take it."""
    store(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """What a JSON file holds; TrainError when it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainError(f"{path}: damaged: {error}") from error


def store(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; TrainError when the disk does not take it."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise TrainError(f"cannot write {path}: {error.strerror or error}") from error


def store_array(path: Path, values: NDArray[Any]) -> None:
    """Writes an array in numpy's format."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    store(path, buffer.getvalue())
