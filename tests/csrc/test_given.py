"""Music that is given, as csrc/given.h and csrc/feature_layout.h say it."""

import numpy as np
import pytest

from linnet._core import Tracker
from linnet.tokens import codec, features, given
from linnet.tokens.given import ANY, KIT, NO_END
from tests.csrc.features_oracle import GivenMusic, GivenNote, Oracle
from tests.csrc.trackers import column, repetitive, row_of, tokens_of, walk

GIVEN = slice(*(f.first_column for f in features.FAMILIES if f.name in ("given_slot", "rare_time_signature")))
"""Columns that tell of given music."""


def random_given(seed: int) -> tuple[GivenMusic, given.Given]:
    """Notes of another piece, some of them without a pitch, for the oracle and for C."""
    generator = np.random.default_rng(seed)
    tracker = Tracker("grid")
    tokens = np.array(list(walk(tracker, seed + 1000, 300, slots=3)), np.uint16)
    rows = given.read(tokens).notes[: given_reach(generator)].copy()
    hidden = np.unique(rows[:, given.SLOT])[: int(generator.integers(2))]
    for slot in hidden:
        rows[rows[:, given.SLOT] == slot, given.PITCH] = ANY
    _, firsts = np.unique(rows[:, [given.ONSET, given.SLOT, given.PITCH]], axis=0, return_index=True)
    rows = rows[np.sort(firsts)]
    slots = tuple(int(slot) for slot in generator.choice(17, generator.integers(0, 4), replace=False))
    cuts = np.sort(generator.choice(np.arange(0, 4000, 48), 3, replace=False)).tolist()
    spans = [(), ((cuts[0], cuts[1]),), ((cuts[0], cuts[1]), (cuts[2], NO_END))][int(generator.integers(3))]
    notes = [
        GivenNote(
            onset,
            duration,
            None if slot == KIT else slot,
            None if pitch == ANY else pitch - 27 + 128 if slot == KIT else pitch,
        )
        for onset, duration, slot, pitch, _ in rows.tolist()
    ]
    return GivenMusic(notes, slots, spans), given.lend(rows, slots=slots, spans=spans)


def given_reach(generator: np.random.Generator) -> int:
    return int(generator.integers(1, 192))


@pytest.mark.parametrize("seed", range(10))
def test_what_the_network_sees_of_it_is_what_the_oracle_says(seed: int) -> None:
    tracker, oracle = Tracker("grid"), Oracle("grid")
    music, lent = random_given(seed)
    tracker.set_shift(seed % 12 - 6)
    oracle.shift = seed % 12 - 6
    tracker.give(lent)
    seen = set[int]()
    for token in walk(tracker, seed, 150, slots=2):
        oracle.advance(token)
        other = tracker.copy()
        other.advance(token)
        row = row_of(other)
        if oracle.bars:
            assert row[GIVEN] == oracle.row(oracle.given_facts(music))[GIVEN]
        seen |= {i for i, value in enumerate(row[GIVEN]) if value}
    assert len(seen) >= 4


def test_all_of_it_is_seen_by_someone() -> None:
    seen = set[int]()
    for seed in range(6):
        _, lent = random_given(seed)
        tokens = np.array(list(walk(Tracker("grid"), seed, 150, slots=2)), np.uint16)
        seen |= set(np.flatnonzero(features.compute(tokens, "grid", given=lent).any(axis=0)).tolist())
    assert seen >= set(range(GIVEN.start, GIVEN.stop))


def test_without_it_nothing_is_told() -> None:
    rows = features.compute(codec.encode(repetitive(4)), "grid")

    assert not rows[:, GIVEN].any()


def test_notes_are_read_with_their_tokens() -> None:
    tokens = np.array(
        tokens_of(
            "bos, slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm, velocity 90, drum 36, slot 0,"
            "velocity 66, note 64, duration_big 96, duration_fine 3, note 60, duration_fine 24,"
            "shift_fine 24, drum 38"
        ),
        np.uint16,
    )
    reading = given.read(tokens)

    assert reading.notes.tolist() == [
        [0, 0, KIT, 36, 22],
        [0, 99, 0, 64, 16],
        [0, 24, 0, 60, 16],
        [24, 0, KIT, 38, 22],
    ]
    assert reading.places.tolist() == [[6, 8], [8, 13], [13, 15], [16, 17]]
    assert reading.ticks.tolist() == [0] * 15 + [24, 24]


def test_the_tracker_keeps_what_is_lent_to_it() -> None:
    tokens = tokens_of("bos, slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm")
    tracker = Tracker()
    tracker.give(given.lend(np.array([[48, 24, 0, 60, 20]], np.int32), slots=[0]))
    copied = tracker.copy()
    for token in tokens:
        copied.advance(token)

    assert column(row_of(copied), "given_time")[0] == 48
    assert column(row_of(copied), "given_next") == [60, 60]


@pytest.mark.parametrize("row", [[-1, 1, 0, 60, 0], [0, 1, 17, 60, 0], [0, 1, 0, 128, 0], [0, 1, KIT, 20, 0]])
def test_notes_that_cannot_be_are_refused(row: list[int]) -> None:
    with pytest.raises(ValueError, match="note 0 is out of range"):
        given.lend(np.array([row], np.int32))
    with pytest.raises(ValueError, match="order"):
        given.lend(np.array([[5, 1, 0, 60, 0], [4, 1, 0, 60, 0]], np.int32))
