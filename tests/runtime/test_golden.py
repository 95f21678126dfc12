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
        ({"bars": 200, "seed": 1}, "5656ed4e214fd9ec"),
        ({"bars": 200, "seed": 2, "temperature": 0.8, "top_k": 20}, "c89b3b7a6fa9d7ab"),
        ({"bars": 200, "seed": 18446744073709551615, "top_p": 0.9, "min_p": 0.02}, "727d8671fdf83504"),
        ({"bars": 64, "seed": 3, "form": "AABB", "key": "D major", "bpm": 99.5}, "ad3a0590bd2f7dcf"),
        ({"bars": 64, "seed": 4, "scale": "A dorian", "polyphony": 1, "longest": 0.5}, "578ebc36e2571124"),
        ({"bars": 64, "seed": 5, "temperature": 3.0}, "234d1c6c0284e28c"),
    ],
)  # fmt: skip
def test_the_notes_are_those_they_have_always_been(settings: dict[str, Any], golden: str) -> None:
    assert fingerprint(linnet.load(TINY).generate(**settings)) == golden


def test_one_other_note_is_another_fingerprint() -> None:
    score = linnet.load(TINY).generate(bars=4, seed=1)

    assert fingerprint(score) != fingerprint(score.transpose(1))
