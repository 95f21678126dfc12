"""The benchmark of sound in real time counts gaps, and excuses those alone in which others had the core."""

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.speed import sounding
from benchmarks.speed.compiled import compiled
from linnet.synth.ahead import Ahead
from tests.fuzz.build import COMPILER

PERIOD, BLOCKS = sounding.BLOCK / 48_000, 4


def answers(count: int = 20) -> NDArray[np.void]:
    """In time, by a program that always runs."""
    found = np.zeros(count, sounding.ANSWER)
    found["took"] = 50_000
    return found


def test_a_queue_that_ran_empty_is_a_gap() -> None:
    heard = answers()
    heard["gaps"][10:] = 1
    heard["gaps"][15:] = 3

    assert sounding.judged(heard, PERIOD, BLOCKS) == sounding.Heard(20, gaps=2, excused=0, latest=50e-6)


def test_an_answer_a_block_late_is_a_gap() -> None:
    heard = answers()
    heard["took"][7] = 11_000_000
    heard["took"][8] = 10_000_000

    assert sounding.judged(heard, PERIOD, BLOCKS) == sounding.Heard(20, gaps=1, excused=0, latest=0.01)


@pytest.mark.parametrize(("lost", "excused"), [(15, 0), (30, 1)])
def test_it_is_excused_if_others_had_the_core_for_half_of_what_was_ready(lost: int, excused: int) -> None:
    heard = answers()
    heard["gaps"][10:] = 1
    heard["lost"][8:] += lost * 1_000_000

    found = sounding.judged(heard, PERIOD, BLOCKS)
    assert (found.gaps, found.excused) == (1 - excused, excused)


@pytest.mark.skipif(not COMPILER, reason="there is no C compiler")
def test_the_device_hears_what_is_not_ready(tmp_path: Path) -> None:
    calls = []

    def sound(frames: int) -> NDArray[np.float32]:
        calls.append(frames)
        if len(calls) == 12:
            time.sleep(0.3)
        return np.full((frames, 2), -0.5, np.float32)

    found = answers(40)
    with Ahead(sound, block=sounding.BLOCK, blocks=4) as ahead:
        loudest = sounding.device(ahead, compiled("asker", [], tmp_path), 48_000, found)
        assert found["gaps"][-1] == ahead.dropouts > 0
    assert loudest == 0.5
