"""Where the features that look back look: tracker_set_source of csrc/tracker.h."""

from typing import Any

import pytest

from linnet._core import Tracker
from linnet.tokens import features
from linnet.tokens.vocabulary import SIZE, describe
from tests.csrc.trackers import row_of, token, tokens_of, tracker_after

LOOKING_BACK = ("earlier_next_onset", "suffix_match", "earlier_bars")
NOTHING: dict[str, list[int]] = {name: [] for name in LOOKING_BACK}
TWO_BARS = (
    "bos, slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm, slot 0, velocity 90, note 60, "
    "duration_fine 12, shift_fine 24, note 64, duration_fine 12, bar, note 72, duration_fine 12, bar"
)


def said(tracker: Tracker) -> dict[str, list[int]]:
    """What the bag says in the columns that look back, pads left out; ids within their family."""
    row = row_of(tracker)
    return {
        f.name: [int(i) - f.first_id for i in row[f.first_column : f.first_column + f.columns] if i]
        for f in features.FAMILIES
        if f.name in LOOKING_BACK
    }


def test_anywhere_is_where_training_looks() -> None:
    tracker, told = tracker_after(TWO_BARS), tracker_after(TWO_BARS)
    told.set_source("nowhere")
    told.set_source("anywhere")

    assert said(told) == said(tracker) != NOTHING


def test_nowhere_says_nothing() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source("nowhere")

    assert said(tracker) == NOTHING


def test_a_bar_is_looked_at_token_by_token() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)
    heard = []
    walk = "velocity 34, note 60, duration_fine 12, shift_fine 24, note 64, duration_fine 12"
    for t in tokens_of(walk):
        columns = said(tracker)
        heard.append({describe(i % SIZE) for i in columns["suffix_match"]})
        assert len(columns["suffix_match"]) == 4
        tracker.advance(t)

    note, duration, shift, other = (
        {word} for word in ("note 60", "duration_fine 12", "shift_fine 24", "note 64")
    )
    assert heard == [note, note, duration, shift, other, duration]
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"bar"}


def test_a_slot_said_here_that_was_running_there_leads_nowhere_else() -> None:
    tracker = tracker_after(
        "bos, slot 0, program 0, slot 1, program 1, bar, time_signature 4/4, tempo 120 bpm, slot 0, "
        "velocity 90, note 60, duration_fine 12, bar, note 62, duration_fine 12, "
        "slot 1, velocity 90, note 50, duration_fine 12, bar"
    )
    tracker.set_source(1)
    tracker.advance(token("slot 0"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 62"}
    tracker.advance(token("note 62"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"duration_fine 12"}


def test_back_and_ahead_speak_of_that_bar_alone() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)

    assert said(tracker)["earlier_bars"] == [189 + 60]  # the second table: 2 bars ago
    assert said(tracker)["earlier_next_onset"] == [97 + 24]


def test_a_piece_that_goes_another_way_is_told_nothing_more() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)
    tracker.advance(token("note 61"))

    assert said(tracker)["suffix_match"] == []
    assert said(tracker)["earlier_bars"] != []


@pytest.mark.parametrize("where", [4, 8])
def test_a_bar_that_is_not_there_is_nowhere(where: Any) -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(where)

    assert said(tracker) == NOTHING


def test_a_new_piece_looks_anywhere() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source("nowhere")
    for t in tokens_of(TWO_BARS):
        tracker.advance(t)

    assert said(tracker) == said(tracker_after(TWO_BARS))


def test_a_bar_of_another_distance_stands_where_that_of_8_bars_ago_does() -> None:
    tracker = tracker_after(TWO_BARS + ", bar")
    tracker.set_source(3)

    assert said(tracker)["earlier_bars"] == [3 * 189 + 60]
    assert said(tracker)["earlier_next_onset"] == [3 * 97 + 24]
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 60"}


def test_inside_a_bar_it_looks_from_there_on() -> None:
    tracker = tracker_after(TWO_BARS + ", note 61, duration_fine 12, shift_fine 24")
    tracker.set_source(2)
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 64"}
    tracker.advance(token("note 64"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"duration_fine 12"}


def test_where_nothing_stands_at_the_same_place_no_token_is_shown() -> None:
    tracker = tracker_after(TWO_BARS + ", note 61, duration_fine 12, shift_fine 12")
    tracker.set_source(2)

    assert said(tracker)["suffix_match"] == []
    assert said(tracker)["earlier_next_onset"] == [97 + 12]


@pytest.mark.parametrize("where", [64, 0, -1, "there", 1.5])
def test_other_places_are_refused(where: Any) -> None:
    with pytest.raises(ValueError, match="where must be"):
        Tracker().set_source(where)
