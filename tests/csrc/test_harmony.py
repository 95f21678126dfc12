"""The likeliest chords and keys, as csrc/harmony.h has them, beside slow ones in numpy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet._core import chord_path, key_path

Whole = NDArray[np.int64]
KINDS = bytes([0, 0, 1, 2])
NONE = 12 * len(KINDS)


def slow_chords(fit: Whole, entry: Whole, motion: Whole, nothing: int) -> list[int]:
    """Step by step from every state to every other."""
    beats, states = fit.shape
    moves = np.full((states, states), nothing)
    for a in range(NONE):
        for b in range(NONE):
            moves[a, b] = motion[KINDS[a // 12], a % 12, b % 12]
    moves[NONE, NONE] = -(2**40)  # silence that goes on is no change
    best, came = fit[0].copy(), []
    for i in range(1, beats):
        ways = best[:, None] + moves
        changed = ways.max(0) + entry[i]
        came.append(np.where(best >= changed, np.arange(states), ways.argmax(0)))
        best = np.maximum(best, changed) + fit[i]
    path = [int(best.argmax())]
    for origins in reversed(came):
        path.append(int(origins[path[-1]]))
    return path[::-1]


def slow_keys(fit: Whole, change: int) -> list[int]:
    best, came = fit[0].copy(), []
    for row in fit[1:]:
        moved = best.max() + change
        came.append(np.where(best >= moved, np.arange(len(best)), best.argmax()))
        best = np.maximum(best, moved) + row
    path = [int(best.argmax())]
    for origins in reversed(came):
        path.append(int(origins[path[-1]]))
    return path[::-1]


@pytest.mark.parametrize("beats", [1, 2, 40])
@pytest.mark.parametrize("most", [2, 50, 2**30])  # few values: many ways are equally good
@pytest.mark.parametrize("seed", range(4))
def test_the_likeliest_chords_are_those_of_the_slow_way(beats: int, most: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    fit, entry = generator.integers(-most, most, (2, beats, NONE + 1))
    motion = generator.integers(-most, most, (max(KINDS) + 1, 12, 12))
    path, nothing = np.empty(beats, np.int64), -most // 3
    expected = slow_chords(fit, entry, motion, nothing)

    chord_path(fit.copy(), entry.copy(), path, motion=motion, kinds=KINDS, nothing=nothing)

    assert path.tolist() == expected


@pytest.mark.parametrize("bars", [1, 2, 60])
@pytest.mark.parametrize("most", [2, 5000])
@pytest.mark.parametrize("seed", range(4))
def test_the_likeliest_keys_are_those_of_the_slow_way(bars: int, most: int, seed: int) -> None:
    fit = np.random.default_rng(seed).integers(-most, most, (bars, 24))
    path = np.empty(bars, np.int64)

    key_path(fit.copy(), path, keys=24, change=-most // 2)

    assert path.tolist() == slow_keys(fit, -most // 2)


def test_arrays_that_are_too_short_are_refused() -> None:
    path, short = np.empty(3, np.int64), np.zeros((2, NONE + 1), np.int64)
    motion = np.zeros((3, 12, 12), np.int64)
    with pytest.raises(ValueError, match="fit must be a contiguous array"):
        chord_path(short, short, path, motion=motion, kinds=KINDS, nothing=0)
    with pytest.raises(ValueError, match="motion must be a contiguous array"):
        chord_path(short, short, path[:2], motion=motion[:1], kinds=KINDS, nothing=0)
    with pytest.raises(ValueError, match="fit must be a contiguous array"):
        key_path(np.zeros(71, np.int64), path, keys=24, change=0)
