"""Splits keep groups whole, hold their shares, and depend on the music and the seed alone."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linnet_train.corpus.corpus import SPLITS
from linnet_train.corpus.split import split

TEST, VALID = SPLITS.index("test"), SPLITS.index("valid")


def keys(count: int) -> list[str]:
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(count)]


def dealt(
    groups: list[int], *, styles: list[int] | None = None, tokens: list[int] | None = None, seed: int = 1,
    valid: float = 0.1, test: float = 0.1,
) -> NDArray[np.uint8]:  # fmt: skip
    count = len(groups)
    return split(
        np.array(groups, np.int64),
        np.array(tokens or [100] * count, np.int64),
        np.array(styles or [0] * count, np.int64),
        keys(count),
        valid=valid,
        test=test,
        seed=seed,
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80), st.integers(0, 10))
def test_groups_stay_whole(groups: list[int], seed: int) -> None:
    found = dealt(groups, seed=seed)
    for group in set(groups):
        assert len(set(found[np.array(groups) == group].tolist())) == 1
    assert 0 in found  # there is always something to train on


def test_each_style_gives_its_share() -> None:
    styles = [0] * 200 + [1] * 400
    found = dealt(list(range(600)), styles=styles)
    for style in (0, 1):
        own = found[np.array(styles) == style]
        for number in (VALID, TEST):
            assert (own == number).mean() == pytest.approx(0.1, abs=0.01)


def test_shares_are_of_tokens() -> None:
    tokens = [1000 if i % 10 == 0 else 10 for i in range(500)]
    found = dealt(list(range(500)), tokens=tokens)
    weights = np.array(tokens)
    for number in (VALID, TEST):
        assert 0.09 <= weights[found == number].sum() / weights.sum() <= 0.13


def test_a_group_too_large_for_a_split_goes_to_train() -> None:
    for seed in range(20):
        found = dealt([0] * 60 + list(range(1, 41)), seed=seed)
        assert found[0] == 0


def test_the_seed_decides() -> None:
    first, again, other = (dealt(list(range(100)), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_order_of_the_files_does_not_matter() -> None:
    order = np.random.default_rng(3).permutation(60)
    names, one = keys(60), np.full(60, 100, np.int64)
    zero = np.zeros(60, np.int64)
    straight = split(np.arange(60), one, zero, names, valid=0.2, test=0.2, seed=1)
    mixed = split(np.arange(60), one, zero, [names[i] for i in order], valid=0.2, test=0.2, seed=1)
    assert np.array_equal(straight[order], mixed)


def test_small_corpora_get_something_in_every_split_as_soon_as_there_are_three_groups() -> None:
    assert sorted(dealt([0, 1, 2]).tolist()) == [0, 1, 2]
    assert sorted(dealt([0, 1]).tolist()) == [0, TEST]
    assert dealt([0, 0, 0]).tolist() == [0, 0, 0]


def test_no_share_is_no_split() -> None:
    assert set(dealt(list(range(50)), valid=0, test=0.2).tolist()) == {0, TEST}
    assert dealt([]).tolist() == []
