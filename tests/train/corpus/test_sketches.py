"""Sketches find the near-duplicates that comparing everything finds."""

import numpy as np
import pytest

from linnet_train.corpus import duplicates, sketches
from linnet_train.workers import Workers

pytest.importorskip("datasketch", reason="the extra cluster is not installed")


def fingerprints(count: int) -> list[duplicates.Hashes]:
    """Unrelated pieces, some without a run, and after each an arrangement with half of its runs."""
    rng = np.random.default_rng(1)
    found: list[duplicates.Hashes] = []
    for number in range(count):
        size = 0 if number % 5 == 4 else int(rng.integers(40, 200))
        own = rng.integers(0, 2**32, size, np.uint32)
        other = np.concatenate([own[::2], rng.integers(0, 2**32, size // 2, np.uint32)])
        found += [np.unique(own), np.unique(other)]
    return found


def test_all_pairs_are_found_and_no_other() -> None:
    pieces = fingerprints(60)
    found = sketches.near_pairs(pieces, Workers(1))
    assert found.tolist() == duplicates.near_pairs(pieces).tolist()
    assert len(found) == 48


def test_a_small_part_of_a_large_piece_is_found() -> None:
    rng = np.random.default_rng(2)
    whole = np.unique(rng.integers(0, 2**32, 3000, np.uint32))
    assert sketches.near_pairs([whole, whole[::9].copy()], Workers(1)).tolist() == [[0, 1]]


@pytest.mark.parametrize("pieces", [[], [np.zeros(0, np.uint32)] * 3, [np.arange(9, dtype=np.uint32)]])
def test_too_few_pieces_have_no_pairs(pieces: list[duplicates.Hashes]) -> None:
    assert sketches.near_pairs(pieces, Workers(1)).shape == (0, 2)
