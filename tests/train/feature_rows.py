"""Rows of features with an id of its own in each column, or none."""

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import features


def random_rows(count: int, seed: int) -> NDArray[np.int32]:
    """Rows whose every column is empty one time in five. (count, width)"""
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, features.WIDTH), np.int32)
    for family in features.FAMILIES:
        for column in range(family.columns):
            first = family.first_id + column * family.tables // family.columns * family.count
            ids = first + rng.integers(family.count, size=count)
            rows[:, family.first_column + column] = np.where(rng.random(count) < 0.2, 0, ids)
    return rows
