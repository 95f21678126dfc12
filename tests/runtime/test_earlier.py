"""A model file of before there were as many features plays as it did: its network reads the first columns."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.tokens import features

EARLIER = Path(__file__).parents[1] / "data" / "earlier.onnx"
"""tiny.onnx as it was made before there were `to_bar_line` and what follows."""


@pytest.mark.parametrize(
    ("settings", "midi"),
    [
        ({}, "023e51fb44c4262750bcd62a96282a88a95be36946d0b023454e5c24e3bf2e7e"),
        ({"guidance": 1.5}, "4e271d2c26a32bc464ffd88a00402850636bbe7ce21870f2f9ebe8298f2ee7d4"),
    ],
)
def test_it_plays_as_it_did(settings: dict[str, Any], midi: str, tmp_path: Path) -> None:
    model = linnet.load(EARLIER)
    model.generate(bars=16, seed=7, **settings).save(tmp_path / "tune.mid")

    assert hashlib.sha256((tmp_path / "tune.mid").read_bytes()).hexdigest() == midi


def test_its_features_are_the_first_of_these() -> None:
    theirs = linnet.load(EARLIER).info.features

    assert theirs["width"] < features.WIDTH
    assert theirs["families"] == features.table()["families"][: len(theirs["families"])]  # type: ignore[index]  # a list
