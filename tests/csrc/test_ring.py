"""The queue of sound between two threads: csrc/ring.h, and the functions by which C reads from it."""

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet._core import Ring

Frames = NDArray[np.float32]


def ramp(first: int, count: int) -> Frames:
    """Frames that count themselves: left from 1 on, right the same below zero. (count, 2)"""
    numbers = np.arange(first + 1, first + count + 1, dtype=np.float32)
    return np.stack([numbers, -numbers], axis=1)


def read(ring: Ring, count: int) -> Frames:
    out = np.full((count, 2), 7, np.float32)
    ring.read(out)
    return out


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_what_is_written_is_read_once_and_in_order(size: int) -> None:
    """Beside a list, which is its oracle; false alarms are impossible."""
    dice, ring, queue = np.random.default_rng(size), Ring(size), []
    made = gaps = missing = 0
    for _ in range(2000):
        wanted = int(dice.integers(0, size + 3))
        if dice.random() < 0.5:
            took = ring.write(ramp(made, wanted))
            assert took == min(wanted, size - len(queue))
            queue += range(made, made + took)
            made += took
        else:
            found, queue = queue[:wanted], queue[wanted:]
            short = wanted - len(found)
            gaps, missing = gaps + (short > 0), missing + short
            expected = [[n + 1, -n - 1] for n in found] + [[0, 0]] * short
            assert read(ring, wanted).tolist() == expected
        assert (ring.ready, ring.gaps, ring.missing) == (len(queue), gaps, missing)


def test_it_reads_as_sdl_and_as_portaudio_ask() -> None:
    ring = Ring(64)
    ring.write(ramp(0, 50))
    out = np.full((20, 2), 7, np.float32)
    sdl = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(ring.sdl)
    kind = ctypes.CFUNCTYPE(
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_ulong,
        ctypes.c_void_p,
        ctypes.c_ulong,
        ctypes.c_void_p,
    )

    sdl(ring.userdata, out.ctypes.data, out.nbytes)
    assert np.array_equal(out, ramp(0, 20))
    assert kind(ring.portaudio)(None, out.ctypes.data, 20, None, 0, ring.userdata) == 0
    assert np.array_equal(out, ramp(20, 20))
    sdl(ring.userdata, out.ctypes.data, out.nbytes)
    assert np.array_equal(out[:10], ramp(40, 10))
    assert not out[10:].any()
    assert (ring.gaps, ring.missing) == (1, 10)


@pytest.mark.parametrize("size", [0, -1, 1 << 25, 2**70])
def test_a_size_that_is_none_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="size must be between 1 and"):
        Ring(size)


def test_it_takes_float32_alone() -> None:
    with pytest.raises(ValueError, match="frames must be"):
        Ring(8).write(np.zeros((4, 2)))
