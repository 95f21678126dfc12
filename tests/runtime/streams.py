"""Streams as tests hear them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import linnet

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
PERFORMED = TINY.with_name("performed.onnx")
"""Drums in human time, without bars."""
Heard = list[tuple[float, float, int, int, int, bool]]


def listen(
    stream: linnet.Stream, seconds: float, *, step: float = 1 / 60, budget: float | None = None
) -> Heard:
    """The notes, at their places on the stream's clock, to the microsecond."""
    heard, end = [], stream.seconds + seconds
    while stream.seconds < end - 1e-9:
        now = stream.seconds
        for note in stream.advance(min(step, end - now), budget=budget):
            assert 0 <= note.onset < step
            heard.append(
                (
                    round(now + note.onset, 6),
                    round(note.duration, 6),
                    note.pitch,
                    note.velocity,
                    note.program,
                    note.is_drum,
                )
            )
    return heard


def even(model: linnet.Model, **settings: Any) -> linnet.Stream:
    """Bars of two seconds."""
    return model.stream(**{"seed": 1, "bpm": 120, "time_signature": "4/4", "drums": [], **settings})
