"""A worker changes nothing: two thousand operations with one and without one, the same notes."""

import random
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.stream import DueNote, Stream

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def operate(stream: Stream, dice: random.Random, count: int) -> list[DueNote | int]:
    """Hears, steers and saves by lot; what was heard, and the sizes of what was saved."""
    heard: list[DueNote | int] = []
    for _ in range(count):
        what, at = dice.randrange(12), dice.choice(("bar", "beat", "now"))
        asked: dict[str, Any] = {}
        if what < 7:
            stream.prepare()  # what is heard is there in time; the rest is up to the worker
            heard += stream.advance(dice.uniform(0, 1), budget=None)
        elif what < 9:
            asked = dice.choice(
                ({"density": 2}, {"density": None}, {"bpm": 130}, {"bpm": None}, {"top_k": 20})
            )
            stream.wish(at=at, **asked)  # type: ignore[arg-type]  # one of the three
        elif what < 11:
            asked = dice.choice(({"pitch_range": ("C3", "C6")}, {"pitch_range": None}, {"longest": 1}))
            stream.restrict(at=at, **asked)  # type: ignore[arg-type]  # likewise
        else:
            heard.append(len(stream.save()))
    return heard


@pytest.mark.parametrize("seed", range(2))
def test_a_worker_changes_no_note(seed: int) -> None:
    model = linnet.load(TINY)
    alone = operate(model.stream(seed=seed), random.Random(seed), 1000)
    with model.stream(seed=seed, worker=True) as stream:
        beside = operate(stream, random.Random(seed), 1000)

    notes = [note for note in alone if isinstance(note, DueNote)]
    assert len(notes) > 500
    assert [note for note in beside if isinstance(note, DueNote)] == notes
