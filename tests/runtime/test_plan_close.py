"""Composed plans come home: where phrases close, and at the end of the piece."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_close import CLOSED, coming_home
from linnet.controls.plan_draft import Ask, Draft
from linnet.controls.plan_layout import Conditions
from linnet.controls.plan_rows import NO_CHORD_CELL, chord_of
from linnet.music.chord import Chord
from tests.runtime.plans import TUNE, Chooser, answered

MINOR = replace(TUNE, minor=True)
WALTZ = replace(TUNE, time_signature="3/4", upbeat=True)


class Homing(Chooser):
    """Answers at random, among what comes home."""

    def __call__(self, ask: Ask, draft: Draft) -> int:
        return self.dice.choice([i for i, each in enumerate(coming_home(ask, draft)) if each])


def plan(seed: int, conditions: Conditions) -> list[PlanBar]:
    bars = conditions.bars + conditions.upbeat
    return answered(Draft(conditions), Homing(seed), bars)


def chord(cell: int) -> Chord:
    found = chord_of(cell)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("conditions", "tonic", "triads"),
    [(TUNE, 0, {"major"}), (WALTZ, 0, {"major"}), (MINOR, 9, {"major", "minor"})],
    ids=["major", "upbeat", "minor"],
)
def test_phrases_that_close_end_on_the_tonic(conditions: Conditions, tonic: int, triads: set[str]) -> None:
    closes = 0
    for seed in range(60):
        for bar in plan(seed, conditions):
            if bar.cadence == CLOSED and bar.left == 1:
                closes += 1
                assert chord(bar.cells[-1]).root == tonic
                assert chord(bar.cells[-1]).quality in triads
    assert closes > 60


@pytest.mark.parametrize(
    ("conditions", "tonic"), [(TUNE, 0), (WALTZ, 0), (MINOR, 9)], ids=["major", "upbeat", "minor"]
)
def test_a_piece_is_led_home(conditions: Conditions, tonic: int) -> None:
    closed = 0
    for seed in range(200):
        *_, before, last = plan(seed, conditions)
        if last.cadence == CLOSED:
            closed += 1
            assert {(chord(cell).root - tonic) % 12 for cell in last.cells} <= {0, 5, 7}
            home = [(chord(cell).root - tonic) % 12 == 0 for cell in last.cells]
            assert home == sorted(home)  # and stays there
            if before.left > 1:  # of the same phrase
                assert (chord(before.cells[-1]).root - tonic) % 12 in (5, 7)
    assert closed > 30


@pytest.mark.parametrize("conditions", [TUNE, replace(TUNE, minor=None)], ids=["open", "unknown key"])
def test_other_phrases_end_where_they_like(conditions: Conditions) -> None:
    lasts: set[int] = set()
    for seed in range(40):
        ends = [bar for bar in plan(seed, conditions) if bar.left == 1]
        lasts |= {bar.cells[-1] for bar in ends if conditions.minor is None or bar.cadence != CLOSED}
    assert len({chord(cell).root for cell in lasts - {NO_CHORD_CELL}}) == 12


def test_there_is_always_an_answer() -> None:
    for seed in range(40):
        for conditions in (TUNE, WALTZ, MINOR, replace(TUNE, bars=1), replace(TUNE, bars=2, upbeat=True)):
            assert all(all(bar.cells) for bar in plan(seed, conditions))
