"""Philox4x32-10, written from the paper and not from csrc/rng.c.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.
"""

from collections.abc import Iterator

WORD = 0xFFFF_FFFF
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85


def block(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Four output words for four words of counter and two of key."""
    left, right = [counter[1], counter[3]], [counter[0], counter[2]]
    round_key = list(key)
    for _ in range(10):
        products = [m * r for m, r in zip(MULTIPLIERS, right, strict=True)]
        high, low = [p >> 32 for p in products], [p & WORD for p in products]
        # The S-box swaps the two halves on the way: what was multiplied by M1 feeds the first pair.
        right = [high[1] ^ round_key[0] ^ left[0], high[0] ^ round_key[1] ^ left[1]]
        left = [low[1], low[0]]
        round_key = [(k + w) & WORD for k, w in zip(round_key, WEYL, strict=True)]
    return right[0], left[0], right[1], left[1]


def uniforms(seed: int, stream: int = 0, position: int = 0) -> Iterator[float]:
    """The numbers of rng.h, one after the other."""
    key = seed & WORD, seed >> 32
    while True:
        words = block((position & WORD, position >> 32, stream & WORD, stream >> 32), key)
        yield ((words[1] << 32 | words[0]) >> 11) * 2.0**-53
        position = (position + 1) % 2**64
