"""What bars have in common, as csrc/similarity.h has it, beside sets."""

import numpy as np
import pytest

from linnet._core import in_common
from linnet.music.notes import Notes
from linnet.music.similarity import Places


@pytest.mark.parametrize("seed", range(10))
def test_bars_share_what_their_sets_share(seed: int) -> None:
    generator = np.random.default_rng(seed)
    bars, count = int(generator.integers(1, 20)), int(generator.integers(0, 200))
    starts = np.arange(bars) * 96
    onset, pitch = generator.integers(0, bars * 8, count) * 12, generator.integers(60, 64, count)
    notes = Notes(onset, np.full(count, 12), pitch, np.full(count, 80))
    sets: list[set[tuple[int, int]]] = [set() for _ in starts]
    for note in notes:
        sets[note.onset // 96].add((note.onset % 96, note.pitch))
    places = Places(notes, starts)
    for distance in (1, 2, 5, 40):
        shared, either = places.shared(distance)

        pairs = list(zip(sets[distance:], sets, strict=False))
        assert shared.tolist() == [len(a & b) for a, b in pairs]
        assert either.tolist() == [len(a | b) for a, b in pairs]


def test_bars_that_do_not_lie_within_the_values_are_refused() -> None:
    with pytest.raises(ValueError, match="first must ascend"):
        in_common(np.arange(3), np.array([0, 4]), distance=1, common=np.empty(1, np.int64))
    with pytest.raises(ValueError, match="distance must be between 1"):
        in_common(np.arange(3), np.array([0, 3]), distance=0, common=np.empty(1, np.int64))
