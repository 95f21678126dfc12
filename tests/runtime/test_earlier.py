"""A model file of before there were as many features plays: its network reads the first columns.

The pieces are not those it made then: how a piece closes, and what stands in a MIDI file, has changed since.
"""

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
        ({}, "0e515ebb2ad9b4665c7a9d76d17ffe0b2aa290bdfcb21da43adf943fb12c6f5f"),
        ({"guidance": 1.5}, "21532a159caae574cd06d978930326bcdbd8ba48c6e1576bfd72adf241961bac"),
    ],
)
def test_it_plays_as_it_does_everywhere(settings: dict[str, Any], midi: str, tmp_path: Path) -> None:
    model = linnet.load(EARLIER)
    model.generate(bars=16, seed=7, **settings).save(tmp_path / "tune.mid")

    assert hashlib.sha256((tmp_path / "tune.mid").read_bytes()).hexdigest() == midi


def test_its_features_are_the_first_of_these() -> None:
    theirs = linnet.load(EARLIER).info.features

    assert theirs["width"] < features.WIDTH
    assert theirs["families"] == features.table()["families"][: len(theirs["families"])]  # type: ignore[index]  # a list
