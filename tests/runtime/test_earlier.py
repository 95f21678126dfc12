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
        ({}, "f1fd6f2b8d1602327acf91a348f5bf4e3711a987bc1121597fde241a0888d9e4"),
        ({"guidance": 1.5}, "8aa4acfc7125ea259260b17ccb5e35b9e9da24d20599bd45441376722352b3b2"),
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
