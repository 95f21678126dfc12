"""The studio's sheets of exercises."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from linnet import midi
from linnet.studio import teaching


def test_exercises_come_as_sheets_and_as_pieces() -> None:
    for name in ("music21", "verovio", "fpdf"):
        pytest.importorskip(name, reason=f"{name}, for engraved sheets, is not installed")
    made = teaching.exercises({"level": 1, "key": "F", "count": 1, "bars": 4, "seed": 3})
    (tune,) = made["exercises"]

    assert tune["svg"].lstrip().startswith("<")
    assert midi.loads(base64.b64decode(tune["midi"])).full_bars == 4
    assert teaching.printed({"level": 1, "key": "F", "count": 1, "bars": 4, "seed": 3})[:4] == b"%PDF"
    assert len(teaching.about()["levels"]) == 8
    assert teaching.about()["levels"][0] == "notes of 1/2, 1/4; in 4/4; up to 1 sharp or flat"


def test_every_worker_can_engrave() -> None:
    for name in ("music21", "verovio"):
        pytest.importorskip(name, reason=f"{name}, for engraved sheets, is not installed")
    asked = {"level": 1, "key": "F", "count": 1, "bars": 4, "seed": 3}
    sheets = []
    for _ in range(2):
        with ThreadPoolExecutor(1) as worker:  # a thread of its own
            sheets.append(worker.submit(teaching.exercises, asked).result()["exercises"][0]["svg"])

    assert sheets[0].lstrip().startswith("<")
    assert sheets[0] == sheets[1]


@pytest.mark.parametrize("asked", [{"count": 100}, {"count": True}, {"level": 9}, {"key": 3}, {"bars": "8"}])
def test_exercises_that_cannot_be_are_refused(asked: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        teaching.exercises(asked)
