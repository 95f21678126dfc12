"""Notes of MIDI files: what begins and ends them, who plays them, how long the pedal holds them."""

import pytest

from linnet import midi
from linnet.music.score import Note
from tests.runtime.smf import NOTE, C, notes_of, smf

# Notes


def test_a_note_lasts_from_note_on_to_note_off():
    assert notes_of(NOTE) == [C]


def test_a_note_on_with_velocity_zero_is_a_note_off():
    assert notes_of("00 903c50  60 903c00") == [C]


def test_running_status_repeats_the_last_status_byte():
    assert notes_of("00 903c50  60 3c00  00 4050  60 4000") == [C, Note(96, 96, 64, 80)]


@pytest.mark.parametrize(
    "between",
    ["ff0100", "f0 02 7ef7", "f8", "f2 0000"],
    ids=["meta", "sysex", "clock", "song position"],
)
def test_running_status_outlives_other_events(between):
    assert notes_of(f"00 903c50  00 {between}  60 3c00") == [C]


def test_system_exclusive_in_packets_is_skipped_by_its_lengths():
    assert notes_of("00 f0 03 411042  00 f7 03 1240f7" + NOTE) == [C]


def test_overlapping_equal_pitches_end_oldest_first():
    assert notes_of("00 903c50  30 903c28  30 803c40  30 803c40") == [C, Note(48, 96, 60, 40)]


def test_equal_pitches_on_two_channels_do_not_end_each_other():
    assert notes_of("00 903c50  00 913c28  30 813c40  30 803c40") == [Note(0, 48, 60, 40), C]


def test_equal_pitches_on_two_tracks_do_not_end_each_other():
    assert notes_of("00 903c50  60 803c40", "00 903c28  30 803c40") == [Note(0, 48, 60, 40), C]


def test_a_note_that_ends_where_it_begins_lasts_one_tick():
    assert notes_of("00 903c50  00 803c40  60 903c50  60 803c40") == [
        Note(0, 1, 60, 80),
        Note(96, 96, 60, 80),
    ]


def test_a_note_nobody_ends_rings_to_the_end_of_its_track():
    assert notes_of("00 903c50  60 ff0100") == [C]


def test_a_note_nobody_ends_gives_way_to_the_next_strike_of_its_key():
    assert notes_of("00 903c50  60 903c28  30 ff0100") == [C, Note(96, 48, 60, 40)]


def test_a_note_off_without_a_note_is_ignored():
    assert notes_of("00 803c40" + NOTE + "00 803c40" + "00 903e50 60 803e40") == [C, Note(96, 96, 62, 80)]


# The sustain pedal

DOWN, UP = "b0407f", "b04000"


def test_the_pedal_holds_notes_until_it_comes_up():
    assert notes_of(f"00 {DOWN}  00 903c50  30 803c40  30 {UP}") == [C]


def test_the_pedal_may_come_down_while_the_key_is_held():
    assert notes_of(f"00 903c50  10 {DOWN}  20 803c40  30 {UP}") == [C]


def test_a_pedal_already_up_holds_nothing():
    assert notes_of(f"00 {DOWN}  00 903c50  30 {UP}  30 803c40  30 {DOWN}") == [C]


def test_striking_the_key_again_ends_the_held_note():
    assert notes_of(f"00 {DOWN} 00 903c50 30 803c40 30 903c28 30 803c40 30 {UP}") == [C, Note(96, 96, 60, 40)]


def test_a_pedal_that_never_comes_up_holds_to_the_end_of_the_track():
    assert notes_of(f"00 {DOWN}  00 903c50  30 803c40  30 ff0100") == [C]


def test_the_pedal_is_down_from_64_upwards():
    assert notes_of("00 b0403f  00 903c50  30 803c40  30 b04000") == [Note(0, 48, 60, 80)]
    assert notes_of("00 b04040  00 903c50  30 803c40  30 b0403f") == [C]


def test_the_pedal_of_one_channel_leaves_the_others_alone():
    assert notes_of("00 b1407f  00 903c50  30 803c40  30 b14000") == [Note(0, 48, 60, 80)]


def test_the_pedal_may_sit_on_another_track_of_the_channel():
    assert notes_of(f"00 {DOWN}  60 {UP}", "00 903c50  30 803c40  60 ff0100") == [C]


# Tracks, channels, programs


def test_one_track_on_two_channels_becomes_two_tracks():
    score = midi.loads(smf("00 ff0302 4142  00 c028  00 c129  00 903c50  00 913e50  60 803c40  00 813e40"))
    assert [(t.name, t.program, t.notes[0].pitch) for t in score.tracks] == [("AB", 40, 60), ("AB", 41, 62)]


def test_a_program_change_in_mid_track_starts_another_track():
    score = midi.loads(smf("00 c028" + NOTE + "00 c029" + NOTE))
    assert [(t.program, t.notes[0].onset) for t in score.tracks] == [(40, 0), (41, 96)]


