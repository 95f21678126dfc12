"""Seams of gaps are counted where they are."""

from collections import Counter
from pathlib import Path

import linnet
from benchmarks.music import joins
from linnet.tokens import codec
from tests.runtime.test_around import tune

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def test_a_seam_is_the_step_from_the_last_note_before_to_the_first_after():
    seams = joins.Seams()
    score = codec.quantise(tune(1))
    onset, pitch = joins.top_line(score)
    seams.add(score, 96)
    at = int((onset < 96).sum())
    step = int(pitch[at]) - int(pitch[at - 1])
    assert seams.intervals == Counter({max(-12, min(12, step)): 1})


def test_distributions_are_apart_by_what_differs():
    assert joins.apart(Counter({0: 2}), Counter({0: 5})) == 0
    assert joins.apart(Counter({0: 1}), Counter({1: 1})) == 1


def test_both_seams_are_measured_beside_peoples():
    found = joins.measure(linnet.load(TINY), [codec.quantise(tune(seed)) for seed in range(2)], 2)
    assert set(found) == {"into the gap", "out of it"}
    assert found["out of it"]["seams"] == 2
