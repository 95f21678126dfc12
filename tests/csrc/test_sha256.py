"""csrc/sha256.c beside Python's own."""

import hashlib

import pytest

from linnet._core import sha256


@pytest.mark.parametrize("plain", [False, True])
def test_hashes_are_those_of_hashlib_at_every_length_around_a_block(plain: bool) -> None:
    data = bytes(i * i % 251 for i in range(1000))

    for length in (*range(200), 999, 1000):
        assert sha256(data[:length], plain=plain) == hashlib.sha256(data[:length]).hexdigest()
    assert sha256(memoryview(data)[7:], plain=plain) == hashlib.sha256(data[7:]).hexdigest()
