"""The hard rules that csrc/tracker.h promises, and that there is always a way on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest

from linnet._core import Tracker
from linnet.music.score import Note
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import family_of
from tests.csrc.trackers import (
    BAR,
    EOS,
    HELD,
    TIME_BASES,
    all_notes,
    allowed,
    melodic,
    names,
    piece,
    random_rules,
    tracker_after,
    walk,
)


@pytest.mark.parametrize("seed", range(5))
def test_only_pitches_of_the_scale_are_played(seed: int) -> None:
    notes = [note for track in melodic(piece(seed, scale=[0, 2, 7])) for note in track.notes]

    assert notes
    assert {note.pitch % 12 for note in notes} <= {0, 2, 7}


@pytest.mark.parametrize("seed", range(5))
def test_each_slot_keeps_to_its_range(seed: int) -> None:
    ranges = [(60, 71), (36, 36), (100, 127)]
    tracks = melodic(piece(seed, ranges=ranges, drums=[]))

    for slot, track in enumerate(tracks):
        lowest, highest = ranges[min(slot, 2)]
        assert all(lowest <= note.pitch <= highest for note in track.notes)
    assert any(track.notes for track in tracks)


def most_together(notes: Sequence[Note]) -> int:
    return max((sum(a.onset <= b.onset < a.end for a in notes) for b in notes), default=0)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(5))
def test_no_more_notes_sound_together_in_a_slot_than_its_cap(time_base: TimeBase, seed: int) -> None:
    tracks = melodic(piece(seed, time_base, polyphony=[1, 2, 3], drums=[]))

    assert all(most_together(list(t.notes)) <= min(slot + 1, 3) for slot, t in enumerate(tracks))
    assert any(track.notes for track in tracks)


@pytest.mark.parametrize("seed", range(5))
def test_only_allowed_programs_and_drums_play_in_only_so_many_slots(seed: int) -> None:
    score = piece(seed, programs=[0, 40, 127], drums=[36, 87], slots=3)

    assert len(melodic(score)) <= 3
    assert {track.program for track in melodic(score)} <= {0, 40, 127}
    assert {note.pitch for track in score.tracks if track.is_drum for note in track.notes} <= {36, 87}


def test_a_slot_has_one_of_its_own_programs_or_where_none_is_allowed_any_that_is() -> None:
    rules: dict[str, Any] = {"programs": [0, 40, 127], "slot_programs": [[40, 127], [], [5]]}
    programs = [family_of(token).value_of(token) for token in allowed(tracker_after("bos, slot 0", **rules))]
    assert programs == [40, 127]
    for others in ("slot 1", "slot 1, program 0, slot 2", "slot 1, program 0, slot 2, program 40, slot 3"):
        reader = tracker_after(f"bos, slot 0, program 40, {others}", **rules)
        assert [family_of(token).value_of(token) for token in allowed(reader)] == [0, 40, 127]


def test_no_slot_is_offered_when_no_program_is_allowed() -> None:
    assert names(tracker_after("bos", programs=[])) == {"bar"}
    assert "slot" not in names(tracker_after("bos", "performance", programs=[]))


@pytest.mark.parametrize("fixed_meter", [False, True])
@pytest.mark.parametrize("bars", [1, 2, 9])
@pytest.mark.parametrize("seed", range(4))
def test_a_piece_has_exactly_so_many_bars_and_every_note_ends_inside(
    seed: int, bars: int, fixed_meter: bool
) -> None:
    score = piece(seed, bars=bars, fixed_meter=fixed_meter)

    assert score.bars == bars
    assert all(note.end <= score.end for note in all_notes(score))


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(5))
def test_no_pitch_is_struck_again_while_it_sounds(time_base: TimeBase, seed: int) -> None:
    score = piece(seed, time_base, ranges=[(60, 62)], drums=[])

    for track in melodic(score):
        for pitch in (60, 61, 62):
            assert most_together([note for note in track.notes if note.pitch == pitch]) <= 1
    assert all_notes(score)


@pytest.mark.parametrize("longest", [1, 95, 96, 100, 500])
def test_no_note_lasts_longer_than_the_longest(longest: int) -> None:
    notes = [note for track in melodic(piece(longest, longest=longest)) for note in track.notes]

    assert 0 < max(note.duration for note in notes) <= longest


@pytest.mark.parametrize("seed", range(5))
def test_fixed_meter_and_tempo_stay_as_they_began(seed: int) -> None:
    score = piece(seed, fixed_meter=True, fixed_tempo=True)

    assert (len(score.time_signatures), len(score.tempos)) == (1, 1)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("drums", [[36], []])
def test_an_endless_piece_never_ends(time_base: TimeBase, drums: list[int]) -> None:
    tracker = Tracker(time_base)
    tracker.restrict(endless=True, drums=drums, slots=len(drums))
    for _, _ in zip(range(1500), walk(tracker, 1), strict=False):
        assert EOS not in allowed(tracker)


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_struck_or_rings_after_the_last_tick(
    time_base: TimeBase, seed: int, endless: bool
) -> None:
    bars = 20 if time_base == "grid" else 0  # else nothing ends an endless piece
    score = piece(seed, time_base, ticks=700, bars=bars, endless=endless)

    assert all_notes(score)
    assert all(note.end <= 700 for track in melodic(score) for note in track.notes)
    assert all(note.onset < 700 for note in all_notes(score))


# ---- ways on -----------------------------------------------------------------------------------------------


def test_a_shift_leads_to_where_something_may_be_struck() -> None:
    tracker = tracker_after("bos," + HELD, polyphony=[1], drums=[])
    shifts = [t for t in allowed(tracker) if family_of(t).name == "shift_fine"]

    assert [family_of(t).value_of(t) for t in shifts] == list(range(30, 96))


def test_there_is_no_shift_when_all_voices_hold_until_the_bar_line() -> None:
    held = HELD.replace("duration_fine 30", "duration_big 96")

    assert not {"shift_fine", "shift_big"} & names(tracker_after("bos," + held, polyphony=[1], drums=[]))


def test_without_anything_to_play_bars_go_by_until_the_last_one_ends_the_piece() -> None:
    rules: dict[str, Any] = {"slots": 0, "drums": [], "bars": 2, "fixed_tempo": True, "fixed_meter": True}
    start = "bos, bar, time_signature 4/4, tempo 120 bpm"

    assert allowed(tracker_after(start, **rules)) == [BAR]
    assert allowed(tracker_after(start + ", bar", **rules)) == [EOS]


def test_rules_made_stricter_after_a_shift_leave_the_bar_as_the_way_on() -> None:
    tracker = tracker_after("bos," + HELD + ", shift_fine 12")
    tracker.restrict(scale=[], drums=[])

    assert allowed(tracker) == [BAR]


def test_rules_made_stricter_after_a_shift_leave_the_end_as_the_way_on_in_performance() -> None:
    tracker = tracker_after("bos, shift_fine 12", "performance")
    tracker.restrict(slots=0, drums=[])
    assert allowed(tracker) == [EOS]

    tracker.restrict(endless=True)
    assert names(tracker) == {"shift_fine", "shift_big"}


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(10))
def test_there_is_a_way_on_whenever_the_rules_change(time_base: TimeBase, seed: int) -> None:
    tracker = Tracker(time_base)
    for step, _ in zip(range(300), walk(tracker, seed, length=300), strict=False):
        if step % 7 == 0:
            tracker.restrict(**asdict(random_rules(1000 * seed + step)))  # `walk` asserts a way on