def test_two_tracks_on_one_channel_keep_their_own_programs():
    score = midi.loads(smf("00 c028" + NOTE + NOTE, "00 c029" + NOTE + NOTE))
    assert [(t.program, len(t.notes)) for t in score.tracks] == [(40, 2), (41, 2)]


def test_a_track_without_programs_takes_the_channels_from_another_track():
    score = midi.loads(smf("00 c028  60 c029", NOTE + NOTE))
    assert [(t.program, t.notes[0].onset) for t in score.tracks] == [(40, 0), (41, 96)]


def test_channel_10_is_drums():
    score = midi.loads(smf("00 993c50 60 893c40", NOTE))
    assert [track.is_drum for track in score.tracks] == [True, False]


def test_equal_channels_on_two_ports_have_their_own_programs():
    score = midi.loads(smf("00 ff2101 00  00 c028", "00 ff2101 01" + NOTE))
    assert [track.program for track in score.tracks] == [0]


def test_tracks_without_notes_are_dropped():
    assert len(midi.loads(smf("00 ff0301 41", NOTE)).tracks) == 1


@pytest.mark.parametrize(
    ("payload", "name"),
    [("c3a9", "é"), ("e9", "é"), ("836583588367", "\x83e\x83X\x83g"), ("", "")],
    ids=["utf-8", "latin-1", "shift-jis, as latin-1", "empty"],
)
def test_names_are_utf8_or_else_latin1(payload, name):
    length = len(bytes.fromhex(payload))
    assert midi.loads(smf(f"00 ff03 {length:02x} {payload}" + NOTE)).tracks[0].name == name


def test_the_text_of_the_first_track_is_kept():
    assert midi.loads(smf("00 ff0102 6869", "00 ff0102 6f68" + NOTE)).texts == ("hi",)


def test_a_lost_release_shifts_no_later_one():
    lost = "00 903c50  8360 903c50  8170 803c40  8170 903c50  8170 803c40  8170 903c50  8170 803c40"
    notes = notes_of(lost + "00 904050 ad00 804040", division=480)
    ends = [note.end for note in notes if note.pitch == 60]
    assert ends == [480, 720, 1200, 1680]


def test_a_lost_release_alters_nothing_before_the_key_was_last_silent():
    overlapping = "00 903c50  30 903c28  30 803c40  30 803c40 "
    lost = "60 903c50  60 903c50  30 803c40"
    assert notes_of(overlapping + lost)[:2] == [C, Note(48, 96, 60, 40)]
    assert [note.end for note in notes_of(overlapping + lost)][2:] == [336, 384]


def test_notes_struck_together_and_released_once_end_together():
    assert notes_of("00 903c50  00 903c28  60 803c40  60 ff0100") == [
        Note(0, 96, 60, 40),
        Note(0, 96, 60, 80),
    ]


def test_a_pedal_that_goes_down_behind_a_release_does_not_hold_it():
    file = "00 903c50 8360 803c40 00 b0407f 00 903e50 8360 803e40 8740 b04000 8360 904150 8360 804140"
    found = [(note.onset, note.end, note.pitch) for note in notes_of(file, division=480)]
    assert found == [(0, 480, 60), (480, 1920, 62), (2400, 2880, 65)]


def test_a_pedal_that_goes_down_before_a_release_of_its_tick_holds_it():
    assert notes_of(f"00 903c50  30 {DOWN}  00 803c40  30 {UP}") == [C]


def test_a_pedal_that_is_changed_at_one_tick_lets_go():
    assert notes_of(f"00 {DOWN} 00 903c50  30 803c40  30 {UP}  00 {DOWN}  30 {UP}") == [C]


def test_tracks_of_one_channel_share_a_moment_in_the_order_of_the_file():
    assert notes_of("00 903c50  30 803c40", f"30 {DOWN} 30 {UP}") == [Note(0, 48, 60, 80)]
    assert notes_of(f"30 {DOWN} 30 {UP}", "00 903c50  30 803c40 30 ff0100") == [C]


def test_a_pattern_of_format_2_begins_anew():
    first = "00 ff5103 061a80 00 ff5804 03021808 00 b0407f 00 c028 00 903c50 8360 803c40 8170 ff0100"
    score = midi.loads(smf(first, "00 903e50 8360 803e40 8b48 ff0100", division=480, format=2))
    assert [(track.program, [note.end for note in track.notes]) for track in score.tracks] == [
        (40, [720]),
        (0, [1200]),
    ]
    assert [(change.tick, change.tempo) for change in score.tempos] == [(0, 400_000), (720, 500_000)]
    assert [(s.tick, s.numerator) for s in score.time_signatures] == [(0, 3), (720, 4)]
