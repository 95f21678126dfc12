"""A line alone keeps to the register that it is told: with a network that has no opinion, and much weight."""

import numpy as np
import pytest

from tests.csrc.test_returns import BARS, WISHES, played

EDGES = (0, 48, 57, 66, 75, 128)
REACH = 5
COLUMN = WISHES.index("register")


def pitches(register: int, *, slots: int = 1, shift: int = 0, **weights: float) -> list[int]:
    plan = [("nowhere", 0, {COLUMN: register})] * BARS
    return [
        pitch
        for seed in range(4)
        for pitch in played(
            seed, plan, slots=slots, shift=shift, voices=1, **weights
        ).pitched_notes.pitch.tolist()
    ]


@pytest.mark.parametrize("shift", [0, 5, -4])
@pytest.mark.parametrize("register", [1, 2, 3, 4, 5])
def test_no_note_is_far_out_of_it(register: int, shift: int) -> None:
    """Of sounding pitches, whatever the home key; the rules allow 40 to 90."""
    found = pitches(register, shift=shift, in_register=60.0)

    assert len(found) > 40
    assert min(found) >= EDGES[register - 1] - REACH
    assert max(found) < EDGES[register] + REACH


def test_without_weight_and_without_a_wish_notes_are_anywhere() -> None:
    for found in (pitches(2), pitches(0, in_register=60.0)):
        assert min(found) < 44
        assert max(found) > 85


def test_of_several_nobody_is_held_to_what_they_share() -> None:
    assert max(pitches(2, slots=2, in_register=60.0)) > 80


def test_a_little_weight_is_a_matter_of_chance() -> None:
    out = [np.mean([pitch >= 57 + REACH for pitch in pitches(2, in_register=by)]) for by in (0.0, 0.05, 0.5)]

    assert out[0] > out[1] > out[2] > 0
