"""Music that is given stands, whatever is drawn: properties of the mask, without a network."""

from typing import Any

import numpy as np
import pytest

from linnet._core import Tracker
from linnet.tokens import codec, given
from linnet.tokens.given import ANY, DOWN, DURATION, KIT, NO_END, ONSET, PITCH, SAME, SLOT, UP, VELOCITY
from linnet.tokens.vocabulary import FAMILIES, family_of
from tests.csrc.trackers import allowed, walk

TEMPO = FAMILIES["tempo"]


def a_piece(seed: int, slots: int = 3) -> np.ndarray[Any, Any]:
    """Tokens of random music of the grid, of at least so many slots."""
    return np.array(list(walk(Tracker("grid"), seed, 260, slots=slots)), np.uint16)


def played(tokens: np.ndarray[Any, Any], lent: given.Given, seed: int, **rules: Any) -> np.ndarray[Any, Any]:
    """Other music in the time of this, drawn from what may come next: its header, meters and tempos stand."""
    generator, end = np.random.default_rng(seed), int(given.read(tokens).ticks[-1])
    tracker = Tracker("grid")
    tracker.restrict(fixed_meter=True, fixed_tempo=True, **rules)
    tracker.give(lent)
    first = next(i for i, token in enumerate(tokens) if TEMPO.first <= token < TEMPO.first + TEMPO.count)
    said: list[int] = []
    for token in tokens[: first + 1].tolist():
        tracker.advance(token)
        said.append(token)
    while not tracker.finished:
        choice = allowed(tracker)
        assert choice
        hurry = {"eos", "bar"} if tracker.now >= end else set[str]()
        choice = [t for t in choice if family_of(t).name in hurry] or choice
        family = generator.choice(sorted({family_of(t).name for t in choice}))
        said.append(int(generator.choice([t for t in choice if family_of(t).name == family])))
        tracker.advance(said[-1])
        assert len(said) < 20_000
    return np.array(said, np.uint16)


def of(rows: np.ndarray[Any, Any], slots: list[int]) -> list[list[int]]:
    found: list[list[int]] = rows[np.isin(rows[:, SLOT], slots)].tolist()
    return found


@pytest.mark.parametrize("seed", range(8))
def test_given_parts_stand_to_the_tick_and_others_are_free(seed: int) -> None:
    tokens = a_piece(seed)
    reading = given.read(tokens)
    parts = np.unique(reading.notes[:, SLOT]).tolist()
    slots = np.random.default_rng(seed).permutation(parts)[: 1 + seed % max(len(parts) - 1, 1)].tolist()
    kept = np.isin(reading.notes[:, SLOT], slots)
    changes = given.changes_of(tokens, reading)
    lent = given.lend(reading.notes[kept], slots=slots, changes=changes)
    new = played(tokens, lent, seed)
    found = given.read(new)

    assert of(found.notes, slots) == of(reading.notes, slots)
    assert given.changes_of(new, found) == changes
    codec.decode(new)  # it is what the grammar calls a piece


@pytest.mark.parametrize("seed", range(8))
def test_outside_of_a_gap_everything_stands(seed: int) -> None:
    tokens = a_piece(seed + 50)
    reading = given.read(tokens)
    lines = reading.ticks[tokens == FAMILIES["bar"].first].tolist()
    span = lines[len(lines) // 3], lines[len(lines) // 2]
    slots = [0] if seed % 2 else []
    kept = np.isin(reading.notes[:, SLOT], slots) | ~given.inside(reading.notes[:, ONSET], [span])
    lent = given.lend(
        reading.notes[kept], slots=slots, spans=[span], changes=given.changes_of(tokens, reading)
    )
    found = given.read(played(tokens, lent, seed))
    stands = np.isin(found.notes[:, SLOT], slots) | ~given.inside(found.notes[:, ONSET], [span])

    assert found.notes[stands].tolist() == reading.notes[kept].tolist()


@pytest.mark.parametrize("seed", range(6))
def test_where_onsets_are_given_things_begin_there_and_nowhere_else(seed: int) -> None:
    tokens = a_piece(seed + 100)
    reading = given.read(tokens)
    rows = reading.notes.copy()
    rows[:, PITCH] = rows[:, VELOCITY] = ANY
    _, firsts = np.unique(rows[:, [ONSET, SLOT]], axis=0, return_index=True)
    rows = rows[np.sort(firsts)]
    slots = [0, KIT]
    changes = given.changes_of(tokens, reading)
    lent = given.lend(rows[np.isin(rows[:, SLOT], slots)], onsets=slots, changes=changes)
    new = played(tokens, lent, seed)
    found = given.read(new).notes

    for slot in slots:
        onsets = {row[ONSET] for row in of(rows, [slot])}
        assert {row[ONSET] for row in of(found, [slot])} == onsets
    lasting = {row[ONSET]: row[DURATION] for row in of(rows, [0])}
    assert all(row[DURATION] == lasting[row[ONSET]] for row in of(found, [0]))


def test_steps_go_where_they_are_told() -> None:
    way = [ANY, UP, UP, DOWN, SAME, DOWN, UP, SAME]
    rows = np.array([[24 * i, 24, 0, pitch, ANY] for i, pitch in enumerate(way)], np.int32)
    tokens = np.array(
        [
            *(FAMILIES[name].first for name in ("bos", "slot", "program", "bar")),
            *(FAMILIES["time_signature"].first + 2, TEMPO.first + 20, FAMILIES["bar"].first),
        ],
        np.uint16,
    )
    lent = given.lend(rows, slots=[KIT], onsets=[0])
    for seed in range(4):
        found = given.read(played(tokens, lent, seed, polyphony=[1], bars=2, ranges=[(20, 110)])).notes
        steps = np.sign(np.diff(found[:, PITCH])).tolist()
        assert steps == [1, 1, -1, 0, -1, 1, 0]


def test_rules_do_not_touch_what_is_given() -> None:
    tokens = a_piece(7)
    reading = given.read(tokens)
    kept = reading.notes[:, SLOT] == 0
    lent = given.lend(reading.notes[kept], slots=[0], changes=given.changes_of(tokens, reading))
    rules = {"scale": [0], "ranges": [(60, 72)], "polyphony": [1], "stuck_after": 24, "durations": [6, 12]}
    found = given.read(played(tokens, lent, 3, **rules))

    assert of(found.notes, [0]) == reading.notes[kept].tolist()
    others = found.notes[~np.isin(found.notes[:, SLOT], [0, KIT])]
    assert set((others[:, PITCH] % 12).tolist()) <= {0}


def test_nothing_is_given_after_no_end() -> None:
    assert given.inside(np.array([5], np.int32), [(0, NO_END)]).all()
