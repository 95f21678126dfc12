"""What a piece shares with a collection."""

import random
from dataclasses import replace

import numpy as np
import pytest

from linnet_train.evaluation.copies import Copies
from tests.train.small_pieces import line, tune, walk


def test_copies_are_found_in_any_key_but_not_in_another_rhythm() -> None:
    known = [tune(seed) for seed in range(5)]
    copies = Copies(known)
    assert copies.share(known[3].transpose(-5)) == 1
    assert copies.longest(known[3].transpose(-5)) == len(known[3].notes)
    slower = replace(known[3].resample(48), ticks_per_beat=24, time_signatures=(), end=-1)
    assert copies.longest(slower) == 0
    assert Copies([]).longest(known[0]) == 0


def test_the_copied_part_is_measured_in_notes() -> None:
    known, new = walk(1, 40), walk(2, 40)
    copies = Copies([line(known)])
    mixed = line([*new[:20], *[pitch + 1 for pitch in known[10:25]], *new[20:]])
    assert copies.longest(mixed) in (15, 16)  # the note before or after may fit by chance
    assert copies.share(mixed) == pytest.approx(15 / 55, abs=2 / 55)
    assert copies.share(mixed, 20) == 0


def test_a_copy_does_not_run_on_into_the_next_piece() -> None:
    known = walk(1, 40)
    copies = Copies([line(known[:20]), line(known[20:])])
    assert copies.longest(line(known)) == 20


def test_copies_agree_with_a_slow_search() -> None:
    draw = random.Random(4)
    known = [[draw.choice((60, 62, 64)) for _ in range(60)] for _ in range(8)]
    copies = Copies([line(pitches) for pitches in known])
    for _ in range(5):
        asked = [draw.choice((60, 62, 64)) for _ in range(30)]
        steps = np.diff(asked).tolist()
        held = {tuple(np.diff(k[a : a + n]).tolist()) for k in known for a in range(60) for n in range(2, 31)}
        slow = max(
            (n + 1 for i in range(29) for n in range(1, 30 - i) if tuple(steps[i : i + n]) in held), default=0
        )
        assert copies.longest(line(asked)) == (slow if slow >= 8 else 0)
