"""Weights on disk: exact, whole or absent, and never code."""

from pathlib import Path

import pytest
import torch

from linnet_train import storage
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import ModelConfig
from linnet_train.network.network import Network
from tests.train.corpora import TINY


def test_tensors_and_notes_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    tensors = {
        "float": torch.randn(3, 4).t(),  # not contiguous
        "bytes": torch.arange(5, dtype=torch.uint8),
        "long": torch.tensor(7),
    }
    notes = {"step": 3, "metrics": {"valid": 0.1 + 0.2}, "best": None}
    checkpoint.write_tensors(path, tensors, notes)
    found, found_notes = checkpoint.read_tensors(path)
    assert found_notes == notes
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_a_network_comes_back_ready_to_be_evaluated(tmp_path: Path) -> None:
    network = Network(TINY, dropout=0.5, seed=4)
    checkpoint.save_weights(tmp_path, "best", network, {"step": 9})
    found = checkpoint.load_weights(tmp_path, TINY)
    assert not found.training
    assert all(torch.equal(a, b) for a, b in zip(found.parameters(), network.parameters(), strict=True))
    assert storage.read_json(tmp_path / "best.json") == {"step": 9}


def test_the_same_checkpoint_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        checkpoint.save_weights(
            tmp_path, name, Network(TINY, seed=1), {"step": 1, "metrics": {"x": 1, "y": 2}}
        )
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize("damage", [b"", b"\x80\x04\x95pickle", b"half"])
def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path: Path, damage: bytes) -> None:
    checkpoint.save_weights(tmp_path, "best", Network(TINY), {})
    path = tmp_path / "best.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage == b"half" else damage)
    with pytest.raises(TrainError, match=r"best\.safetensors: not a checkpoint, or damaged") as caught:
        checkpoint.load_weights(tmp_path, TINY)
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    checkpoint.save_weights(tmp_path, "best", Network(TINY), {})
    with pytest.raises(TrainError, match="do not fit the settings") as caught:
        checkpoint.load_weights(tmp_path, ModelConfig(embedding_dim=12, hidden_size=17))
    assert "\n" not in str(caught.value)


def test_a_run_without_weights_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"has no best\.safetensors yet"):
        checkpoint.load_weights(tmp_path, TINY)


def test_groups_of_tensors_keep_apart() -> None:
    tensors = {
        **checkpoint.prefixed("a", {"x.y": torch.ones(1)}),
        **checkpoint.prefixed("ab", {"x": torch.zeros(1)}),
    }
    assert set(tensors) == {"a.x.y", "ab.x"}
    assert set(checkpoint.group("a", tensors)) == {"x.y"}
