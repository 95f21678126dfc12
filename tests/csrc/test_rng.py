"""The generator against the published vectors and an implementation written from the paper."""

import random
from itertools import islice

import numpy as np
import pytest

from linnet._core import Rng
from tests.csrc import rng_oracle
from tests.csrc.chance import chi_square_p

# Random123's kat_vectors for philox4x32, 10 rounds: counter, key, output.
PUBLISHED = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


def number(little_end_first: tuple[int, ...]) -> int:
    return sum(word << 32 * i for i, word in enumerate(little_end_first))


@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED)
def test_the_oracle_gives_the_published_words(counter: str, key: str, output: str) -> None:
    assert rng_oracle.block(words(counter), words(key)) == words(output)


@pytest.mark.parametrize(("counter", "key", "output"), PUBLISHED)
def test_the_published_words_come_out_as_a_uniform_number(counter: str, key: str, output: str) -> None:
    rng = Rng(0)
    rng.state = number(words(key)), number(words(counter))

    assert rng.uniform() == (number(words(output)[:2]) >> 11) / 2**53


def test_agrees_with_the_oracle_for_any_seed_and_stream() -> None:
    pick = random.Random(1)
    for _ in range(200):
        seed, stream = pick.getrandbits(64), pick.getrandbits(pick.choice([1, 32, 64]))
        rng = Rng(seed, stream)

        assert [rng.uniform() for _ in range(10)] == list(islice(rng_oracle.uniforms(seed, stream), 10))


def test_state_is_the_seed_and_the_place_in_the_stream() -> None:
    rng = Rng(7, stream=3)
    for _ in range(5):
        rng.uniform()

    assert rng.state == (7, 3 << 64 | 5)


def test_a_restored_state_continues_where_it_was_saved() -> None:
    rng, other = Rng(2**64 - 1, 2**64 - 1), Rng(0)
    rng.uniform()
    other.state = rng.state

    assert [other.uniform() for _ in range(20)] == [rng.uniform() for _ in range(20)]


def test_the_last_place_of_a_stream_leads_to_its_first_and_not_into_the_next_stream() -> None:
    rng = Rng(5, 9)
    rng.state = 5, 9 << 64 | 2**64 - 1
    rng.uniform()

    assert rng.state == (5, 9 << 64)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_outside_64_bits_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=f"seed must be between 0 and .*, got {seed}"):
        Rng(seed)


@pytest.mark.parametrize("stream", [-1, 2**64])
def test_a_stream_outside_64_bits_is_refused(stream: int) -> None:
    with pytest.raises(ValueError, match=f"stream must be between 0 and .*, got {stream}"):
        Rng(0, stream)


@pytest.mark.parametrize("state", [(-1, 0), (2**64, 0), (0, -1), (0, 2**128)])
def test_a_state_out_of_range_is_refused_and_changes_nothing(state: tuple[int, int]) -> None:
    rng = Rng(1, 2)
    with pytest.raises(ValueError, match="of state must be between"):
        rng.state = state

    assert rng.state == (1, 2 << 64)


@pytest.mark.parametrize("state", [(1,), (1, 2, 3)])
def test_a_state_is_two_numbers(state: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="to unpack"):
        Rng(1).state = state


@pytest.mark.parametrize("pairs", ["one stream", "two streams", "two seeds"])
def test_neighbouring_numbers_fill_the_square_evenly(pairs: str) -> None:
    """Chi-square over 16 x 16 cells. The seeds are fixed; others would raise a false alarm once in 1e6."""
    n = 40_000
    a, b = Rng(11), {"one stream": Rng(11), "two streams": Rng(11, 1), "two seeds": Rng(12)}[pairs]
    if pairs == "one stream":
        b.uniform()  # each number with the one after it
    x = np.array([a.uniform() for _ in range(n)])
    y = np.array([b.uniform() for _ in range(n)])
    if pairs == "one stream":
        x, y = x[::2], y[::2]  # pairs that share no number
    cells, _, _ = np.histogram2d(x, y, bins=16, range=[[0, 1], [0, 1]])

    assert chi_square_p(cells.ravel(), np.full(256, len(x) / 256)) > 1e-6
