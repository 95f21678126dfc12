"""Near-duplicates among a million pieces: by sketches of their runs, so that few are ever compared.

A sketch is a MinHash (Broder, "On the resemblance and containment of documents", 1997; datasketch): for each
of 64 orders of all runs that there may be, the first that the piece has. Pieces that have two of these in
common are compared as `duplicates` compares all: by the runs that they share. Where one is much shorter than
the other, of which it may be a part, one in common is enough. So no pair is wrong, and some may be missed:
`python -m benchmarks.speed.duplicates` counts them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet_train.corpus.duplicates import COMMON, CONTAINMENT, Hashes, Integers
from linnet_train.errors import TrainError
from linnet_train.workers import Failure, Workers

NUMBERS = 64
"""Of a sketch. Two equally long pieces that just count as near-duplicates have 9 in common on average, and
fewer than two with a chance of 6 in 10,000.
"""

MUCH_LONGER = 8
"""Times as many runs; then one number in common is enough."""

TOGETHER = 1024
"""Pieces whose sketches are made by one task."""

Sketches = NDArray[np.uint32]
"""(pieces, NUMBERS)"""


def near_pairs(fingerprints: Sequence[Hashes], workers: Workers) -> Integers:
    """Pairs of pieces (by index, the lower first) that are nearly the same, most of them. (pairs, 2)

    Args:
        fingerprints: the distinct runs of each piece, sorted.
        workers: who makes the sketches and looks for what they have in common.
    """
    _orders()  # before any work: is datasketch there?
    known = np.flatnonzero([len(runs) > 0 for runs in fingerprints])
    if len(known) < 2:
        return np.zeros((0, 2), np.int64)
    sketches = np.zeros((len(known), NUMBERS), np.uint32)

    def portions() -> Iterator[tuple[int, list[Hashes]]]:
        for first in range(0, len(known), TOGETHER):
            yield first, [np.asarray(fingerprints[i]) for i in known[first : first + TOGETHER].tolist()]

    for (first, runs), made in _done(workers, sketched, portions()):
        sketches[first : first + len(runs)] = made
    found = [pairs for _, pairs in _done(workers, sharing, (sketches[:, i].copy() for i in range(NUMBERS)))]
    candidates, common = np.unique(np.concatenate(found), return_counts=True)
    pairs = known[np.stack(np.divmod(candidates, len(known)), axis=1)].astype(np.int64)
    sizes = np.array([len(runs) for runs in fingerprints])[pairs]
    pairs = pairs[(common > 1) | (sizes.max(axis=1) >= MUCH_LONGER * sizes.min(axis=1))]
    near = [_contained(fingerprints[a], fingerprints[b]) for a, b in pairs.tolist()]
    kept: Integers = pairs[np.array(near, bool)]
    return kept


def _done(workers: Workers, work: Any, tasks: Any) -> Iterator[tuple[Any, Any]]:  # Any: of two kinds
    for task, outcome in workers.run(work, tasks, together=1):
        if isinstance(outcome, Failure):
            raise TrainError(f"near-duplicates were not found: {outcome.reason}")
        yield task, outcome


def sketched(portion: tuple[int, Sequence[Hashes]]) -> Sketches:
    """The sketches of some pieces, each of which has runs. (pieces, NUMBERS)"""
    from datasketch import MinHash

    made = np.empty((len(portion[1]), NUMBERS), np.uint32)
    for row, runs in zip(made, portion[1], strict=True):
        sketch = MinHash(NUMBERS, hashfunc=int, scheme="affine32", permutations=_orders())
        sketch.update_batch(runs.tolist())
        row[:] = sketch.hashvalues
    return made


@cache
def _orders() -> Any:  # Any: datasketch has no types
    try:
        from datasketch import MinHash
    except ImportError as error:
        raise TrainError(
            "near-duplicates by sketches need datasketch: pip install 'linnet-train[cluster]'"
        ) from error
    return MinHash(NUMBERS, seed=1, hashfunc=int, scheme="affine32").permutations


def sharing(numbers: NDArray[np.uint32]) -> Integers:
    """Pairs of pieces with the same number in one place of their sketches, lower * pieces + higher. (pairs,)

    A number that more than COMMON pieces have links each of them to the next one only.
    """
    order, count = np.argsort(numbers, kind="stable"), len(numbers)
    numbers = numbers[order]
    _, bucket, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    common, found = sizes[bucket] > COMMON, [np.zeros(0, np.int64)]
    for distance in range(1, min(COMMON, int(sizes.max()))):
        linked = numbers[distance:] == numbers[:-distance]
        if distance > 1:
            linked &= ~common[distance:]
        found.append(order[:-distance][linked] * count + order[distance:][linked])
    return np.concatenate(found)


def _contained(a: Hashes, b: Hashes) -> bool:
    few, many = sorted((np.asarray(a), np.asarray(b)), key=len)
    place = np.searchsorted(many, few)
    shared = int((many[np.minimum(place, len(many) - 1)] == few).sum())
    return shared >= CONTAINMENT * len(few)
