"""Channel messages and notes of a MIDI file, as csrc/midi.h has them, beside slow ones in Python."""

from array import array

import numpy as np
import pytest

from linnet._core import channel_messages, pair_notes


def slow_messages(
    body: bytes, at: int, running: int, tick: int
) -> tuple[tuple[int, int, int], list[tuple[int, int]]]:
    """Where the walk stops, the running status and the tick there; the messages on the way."""
    found = []
    while True:
        i, delta, length = at, 0, 0
        while i < len(body) and body[i] > 127:
            delta, i, length = delta << 7 | body[i] & 127, i + 1, length + 1
        if i >= len(body) or length > 3:
            break
        delta, i = delta << 7 | body[i], i + 1
        status = running
        if i < len(body) and body[i] > 127:
            status, i = body[i], i + 1
        data = body[i : i + (1 if 0xC0 <= status < 0xE0 else 2)]
        if not 0x80 <= status < 0xF0 or len(data) < (1 if 0xC0 <= status < 0xE0 else 2) or max(data) > 127:
            break
        at, running, tick = i + len(data), status, tick + delta
        found.append((tick, status << 16 | data[0] << 8 | (data[1] if len(data) > 1 else 0)))
    return (at, running, tick), found


@pytest.mark.parametrize("seed", range(60))
def test_channel_messages_are_those_of_the_slow_way(seed: int) -> None:
    generator = np.random.default_rng(seed)
    body = generator.integers(0, 128, 3000).astype(np.uint8)
    wild = generator.random(3000) < (0.3, 0.02, 0.001)[seed % 3]
    body[wild] = generator.integers(128, 256, int(wild.sum()))
    data = bytes([0, 0x90]) + body.tobytes()
    at, running, tick, seen = 0, 0, 5, 0
    while at < len(data):
        ticks, codes = array("q", [1]), array("q", [2])

        place = channel_messages(data, at, running, tick, ticks, codes)

        expected, found = slow_messages(data, at, running, tick)
        assert place == expected
        assert list(zip(ticks[1:], codes[1:], strict=True)) == found
        seen += len(found)
        at, running, tick = place[0] + 1, place[1], place[2]
    assert seen > 20


def slow_pairs(key: list[int], strikes: list[bool], keys: int) -> tuple[list[int], list[int]]:
    """The release that ends each strike; where the last silence broke of each key that ends unbalanced."""
    queue: dict[int, list[int]] = {k: [] for k in range(keys)}
    ended, silent = [-1] * len(key), [-1] * keys
    for line, (k, strike) in enumerate(zip(key, strikes, strict=True)):
        if strike:
            if not queue[k]:
                silent[k] = line
            queue[k].append(line)
        elif queue[k]:
            ended[queue[k].pop(0)] = line
    return ended, [silent[k] if queue[k] else -1 for k in range(keys)]


@pytest.mark.parametrize("seed", range(20))
def test_notes_are_paired_as_the_slow_way_does(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count, keys = (0, 1, 300)[seed % 3], 1 + seed % 7
    key, strikes = generator.integers(0, keys, count), generator.random(count) < 0.5
    ended_by, unbalanced = np.empty(count, np.int64), np.empty(keys, np.int64)

    pair_notes(key, strikes.view(np.uint8), ended_by, unbalanced)

    assert (ended_by.tolist(), unbalanced.tolist()) == slow_pairs(key.tolist(), strikes.tolist(), keys)


def test_a_key_that_is_none_is_refused() -> None:
    one = np.zeros(1, np.int64)
    with pytest.raises(ValueError, match="key must be below"):
        pair_notes(np.array([1]), np.ones(1, np.uint8), one.copy(), one)
