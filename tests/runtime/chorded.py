"""A model that says it has learnt to follow chords, for tests of all that happens before the network."""

from dataclasses import replace
from pathlib import Path

import linnet

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def chorded(*, home: bool = False) -> linnet.Model:
    """tiny.onnx, which has not: its notes don't heed the chords that it is told."""
    model = linnet.load(TINY)
    info = model.info
    wishes = [*info.wishes, {"name": "chords", "count": 86, "trained": True}]
    model.engine.info = replace(info, wishes=wishes, home=home)
    return model
