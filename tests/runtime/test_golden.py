"""The same model, arguments and seed give the same notes, on every CPU.

A change here is a change of everybody's music: it needs a reason, and a line in CHANGELOG.md. The hashes also
change with tiny.onnx.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def fingerprint(score: linnet.Score) -> str:
    digest = hashlib.sha256()
    for track in score.tracks:
        digest.update(bytes([track.program, track.is_drum]))
        for column in ("onset", "duration", "pitch", "velocity"):
            digest.update(getattr(track.notes, column).astype(np.dtype("<i8")).tobytes())
    return digest.hexdigest()[:16]


@pytest.mark.parametrize(
    ("settings", "golden"),
    [
        ({"bars": 200, "seed": 1}, "3819381d4ca893da"),
        ({"bars": 200, "seed": 2, "temperature": 0.8, "top_k": 20}, "ed2f1bdb4df0d778"),
        ({"bars": 200, "seed": 18446744073709551615, "top_p": 0.9, "min_p": 0.02}, "5c53112d574bcc9f"),
        ({"bars": 64, "seed": 3, "form": "AABB", "key": "D major", "bpm": 99.5}, "06e3412af6f5ee96"),
        ({"bars": 64, "seed": 4, "scale": "A dorian", "polyphony": 1, "longest": 0.5}, "89332718568c55bd"),
        ({"bars": 64, "seed": 5, "temperature": 3.0}, "25978b77dd40f6e8"),
    ],
)  # fmt: skip
def test_the_notes_are_those_they_have_always_been(settings: dict[str, Any], golden: str) -> None:
    assert fingerprint(linnet.load(TINY).generate(**settings)) == golden


def test_one_other_note_is_another_fingerprint() -> None:
    score = linnet.load(TINY).generate(bars=4, seed=1)

    assert fingerprint(score) != fingerprint(score.transpose(1))
