"""A stream keeps to its memory."""

import sys
from itertools import islice

import pytest

from tests.fuzz import memory

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_reading_takes_no_more_and_more_memory() -> None:
    sizes = memory.reading(80_000, 20_000)
    (warm,) = islice(sizes, 1)

    assert list(sizes)[-1] < warm + 1_000_000


def test_hearing_takes_no_more_and_more_memory() -> None:
    sizes = memory.hearing(3600, 600)
    (warm,) = islice(sizes, 1)

    assert list(sizes)[-1] < warm + 1_000_000
