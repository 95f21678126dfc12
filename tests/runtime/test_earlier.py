"""A model file of before the bag grew plays as it did: its network reads the beginning of the bag."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import features

EARLIER = Path(__file__).parents[1] / "data" / "earlier.onnx"
"""tiny.onnx as it was made before the bag had `to_bar_line` and what follows."""


@pytest.mark.parametrize(
    ("settings", "midi"),
    [
        ({}, "023e51fb44c4262750bcd62a96282a88a95be36946d0b023454e5c24e3bf2e7e"),
        ({"guidance": 1.5}, "106e578e180b3ace2a439d2626c604d1c1b20df7c45ef50a819f9f177ca1779d"),
    ],
)
def test_it_plays_as_it_did(settings: dict[str, Any], midi: str, tmp_path: Path) -> None:
    model = linnet.load(EARLIER)
    model.generate(bars=16, seed=7, **settings).save(tmp_path / "tune.mid")

    assert hashlib.sha256((tmp_path / "tune.mid").read_bytes()).hexdigest() == midi


def test_its_bag_is_the_beginning_of_this_one() -> None:
    theirs = linnet.load(EARLIER).info.features

    assert theirs["width"] < features.WIDTH
    assert theirs["families"] == features.table()["families"][: len(theirs["families"])]  # type: ignore[index]  # a list
