"""The rows of an embedding in integers, so that the sums that music makes of them stay what they were."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating[Any]]

LIMIT = 127
"""Eight bits: rows are only ever added up."""

DOUBT = 4
"""Steps that are added to those of each row, as if all was well there: what was seen twice moves little."""

ROUNDS = 2
"""Each row is fitted to the others so many times; a third time moves next to nothing."""


def round_rows(rows: Reals, unit: Reals, feature_ids: NDArray[np.int64]) -> NDArray[np.int8]:
    """Integers, times `unit` in each column the rows, whose sums are those of the rows.

    Every step adds some hundred rows up, and each is off by half a unit at most, most of them by the same
    amount step after step. The nearest integers are the worst for a network that was carried on from a file
    of integers: its rows lie there, what it learns moves each by a fraction of a unit, and all of it would be
    rounded away. So each row in turn makes up for what the others are off by where it is added to them.

    Args:
        rows: (features, width); row 0 is zero and stays so.
        unit: what an integer is worth. (width,)
        feature_ids: of steps of music, the rows that each adds up. (steps, columns)
    """
    target = rows / unit
    rounded = np.rint(target)
    missed = (rounded - target).astype(np.float32)
    off = np.zeros((len(feature_ids), rows.shape[1]), np.float32)  # sums of what is missed, step by step
    for ids in feature_ids.T:
        off += missed[ids]
    found, steps, times = _uses(feature_ids)
    for _ in range(ROUNDS):
        for row, at, often in zip(found, steps, times, strict=True):
            here = off[at]
            weight = float(often @ often)
            others = often @ here - weight * (rounded[row] - target[row])
            best = np.rint(target[row] - others / (weight + DOUBT)).clip(-LIMIT, LIMIT)
            off[at] = here + np.outer(often, best - rounded[row]).astype(np.float32)
            rounded[row] = best
    return rounded.astype(np.int8)


def _uses(
    feature_ids: NDArray[np.int64],
) -> tuple[list[int], list[NDArray[np.int64]], list[NDArray[np.float32]]]:
    """The rows that are used, the most used ones first, at which steps, and how often at each."""
    count, columns = feature_ids.shape
    places = feature_ids.ravel() * count + np.repeat(np.arange(count), columns)
    places, often = np.unique(places[feature_ids.ravel() > 0], return_counts=True)
    found, first = np.unique(places // count, return_index=True)
    cuts = first[1:]
    steps, times = np.split(places % count, cuts), np.split(often.astype(np.float32), cuts)
    order = sorted(range(len(found)), key=lambda each: -len(steps[each]))
    return [int(found[i]) for i in order], [steps[i] for i in order], [times[i] for i in order]
