"""Models with a judge: what the tests of candidates share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import linnet
from linnet.controls.judge import SILENT, Judge, Table
from linnet.engine.network import EngineName

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
TINY_LATENT = TINY.with_name("tiny-latent.onnx")

LOW = Judge(2, {"range": Table((SILENT + 1, *range(1, 40)), (0, *range(0, -40, -1)))})
"""Likes bars whose tune goes neither high nor low."""


def judged(file: Path = TINY, judge: Judge = LOW, engine: EngineName = "auto") -> linnet.Model:
    """A model that has a judge, although its file has none."""
    model = linnet.load(file, engine=engine)
    model.engine.info = replace(model.info, judge=judge)
    return model
