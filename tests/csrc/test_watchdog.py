"""The watchdog beside networks that would get stuck. The tracker's oracle holds it to csrc/tracker.h."""

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest

from linnet import _core
from linnet.controls.wishes import INDEX
from linnet.tokens import features, vocabulary
from linnet.tokens.decoder import Reader
from linnet.tokens.vocabulary import FAMILIES
from tests.csrc.trackers import START, allowed, tracker_after

BOS, BAR, METER, TEMPO = (FAMILIES[name].first for name in ("bos", "bar", "time_signature", "tempo"))
SLOT, PROGRAM, VELOCITY = (FAMILIES[name].first for name in ("slot", "program", "velocity"))
SHIFT, LONG_SHIFT, DURATION, LONG_DURATION = (
    FAMILIES[name] for name in ("shift_fine", "shift_big", "duration_fine", "duration_big")
)
NOTE = FAMILIES["note"]
COMMON_TIME = next(i for i, row in enumerate(vocabulary.TIME_SIGNATURES) if row[:2] == (4, 4))
STUCK_AFTER = 16 * 24

Will = Callable[[_core.Tracker, int], int]
"""What a network wants next, after the token that was played last."""


def begun(
    base: str = "grid", *, stuck_after: int = STUCK_AFTER, wishes: dict[str, int] | None = None, **rules: Any
):
    tracker = _core.Tracker(base)
    tracker.restrict(
        **{"endless": True, "fixed_meter": True, "fixed_tempo": True, "stuck_after": stuck_after} | rules
    )
    tracker.wish([(wishes or {}).get(name, 0) for name in INDEX])
    head = [BOS, SLOT, PROGRAM] + ([BAR, METER + COMMON_TIME, TEMPO] if base == "grid" else [])
    return _core.Piece(
        tracker, _core.Rng(1), script=[*head, SLOT, VELOCITY + 16, NOTE.first + 60, DURATION.token(12)]
    )


def played(piece: _core.Piece, will: Will, tokens: int = 1500) -> _core.Piece:
    """By a network of that will: what it wants is a hundred million times as likely as anything else."""
    dice = np.random.default_rng(1)
    while len(piece.tokens) < tokens:
        logits = dice.random(vocabulary.SIZE, np.float32)
        if piece.opened:
            logits[will(piece.tracker, piece.tokens[-1])] += 20
        piece.sample(logits)
    return piece


def onsets(piece: _core.Piece) -> list[tuple[int, int]]:
    """(tick, pitch, or 128 + drum) of what was struck."""
    reader = Reader(piece.tracker.time_base)
    for token in piece.tokens:
        reader.read(token)
    return [(onset, pitch + 128 * (slot < 0)) for onset, _, pitch, _, slot in reader.drain()[0]]


def same_bar(pattern: Sequence[tuple[int, int]]) -> Will:
    """Plays the same bar for ever: (position, pitch) of its notes, an eighth each."""

    def will(tracker: _core.Tracker, last: int) -> int:
        if last in NOTE.ids:
            return DURATION.token(12)
        here = tracker.now - tracker.bar_start
        done = last in DURATION.ids
        for position, pitch in pattern:
            if position == here and not done:
                return NOTE.first + pitch
            if position > here:
                return SHIFT.token(position - here)
        return BAR

    return will


def silent(tracker: _core.Tracker, last: int) -> int:
    if last in NOTE.ids:
        return DURATION.token(12)
    return BAR if tracker.time_base == "grid" else LONG_SHIFT.token(1440)


def holding(tracker: _core.Tracker, last: int) -> int:
    """Holds every note for as long as there is a token for it."""
    return LONG_DURATION.token(1440) if last in NOTE.ids else silent(tracker, last)


