"""A line keeps to the register that it is told, and a tune rises in its second half."""

import numpy as np
import pytest

import linnet
from linnet import Score


def height(scores: list[Score]) -> float:
    return float(np.mean([score.notes.pitch.mean() for score in scores]))


@pytest.mark.parametrize("key", ["C major", "A major", "D minor"])
def test_a_tune_is_as_high_as_it_is_asked_to_be(key: str) -> None:
    """Register 3 was 69 and register 5 was 71; the middles of these are 61.5 and 79.5."""
    folk = linnet.load("folk")
    low, middle, high = (
        height(folk.generate(count=6, seed=1, bars=8, key=key, register=register)) for register in (3, 4, 5)
    )

    assert low < 68.5
    assert low + 1.5 < middle < high - 1.5
    assert high > 72.5


def test_the_second_half_of_a_tune_is_higher() -> None:
    """By .6 semitones before, by 2.7 in people's tunes."""
    rises = []
    for score in linnet.load("folk").generate(count=40, seed=2, bars=32):
        bar = np.searchsorted(score.bar_ticks(), score.notes.onset, "right") - 1
        second = bar >= score.bars // 2
        rises.append(score.notes.pitch[second].mean() - score.notes.pitch[~second].mean())

    assert 1.3 < np.mean(rises) < 4.5
