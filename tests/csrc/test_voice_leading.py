"""Parallels and crossings, as csrc/voice_leading.h has them."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from linnet._core import Tracker
from linnet.tokens.vocabulary import family_of
from tests.csrc.grammar_oracle import Grammar
from tests.csrc.tracker_oracle import Rules
from tests.csrc.trackers import allowed, tokens_of, tracker_after
from tests.csrc.voice_leading_oracle import ALLOWED, COUNTED, FORBIDDEN

TWO = "bos, slot 0, program 0, slot 1, program 0, bar, time_signature 4/4, tempo 120 bpm, "
FIFTH = (
    TWO + "slot 0, velocity 90, note 67, duration_fine 24, slot 1, velocity 90, note 60, duration_fine 24, "
)
ON = "shift_fine 24, "
CHOIR = Rules(
    scale=(0, 4, 5, 7), ranges=((55, 79),), polyphony=(1,), programs=(19,), drums=(), slots=4,
    fixed_meter=True, fixed_tempo=True,
)  # fmt: skip
QUARTERS = (24, 48)


def pitches(tracker: Tracker) -> set[int]:
    """Of the notes that may come next."""
    return {family_of(t).value_of(t) for t in allowed(tracker) if family_of(t).name == "note"}


def after(text: str, **rules: Any) -> set[int]:
    """What the lower voice may strike."""
    return pitches(tracker_after(text + ", slot 1", polyphony=[1], **rules))


# ---- beside the oracle -------------------------------------------------------------------------------------


def sing(tracker: Tracker, seed: int, length: int = 400) -> Iterator[int]:
    """Tokens drawn from what is allowed as a choir would move: by quarters, and most voices together."""
    generator, last = np.random.default_rng(seed), ""
    for step in range(length):
        by_family: dict[str, list[int]] = {}
        for t in allowed(tracker):
            by_family.setdefault(family_of(t).name, []).append(t)
        order = ["slot", "shift_fine", "bar", "velocity", "note", "duration_fine", "program"]
        if last in ("slot", "velocity"):
            order = ["note", "velocity", "program"]
        elif step > 8 and generator.random() < 0.1:
            order.remove("slot")  # who has not sung holds or rests
        last = next((name for name in order if name in by_family), next(iter(by_family)))
        choice = by_family[last]
        if last in ("slot", "velocity"):
            choice = choice[:1]
        elif last in ("shift_fine", "duration_fine"):
            lengths = QUARTERS[: 2 if last == "duration_fine" else 1]
            choice = [t for t in choice if family_of(t).value_of(t) in lengths] or choice
        t = int(generator.choice(choice))
        yield t
        tracker.advance(t)


@pytest.mark.parametrize("crossing", [ALLOWED, COUNTED, FORBIDDEN])
@pytest.mark.parametrize("parallels", [ALLOWED, COUNTED, FORBIDDEN])
@pytest.mark.parametrize("several", [False, True])
def test_agrees_with_the_oracle_where_voices_move(parallels: int, crossing: int, several: bool) -> None:
    rules = replace(CHOIR, parallels=parallels, crossing=crossing, polyphony=(1, 1, 2) if several else (1,))
    tracker, oracle = Tracker(), Grammar("grid", rules)
    tracker.restrict(**asdict(rules))
    for step, t in enumerate(sing(tracker, seed=several, length=800 if several else 400)):
        assert (tracker.parallels, tracker.crossings) == (oracle.parallels, oracle.crossings), step
        assert allowed(tracker) == sorted(oracle.allowed()), step
        oracle.advance(t)
    for rule, times in (parallels, tracker.parallels), (crossing, tracker.crossings):
        if rule != FORBIDDEN:  # then those are counted for which it gave way
            assert (times > 0) == (rule == COUNTED)


def test_rules_that_change_on_the_way_find_what_went_before() -> None:
    parallels = crossings = 0
    for seed in range(4):
        tracker, oracle = Tracker(), Grammar("grid", CHOIR)
        tracker.restrict(**asdict(CHOIR))
        dice = np.random.default_rng(seed)
        for step, t in enumerate(sing(tracker, seed)):
            if step % 11 == 0:
                changed = {"parallels": int(dice.integers(0, 3)), "crossing": int(dice.integers(0, 3))}
                tracker.restrict(**changed)
                oracle.rules = replace(oracle.rules, **changed)
            assert (tracker.parallels, tracker.crossings) == (oracle.parallels, oracle.crossings), step
            assert allowed(tracker) == sorted(oracle.allowed()), (seed, step)
            oracle.advance(t)
        parallels, crossings = parallels + tracker.parallels, crossings + tracker.crossings
    assert parallels
    assert crossings


# ---- parallels ---------------------------------------------------------------------------------------------


def test_a_fifth_does_not_move_to_a_fifth_the_same_way() -> None:
    text = FIFTH + ON + "slot 0, note 69, duration_fine 24"

    free, led = after(text, parallels=ALLOWED), after(text, parallels=FORBIDDEN)
    assert free - led == {62, 76, 88, 100, 112, 124}  # a fifth from 69, and above 60


def test_an_octave_does_not_move_to_an_octave_or_a_unison_the_same_way() -> None:
    text = FIFTH.replace("note 60", "note 55") + ON + "slot 0, note 65, duration_fine 24"

    free, led = after(text, parallels=ALLOWED), after(text, parallels=FORBIDDEN)
    assert free - led == {5, 17, 29, 41, 53}


@pytest.mark.parametrize("upper", ["note 67", "note 69"])
def test_who_stays_makes_no_parallel(upper: str) -> None:
    text = FIFTH + ON + f"slot 0, {upper}, duration_fine 24"

    assert 60 in after(text, parallels=FORBIDDEN)
    assert upper != "note 67" or after(text, parallels=FORBIDDEN) == after(text)


def test_another_interval_before_makes_no_parallel() -> None:
    text = FIFTH.replace("note 60", "note 59") + ON + "slot 0, note 69, duration_fine 24"

    assert after(text, parallels=FORBIDDEN) == after(text)


def test_a_voice_that_rested_makes_no_parallel() -> None:
    alone = "slot 0, note 67, duration_fine 24, "  # the lower one is silent in the chord before
    text = FIFTH + ON + alone + ON + "note 69, duration_fine 24"

    assert after(text, parallels=FORBIDDEN) == after(text)


def test_a_chord_in_a_slot_is_no_voice() -> None:
    text = FIFTH.replace("note 67, duration_fine 24", "note 67, duration_fine 24, note 64, duration_fine 24")
    text += ON + "slot 0, note 69, duration_fine 24, slot 1"

    tracker = tracker_after(text, parallels=FORBIDDEN)
    assert pitches(tracker) == pitches(tracker_after(text))


def test_a_slot_without_another_note_strikes_a_parallel_and_it_is_counted() -> None:
    tracker = tracker_after(
        FIFTH + ON + "slot 0, note 69, duration_fine 24, slot 1",
        parallels=FORBIDDEN, polyphony=[1], ranges=[(67, 69), (60, 62)], scale=[7, 9, 2, 0],
    )  # fmt: skip
    assert pitches(tracker) == {60}

    tracker.restrict(scale=[2, 9])
    assert pitches(tracker) == {62}
    for t in tokens_of("note 62, duration_fine 24"):
        tracker.advance(t)
    assert tracker.parallels == 1


# ---- crossing ----------------------------------------------------------------------------------------------


def test_a_voice_stays_under_what_sounds_above_it_and_over_what_sounds_below_it() -> None:
    above = FIFTH + ON + "slot 0, note 64, duration_fine 24"
    assert after(above, crossing=FORBIDDEN) == set(range(65))

    held = (
        FIFTH.replace("note 60, duration_fine 24", "note 60, duration_fine 48") + ON + "slot 0, velocity 94"
    )
    assert pitches(tracker_after(held, polyphony=[1], crossing=FORBIDDEN)) == set(range(60, 128))


def test_what_no_longer_sounds_is_no_bound() -> None:
    text = FIFTH + ON + "slot 0, velocity 94"

    assert pitches(tracker_after(text, crossing=FORBIDDEN)) == set(range(128))


def test_hands_mind_the_nearest_note_of_the_other() -> None:
    text = TWO + "slot 0, velocity 90, note 76, duration_fine 24, note 67, duration_fine 24, slot 1"

    assert pitches(tracker_after(text + ", velocity 90", crossing=FORBIDDEN)) == set(range(68))


def test_voices_that_go_from_low_to_high_stay_as_they_are() -> None:
    tracker = tracker_after(
        FIFTH.replace("note 60", "note 72") + ON + "slot 0, note 65, duration_fine 24, slot 1"
    )
    tracker.restrict(crossing=FORBIDDEN)

    assert pitches(tracker) == set(range(128))


def test_hands_that_lie_from_low_to_high_stay_as_they_are() -> None:
    chords = TWO + "slot 0, velocity 90, note 48, duration_fine 24, note 43, duration_fine 24, "
    chords += "slot 1, velocity 90, note 76, duration_fine 24, note 67, duration_fine 24, " + ON
    tracker = tracker_after(chords + "slot 0, note 41, duration_fine 24, slot 1")
    tracker.restrict(crossing=FORBIDDEN)
    assert pitches(tracker) == set(range(128))

    near = chords.replace("note 67", "note 48")  # they met, so that neither lay beyond the other
    tracker = tracker_after(near + "slot 0, note 41, duration_fine 24, slot 1")
    tracker.restrict(crossing=FORBIDDEN)
    assert pitches(tracker) == set(range(42))


def test_a_slot_without_another_note_crosses_and_it_is_counted() -> None:
    tracker = tracker_after(
        TWO + "slot 0, velocity 90, note 67, duration_fine 24, slot 1, velocity 90",
        crossing=FORBIDDEN, polyphony=[1], ranges=[(60, 67), (70, 72)],
    )  # fmt: skip
    assert pitches(tracker) == {70, 71, 72}

    tracker.advance(tokens_of("note 70")[0])
    assert tracker.crossings == 1


def test_what_is_allowed_is_not_counted_and_a_new_piece_begins_at_nothing() -> None:
    text = FIFTH + ON + "slot 0, note 69, duration_fine 24, slot 1, note 76, duration_fine 24"
    counts = {}
    for rule in (ALLOWED, COUNTED):
        tracker = tracker_after(text, parallels=rule, crossing=rule)
        counts[rule] = tracker.parallels, tracker.crossings
    assert counts == {ALLOWED: (0, 0), COUNTED: (1, 1)}

    tracker.reset()
    assert (tracker.parallels, tracker.crossings) == (0, 0)