def equal_bars(piece: _core.Piece) -> int:
    """The most in a row, in 4/4."""
    bars: list[set[tuple[int, int]]] = [set() for _ in range(piece.tracker.bars)]
    for tick, pitch in onsets(piece):
        bars[tick // 96].add((tick % 96, pitch))
    return max(len(list(run)) for bar, run in groupby(bars) if bar)


def waits(piece: _core.Piece) -> list[int]:
    """Ticks from onset to onset, and to where the piece is."""
    ticks = [0, *(tick for tick, _ in onsets(piece)), piece.tracker.now]
    return [b - a for a, b in pairwise(ticks)]


PATTERNS = {
    "one note for ever": [(i * 24, 60) for i in range(4)],
    "one note a bar": [(0, 60)],
    "a figure": [(i * 12, 60 + i % 4) for i in range(8)],
    "a bar": [(i * 12, 60 + i * 5 % 7) for i in range(8)],
    "many notes": [(i * 2, 40 + i * 5 % 37) for i in range(48)],
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_network_in_a_loop_gets_out_of_it(pattern: list[tuple[int, int]]) -> None:
    stuck, free = (
        played(begun(stuck_after=stuck_after), same_bar(pattern), 3000) for stuck_after in (0, STUCK_AFTER)
    )

    assert equal_bars(stuck) > 4
    assert stuck.tracker.interventions == 0
    assert equal_bars(free) <= 3
    assert free.tracker.interventions > 0


@pytest.mark.parametrize(("meter", "quarters"), [("2/4", 2), ("3/4", 3), ("4/4", 4), ("6/8", 3), ("3/2", 6)])
def test_the_third_equal_bar_is_the_last_in_every_metre(meter: str, quarters: int) -> None:
    bar = " shift_fine 24,".join(f"note {60 + 2 * i}, duration_fine 24," for i in range(quarters))
    start = START.replace("4/4", meter) + ", slot 0, velocity 90,"
    twice = tracker_after(f"bos, {start} {bar} bar, {bar} bar", stuck_after=STUCK_AFTER)
    thrice = tracker_after(f"bos, {start} {bar} bar, {bar} bar, {bar} bar", stuck_after=STUCK_AFTER)

    first = NOTE.first + 60
    assert first in allowed(twice)
    assert first not in allowed(thrice)
    assert (twice.interventions, thrice.interventions) == (0, 1)


@pytest.mark.parametrize("base", ["grid", "performance"])
@pytest.mark.parametrize("will", [silent, holding])
def test_a_silence_and_a_note_for_ever_end(base: str, will: Will) -> None:
    stuck, free = (
        played(begun(base, stuck_after=stuck_after), will, 300) for stuck_after in (0, STUCK_AFTER)
    )

    assert stuck.tracker.now > 20 * STUCK_AFTER
    assert max(waits(stuck)) > 2 * STUCK_AFTER
    assert max(waits(free)) <= STUCK_AFTER


@pytest.mark.parametrize("wish", [2, 3, 4, 5])
def test_repetition_that_was_asked_for_is_left_alone(wish: int) -> None:
    stuck, asked = (
        played(begun(stuck_after=stuck_after, wishes={"likeness": wish}), same_bar(PATTERNS["a bar"]))
        for stuck_after in (0, STUCK_AFTER)
    )

    assert asked.tokens == stuck.tokens
    assert asked.tracker.interventions == 0


def test_a_bar_that_is_looked_at_may_come_back() -> None:
    piece = begun()
    piece.plan([("nowhere", 15, {INDEX["likeness"]: 1}), (1, 15, {INDEX["likeness"]: 2})], again=1, first=1)
    played(piece, same_bar(PATTERNS["a bar"]))

    assert equal_bars(piece) > 40
    assert piece.tracker.interventions == 0


def test_where_there_is_only_one_note_it_may_be_repeated() -> None:
    """Its velocity may change: that is no way out of a loop."""
    piece = played(begun(ranges=[(60, 60)], drums=[]), same_bar(PATTERNS["one note for ever"]))

    assert equal_bars(piece) > 4


def test_features_do_not_look_back_for_sixteen_notes() -> None:
    piece, will = begun(), same_bar(PATTERNS["a bar"])
    columns = [
        column
        for family in features.FAMILIES
        if family.name in ("earlier_next_onset", "suffix_match", "earlier_bars")
        for column in range(family.first_column, family.first_column + family.columns)
    ]
    row, said, recovering = np.zeros(features.WIDTH, np.int64), [], []
    for tokens in range(10, 500):
        played(piece, will, tokens)
        piece.tracker.features(row)
        said.append(bool(row[columns].any()))
        recovering.append(piece.tracker.recovers)

    assert not any(s for s, r in zip(said, recovering, strict=True) if r)
    assert any(said)
    notes = [token in NOTE.ids for token in piece.tokens[-len(said) :]]
    first = recovering.index(True)
    assert sum(notes[first : recovering.index(False, first)]) == 16


def test_what_was_given_counts_as_no_intervention() -> None:
    piece = played(begun(), same_bar(PATTERNS["a bar"]))
    tokens = played(begun(stuck_after=0), same_bar(PATTERNS["a bar"])).tokens
    tracker = _core.Tracker()
    tracker.restrict(stuck_after=STUCK_AFTER, endless=True)
    continued = _core.Piece(tracker, _core.Rng(1), script=tokens)
    while not continued.opened:
        continued.sample(np.zeros(vocabulary.SIZE, np.float32))

    assert piece.tracker.interventions > 0
    assert tracker.interventions == 0
