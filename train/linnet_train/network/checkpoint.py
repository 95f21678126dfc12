"""Weights and progress on disk: safetensors and JSON, never pickle, put in place by a rename.

In a run folder:
- `best.safetensors` and `best.json`: averaged weights with the best held-out loss, and what they scored;
- `last.safetensors` and `last.json`: averaged weights of the last checkpoint;
- `last.optimizer.safetensors`: everything that training needs to go on as if it had never stopped. One
  file, so that a kill at any moment leaves the old one or the new one, never half of each.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from linnet.tools.files import write_whole
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig
from linnet_train.network.network import Network
from linnet_train.storage import write_json

RESUME = "last.optimizer.safetensors"


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, Any]) -> None:
    """Writes tensors, and JSON-able notes about them in the header of the same file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # one entry alone: safetensors writes several in any order, and equal runs shall make equal files
    write_whole(path, save(plain, metadata={"notes": json.dumps(dict(notes))}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and notes of a file made by `write_tensors`."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such checkpoint", str(path))
    try:
        with safe_open(path, framework="pt") as file:
            notes = json.loads((file.metadata() or {}).get("notes", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, notes  # noqa: SIM118 - not a dict
    except (SafetensorError, ValueError) as error:
        raise TrainError(f"{path}: not a checkpoint, or damaged: {error}") from error


def save_weights(folder: Path, name: str, network: Network, notes: Mapping[str, Any]) -> None:
    """Writes `name`.safetensors and `name`.json into a run folder."""
    write_tensors(folder / f"{name}.safetensors", network.state_dict(), notes)
    write_json(folder / f"{name}.json", dict(notes))


def load_weights(folder: Path, config: ModelConfig, name: str = "best") -> Network:
    """The network of a run folder, in evaluation mode (no dropout).

    Args:
        folder: the run.
        config: its shape, from `read_config`.
        name: best or last.

    Raises:
        TrainError: there are no such weights yet, or they have another shape.
    """
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise TrainError(
            f"{folder} has no {path.name} yet: train until the first evaluation of the held-out pieces"
        )
    tensors, _ = read_tensors(path)
    network = Network(config)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise TrainError(f"{path}: these weights do not fit the settings in config.json") from error
    return network.eval()


def prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under longer names, `prefix.name`, to lay several groups into one file."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def group(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that `prefixed` put under this prefix, under their own names."""
    return {
        name.removeprefix(prefix + "."): t for name, t in tensors.items() if name.startswith(prefix + ".")
    }
