"""The rows of an embedding in integers: what counts is what music adds them up to."""

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet_export.rows import LIMIT, round_rows

WIDTH, ROWS = 8, 60


def music(steps: int, *, seed: int) -> NDArray[np.int64]:
    """Thirty rows of each step; some are there at every one, some seldom, and 0 is padding."""
    rng = np.random.default_rng(seed)
    return (ROWS * rng.random((steps, 30)) ** 2).astype(np.int64)


def off(rows: NDArray[np.float64], rounded: NDArray[np.int8], feature_ids: NDArray[np.int64]) -> float:
    """Root mean square of what the sums of steps miss, in integers."""
    return float(np.sqrt(((rounded - rows)[feature_ids].sum(axis=1) ** 2).mean()))


def learnt(seed: int = 1) -> NDArray[np.float64]:
    """Integers that moved by a fraction of one, together: what a network learns from little."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-60, 60, (ROWS, WIDTH)) + rng.uniform(0.1, 0.4, (ROWS, WIDTH))
    rows[0] = 0
    return np.asarray(rows)


def test_what_was_learnt_in_fractions_is_not_rounded_away() -> None:
    rows = learnt()
    rounded = round_rows(rows, np.ones(WIDTH), music(400, seed=2))
    for heard in (music(400, seed=2), music(400, seed=3)):  # also music that was not observed
        assert off(rows, rounded, heard) < off(rows, np.rint(rows).astype(np.int8), heard) / 2


def test_a_row_that_was_never_heard_is_rounded_to_the_nearest() -> None:
    rows, feature_ids = learnt(), music(400, seed=2).clip(max=ROWS - 11)
    rounded = round_rows(rows, np.ones(WIDTH), feature_ids)
    assert np.array_equal(rounded[-10:], np.rint(rows[-10:]))
    assert not np.array_equal(rounded[:-10], np.rint(rows[:-10]))


def test_padding_stays_zero() -> None:
    assert not round_rows(learnt(), np.ones(WIDTH), music(400, seed=2))[0].any()


@pytest.mark.parametrize("unit", [0.25, 3.0])
def test_units_are_those_of_the_columns(unit: float) -> None:
    units = np.linspace(unit, 2 * unit, WIDTH)
    heard = music(400, seed=2)
    found = round_rows(learnt() * units, units, heard)
    assert np.array_equal(found, round_rows(learnt(), np.ones(WIDTH), heard))


def test_rows_stay_within_eight_bits() -> None:
    rows = np.full((ROWS, WIDTH), LIMIT - 0.4)
    rows[0] = 0
    assert np.abs(round_rows(rows, np.ones(WIDTH), music(400, seed=2)).astype(int)).max() == LIMIT
