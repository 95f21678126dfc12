"""Bars are as loud as they are told to be, whatever the network makes of it."""

from itertools import pairwise

import numpy as np
import pytest

import linnet
from linnet.controls.loudness import louder_by
from linnet.controls.plan_rows import LOUDNESS_EDGES

EDGES = (0, *LOUDNESS_EDGES, 128)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def is_of(level: int, velocities: list[int]) -> bool:
    return EDGES[level - 1] <= round(float(np.mean(velocities))) < EDGES[level]


@pytest.mark.parametrize("level", [1, 4, 8])
def test_a_piece_is_as_loud_as_it_is_asked_to_be(folk: linnet.Model, level: int) -> None:
    score = folk.generate(seed=level, bars=4, loudness=level)
    notes = score.notes

    for begin, end in pairwise([*score.bar_ticks().tolist(), score.end]):
        inside = (notes.onset >= begin) & (notes.onset < end)
        assert not inside.any() or is_of(level, notes.velocity[inside].tolist())


def test_a_stream_grows_loud_and_soft_when_it_is_wished(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, bpm=120, loudness=2)
    soft = [due.velocity for _ in range(60) for due in stream.advance(0.1)]
    stream.wish(loudness=7)
    after = [due.velocity for _ in range(90) for due in stream.advance(0.1)]

    assert is_of(2, soft)
    assert is_of(7, after[len(after) // 2 :])


def test_a_bar_that_is_loud_enough_stays_as_it_is() -> None:
    assert louder_by(4, [70, 72, 77]) == 0
    assert louder_by(0, [1]) == 0
    assert louder_by(4, []) == 0
    for level in range(1, 9):
        for velocity in (1, 64, 127):
            moved = velocity + louder_by(level, [velocity])
            assert EDGES[level - 1] <= moved < EDGES[level]
