"""What the network sees, as csrc/feature_layout.h says it."""

import numpy as np
import pytest

from linnet._core import Tracker
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from tests.csrc.features_oracle import Oracle
from tests.csrc.tracker_oracle import WINDOW
from tests.csrc.trackers import (
    BAR,
    HELD,
    NO_WISH,
    TIME_BASES,
    column,
    repetitive,
    row_of,
    tokens_of,
    tracker_after,
)


def fitting(values: list[int]) -> list[int]:
    """Those that are too large for their table are no wish."""
    return [value if value < count else 0 for value, (_, count) in zip(values, features.WISHES, strict=True)]


@pytest.mark.parametrize("time_base", TIME_BASES)
def test_a_whole_piece_in_one_call_gives_the_features_of_single_steps(time_base: TimeBase) -> None:
    score = codec.quantise(repetitive(40), time_base)
    tokens = codec.encode(score, time_base)
    wishes = np.random.default_rng(3).integers(0, 5, (30, features.ROW_WIDTH)).astype(np.uint8)
    rows = features.compute(tokens, time_base, wishes)
    tracker = Tracker(time_base)
    for t, row in zip(tokens.tolist(), rows.tolist(), strict=True):
        tracker.advance(t)
        bar = min(tracker.bars, 29)
        tracker.wish(fitting(wishes[bar, : len(NO_WISH)].tolist()))
        tracker.plan_chords(wishes[tracker.bars : tracker.bars + 4, features.CHORDS].tolist())
        assert row_of(tracker) == row


PHRASE = [t for pitch in range(80, 94) for t in tokens_of(f"note {pitch}, duration_fine 3, shift_fine 5")]


def recall(gap: int) -> list[list[int | None]]:
    """What the look-up says after each token of PHRASE when it stood `gap` musical tokens before."""
    filler = tokens_of("note 40, duration_fine 3, shift_fine 5") * WINDOW
    head = tokens_of("bos, slot 0, program 0, slot 0, velocity 90")
    rows = features.compute(np.array(head + PHRASE + filler[: gap - len(PHRASE)] + PHRASE), "performance")
    return [column(row, "suffix_match") for row in rows[-len(PHRASE) :].tolist()]


@pytest.mark.parametrize(("table", "length"), [(0, 4), (1, 8), (2, 16), (3, 32)])
def test_the_look_up_reaches_back_over_the_window_and_no_further(table: int, length: int) -> None:
    assert recall(WINDOW - length - 1)[length - 1][table] == PHRASE[length]
    assert recall(WINDOW - length)[length - 1][table] is None


def test_agrees_with_the_oracle_beyond_the_window() -> None:
    generator = np.random.default_rng(8)
    motifs = [tokens_of(f"note {p}, duration_fine {p % 7 + 1}, shift_fine 9") for p in range(40, 70)]
    tokens = tokens_of("bos, slot 0, program 0, slot 0, velocity 90")
    while len(tokens) < WINDOW + 2000:
        tokens += motifs[int(generator.integers(30))]
    rows = features.compute(np.array(tokens), "performance")
    oracle, found = Oracle("performance"), 0
    for i, t in enumerate(tokens):
        oracle.advance(t)
        if i > WINDOW + 1900:
            said = [oracle.suffix_match(length) for length in (4, 8, 16, 32)]
            assert column(rows[i].tolist(), "suffix_match") == said
            found += said[1] is not None
    assert found


def test_wishes_come_from_the_row_of_the_bar_and_from_the_last_row_after_it() -> None:
    tokens = codec.encode(repetitive(4))
    wishes = np.zeros((3, features.ROW_WIDTH), np.uint8)
    wishes[:, 0] = 1, 2, 3
    rows = features.compute(tokens, "grid", wishes).tolist()
    bars = np.cumsum(tokens == BAR).tolist()

    assert [column(row, "wish_key") for row in rows] == [[min(bar, 2) + 1] for bar in bars]


def test_a_wish_too_large_for_its_table_is_no_wish() -> None:
    rows = features.compute(np.array([1]), "grid", np.full((1, features.ROW_WIDTH), 200, np.uint8)).tolist()

    assert [column(rows[0], f"wish_{name}") for name, _ in features.WISHES] == [[0]] * len(NO_WISH)


def test_bars_left_follows_the_rule_and_not_the_wish() -> None:
    tracker, left = Tracker(), []
    tracker.restrict(bars=3)
    tracker.wish([5 if name == "bars_left" else 0 for name, _ in features.WISHES])
    for t in tokens_of("bos, bar, time_signature 4/4, tempo 120 bpm, bar, bar"):
        tracker.advance(t)
        left.append(column(row_of(tracker), "wish_bars_left")[0])

    assert left == [4, 3, 3, 3, 2, 1]


def test_a_wish_may_change_at_any_step() -> None:
    tracker = tracker_after("bos," + HELD)
    before = row_of(tracker)
    tracker.wish([3, *NO_WISH[1:]])

    assert column(row_of(tracker), "wish_key") == [3]
    assert [i for i, (a, b) in enumerate(zip(before, row_of(tracker), strict=True)) if a != b] == [
        next(f.first_column for f in features.FAMILIES if f.name == "wish_key")
    ]
