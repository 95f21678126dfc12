"""Standard MIDI files: what each odd file means, and that what linnet writes everybody reads."""

import io
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet import midi
from linnet.errors import LinnetError, MidiError
from linnet.midi.reader import walk
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from tests.runtime.scores import scores
from tests.runtime.smf import chunk, smf

NOTE = "00 903c50 60 803c40 "  # middle C for 96 ticks, velocity 80
C = Note(0, 96, 60, 80)
SMPTE = "nor SMPTE frames (24, 25, 29 or 30 a second)"


def notes_of(*tracks: str, **header: int) -> list[Note]:
    return list(midi.loads(smf(*tracks, **header)).notes)


def refusal(data: bytes) -> str:
    with pytest.raises(MidiError) as caught:
        midi.loads(data, name="odd.mid")
    return str(caught.value)


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


# Tempo, meter, end


def test_tempo_and_meter_count_in_any_track():
    score = midi.loads(smf(NOTE, "60 ff5103 0f4240  00 ff5804 03021808"))
    assert score.tempos == (TempoChange(0, 500_000), TempoChange(96, 1_000_000))
    assert score.time_signatures[-1] == TimeSignature(96, 3, 4)


@pytest.mark.parametrize(
    "meta",
    ["ff5103 000000", "ff5102 07a1", "ff5804 00021808", "ff5804 04ff1808", "ff5801 03", "ff5902 0b05"],
    ids=["tempo 0", "short tempo", "no beats", "absurd beat", "short meter", "11 sharps"],
)
def test_impossible_meta_messages_are_passed_over(meta):
    assert midi.loads(smf(f"00 {meta}" + NOTE)) == midi.loads(smf(NOTE))


def test_longer_meta_messages_are_read_by_their_beginning():
    score = midi.loads(smf("00 ff5104 0f424000  00 ff5802 0302" + NOTE))
    assert (score.tempos[0].bpm, score.time_signatures[0].numerator) == (60, 3)


def test_the_piece_ends_with_its_longest_track():
    assert midi.loads(smf(NOTE, "8140 ff0100")).end == 192


def test_a_marker_may_end_the_piece_before_the_last_note_has_rung_out():
    assert midi.loads(smf("30 ff0604 3d454e44" + NOTE)).end == 48


def test_the_patterns_of_format_2_come_one_after_the_other():
    assert notes_of(NOTE, NOTE, format=2) == [C, Note(96, 96, 60, 80)]


@pytest.mark.parametrize(
    ("division", "ticks_per_beat", "ticks_per_second"),
    [
        (0xE878, 1440, 2880),  # 24 frames of 120 parts
        (0xE728, 500, 1000),  # 25 frames of 40 parts: milliseconds
        (0xE701, 13, 25),  # no whole number of ticks in half a second
        (0xE364, 1499, 100 * 30_000 / 1001),  # "29": drop frame
        (0xE201, 15, 30),
    ],
)
def test_smpte_ticks_keep_their_seconds(division, ticks_per_beat, ticks_per_second):
    score = midi.loads(smf("00 ff5103 0f4240" + NOTE, division=division))  # its tempo does not count
    assert score.ticks_per_beat == ticks_per_beat
    assert score.seconds(10**6) == pytest.approx(10**6 / ticks_per_second, rel=1e-6)


# Careless files are read


@pytest.mark.parametrize(
    "data",
    [
        b"junk" * 32 + smf(NOTE),
        smf(NOTE) + b"\x00\x01junk",
        smf(NOTE) + chunk("00 00 00 00", name=b"XFIH"),
        b"RIFF\x00\x00\x00\x00RMIDdata\x00\x00\x00\x00" + smf(NOTE),
        smf() + chunk("4d54726b ffff", name=b"XFIH") + smf(NOTE)[14:],  # an alien chunk that mentions MTrk
        smf(NOTE, promised=40),
        smf(NOTE, promised=0),
        smf(NOTE, format=28673),
        smf(NOTE).replace(b"\0\0\0\6", b"\0\0\0\4", 1),  # header length too small
        smf(NOTE)[:14].replace(b"\0\0\0\6", b"\0\0\0\x08", 1) + b"??" + smf(NOTE)[14:],  # and too large
        smf() + chunk(NOTE),  # no end of track
        smf() + chunk(NOTE + "00 ff2f00", length=5) + chunk("00 ff2f00"),  # chunk length too small
        smf() + chunk(NOTE + "00 ff2f00", length=999),  # and too large
        smf() + chunk(NOTE + "00 ff2f00 00 904040"),  # events after the end of the track
        smf() + chunk("") + chunk(NOTE),  # a track of no bytes
        smf("8080 80" + NOTE),  # an overlong zero
        smf(NOTE) + smf("00 904050 60 804040"),  # a second file behind the first
        smf(NOTE)[:-3],  # cut off in the end of track
        smf() + chunk(NOTE + "60 ff01 7f 41", length=999),  # cut off in a text
    ],
)
def test_careless_files_are_read_as_if_nothing_were(data):
    assert list(midi.loads(data).notes) == [C]


def test_notes_that_look_like_the_name_of_a_chunk_end_no_track():
    track = chunk("00 903c50  30 4050  30 4350  30 3c00  00 4000  00 4300  00 ff2f00", length=4)
    assert [note.pitch for note in midi.loads(smf() + track).notes] == [0x3C, 0x40, 0x43]


def test_a_file_cut_short_keeps_what_came_before():
    data = smf("00 ff0100", NOTE + "00 903e50 60 803e40")
    assert list(midi.loads(data[:-7]).notes) == [C, Note(96, 1, 62, 80)]


@pytest.mark.parametrize("value", ["903cff", "90ff50", "c0ff", "b0ff00", "e0ff40"])
def test_a_value_out_of_range_is_forgiven_where_the_track_comes_out_right(value):
    assert C in notes_of(f"00 {value}  00 903e00" + NOTE)


def test_a_velocity_out_of_range_is_the_loudest():
    assert notes_of("00 903cff  60 803c40") == [Note(0, 96, 60, 127)]


@pytest.mark.parametrize("status", ["f4", "f5", "f9", "fd"])
def test_an_undefined_status_byte_is_forgiven_where_the_track_comes_out_right(status):
    assert notes_of(f"00 {status}" + NOTE) == [C]


# Damaged files are refused, with the place


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "odd.mid: not a MIDI file: no 'MThd' in it; it is empty"),
        (
            b"\xff\xd8\xff\xe0 JFIF",
            r"odd.mid: not a MIDI file: no 'MThd' in it; it begins with b'\xff\xd8\xff\xe0 JFI'",
        ),
        (smf()[:12], "odd.mid, byte 12: cut off inside the file header"),
        (smf(promised=1), "odd.mid, byte 14: no track after a header that promises 1"),
        (smf("00 3c50"), "odd.mid, byte 23 (track 1): data byte 0x3c where an event should begin"),
        (smf("", NOTE + "81828384 05 f8"), "odd.mid, byte 42 (track 2): a delta time longer than four bytes"),
        (smf("00 903c"), "odd.mid, byte 26 (track 1): an event that runs over the end of its track"),
        (smf("00 ff017f 41"), "odd.mid, byte 22 (track 1): an event that runs over the end of its track"),
        (
            smf("00 ff51ffffffff 7f"),
            "odd.mid, byte 22 (track 1): an event that runs over the end of its track",
        ),
        (
            smf("00 90c850 00 f4 00"),
            "odd.mid, byte 24 (track 1): data byte 0xc8 above 127 in a channel message",
        ),
        (
            smf(NOTE, division=0),
            "odd.mid, header: division 0x0000 is neither ticks in a quarter note " + SMPTE,
        ),
        (
            smf(NOTE, division=0x8001),
            "odd.mid, header: division 0x8001 is neither ticks in a quarter note " + SMPTE,
        ),
    ],
)
def test_damage_is_refused_with_its_place(data, message):
    assert refusal(data) == message


def test_a_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        midi.read(tmp_path / "none.mid")


def test_a_midi_error_is_ours_and_names_the_file(tmp_path):
    path = tmp_path / "page.mid"
    path.write_bytes(b"<html>")
    with pytest.raises(LinnetError, match=r"page\.mid: not a MIDI file"):
        Score.open(path)


@given(st.binary(max_size=60), st.integers(0, 3), st.integers(0, 0xFFFF))
def test_any_bytes_end_in_a_score_or_a_midi_error(body, format, division):
    for data in (body, smf(body.hex(), format=format, division=division), smf(NOTE)[:14] + body):
        with suppress(MidiError):
            midi.loads(data)


@given(st.data())
def test_flipped_and_missing_bytes_end_in_a_score_or_a_midi_error(data):
    file = bytearray(
        smf("00 ff0302 4142 00 ff5103 07a120" + NOTE, "00 b0407f" + NOTE + "00 f0 02 7ef7" + NOTE)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MidiError):
        midi.loads(bytes(file[: data.draw(st.integers(0, len(file)))]))


def test_a_few_bytes_cannot_ask_for_much_memory():
    huge = smf(*["ffffff7f 903c50"] * 8, division=1)  # each delta is the longest there is
    score = midi.loads(huge)
    assert score.end == 2**28 - 1
    assert score.bars == 2**26


def test_many_strikes_of_one_key_are_matched_in_linear_time():
    events = walk(smf("00 903c50" + "00 3c50" * 50_000 + "01 3c00" * 50_001), "many")
    assert len(events.codes) == 100_002
    assert len(midi.loads(smf("00 903c50" + "00 3c50" * 50_000 + "01 3c00" * 50_001)).notes) == 50_001


# Writing


def as_midi_can_say(score: Score) -> Score:
    """The score without what MIDI cannot tell: noteless tracks, and which of two equal keys is released."""
    tracks = []
    for track in score.tracks:
        rows = []
        for pitch in np.unique(track.notes.pitch):
            same = track.notes.select(track.notes.pitch == pitch)
            ends = np.sort(same.end)
            rows += [
                Note(n.onset, int(e) - n.onset, n.pitch, n.velocity) for n, e in zip(same, ends, strict=True)
            ]
        if rows:
            tracks.append(replace(track, notes=Notes.of(rows)))
    return replace(score, tracks=tuple(tracks))


def note_counts(score: Score) -> Counter[tuple[int, int, int, int]]:
    return Counter((note.onset, note.duration, note.pitch, note.velocity) for note in score.notes)


@settings(max_examples=40)  # up to 20 tracks each
@given(
    scores, st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=20, max_size=20)
)
def test_what_is_written_is_read_back(score, names):
    tracks = (replace(track, name=name) for track, name in zip(score.tracks, names, strict=False))
    score = replace(score, tracks=tuple(tracks), texts=tuple(names))
    again = midi.loads(midi.dumps(score))
    assert again == as_midi_can_say(score)
    assert again.texts == score.texts


@settings(max_examples=40)  # up to 20 tracks each
@given(scores)
def test_symusic_reads_the_same_music(score):
    theirs = symusic.Score.from_midi(midi.dumps(score))
    ours = as_midi_can_say(score)
    counts = Counter(
        (n.time, n.duration, n.pitch, n.velocity) for track in theirs.tracks for n in track.notes
    )
    assert counts == note_counts(ours)
    assert theirs.ticks_per_quarter == score.ticks_per_beat
    assert [(t.time, t.mspq) for t in theirs.tempos] == [(t.tick, t.tempo) for t in score.tempos]
    assert [(s.time, s.numerator, s.denominator) for s in theirs.time_signatures] == [
        (s.tick, s.numerator, s.denominator) for s in score.time_signatures
    ]
    assert sorted((t.program, t.is_drum) for t in theirs.tracks) == sorted(
        (t.program, t.is_drum) for t in ours.tracks
    )


@settings(max_examples=40)  # up to 20 tracks each
@given(scores)
def test_mido_reads_the_same_music(score):
    file = mido.MidiFile(file=io.BytesIO(midi.dumps(score)))
    assert (file.type, file.ticks_per_beat) == (1, score.ticks_per_beat)
    found: Counter[tuple[int, int, int, int]] = Counter()
    tempos = []
    for track in file.tracks:
        now, sounding = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding.setdefault(message.note, []).append((now, message.velocity))
            elif message.type == "note_on":
                onset, velocity = sounding[message.note].pop(0)
                found[onset, now - onset, message.note, velocity] += 1
            elif message.type == "set_tempo":
                tempos.append(TempoChange(now, message.tempo))
        assert not any(sounding.values())
    assert found == note_counts(as_midi_can_say(score))
    assert tuple(tempos) == score.tempos


def test_names_come_through_in_every_reader():
    data = midi.dumps(Score(tracks=(Track(Notes.of([C]), program=73, name="Flöte 笛"),)))
    assert midi.loads(data).tracks[0].name == "Flöte 笛"
    assert symusic.Score.from_midi(data).tracks[0].name == "Flöte 笛"


def channels(*tracks: Track) -> list[tuple[int, int]]:
    """Port and channel of each written track."""
    events = walk(midi.dumps(Score(tracks=tracks)), "written")
    return [
        (port, events.codes[first] >> 16 & 15)
        for port, first in zip(events.ports[1:], events.firsts[1:], strict=True)
    ]


def test_fifteen_melodic_tracks_have_a_channel_each():
    places = channels(*[Track(Notes.of([C]), program=1)] * 15)
    assert places == [(0, channel) for channel in range(16) if channel != 9]


def test_more_tracks_share_channels_by_program():
    tracks = [Track(Notes.of([C]), program=i % 3) for i in range(20)]
    assert channels(*tracks) == [(0, i % 3) for i in range(20)]


def test_more_programs_than_channels_go_to_another_port():
    tracks = [Track(Notes.of([C]), program=i) for i in range(17)]
    assert channels(*tracks)[14:] == [(0, 15), (1, 0), (1, 1)]


def test_drums_take_no_melodic_channel():
    assert channels(Track(Notes.of([C]), is_drum=True), Track(Notes.of([C]))) == [(0, 9), (0, 0)]


def test_a_silence_too_long_for_one_delta_time_is_written():
    far = Score(tracks=(Track(Notes([2**31], [96], [60], [80])),))
    data = midi.dumps(far)
    assert midi.loads(data) == far
    assert symusic.Score.from_midi(data).tracks[0].notes[0].duration == 96


@pytest.mark.parametrize("end", [0, 40, 96, 5000])
def test_the_end_comes_through(end):
    score = Score(tracks=(Track(Notes.of([C])),), end=end)
    assert midi.loads(midi.dumps(score)).end == end


# Files on the disk


def test_saving_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "tune.mid"
    path.write_bytes(b"old")
    score = Score(tracks=(Track(Notes.of([C])),))
    score.save(path)
    assert Score.open(path) == score
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file_and_leaves_nothing_beside_it(tmp_path):
    resource = pytest.importorskip("resource", reason="Windows has no file size limit to run into")
    path = tmp_path / "tune.mid"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            Score(tracks=(Track(Notes.of([C])),)).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_while_saving_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)  # the last moment there is
    with pytest.raises(KeyboardInterrupt):
        Score().save(tmp_path / "tune.mid")
    assert not list(tmp_path.iterdir())


def test_saving_through_a_link_writes_the_file_it_points_to(tmp_path):
    (tmp_path / "link.mid").symlink_to(tmp_path / "tune.mid")
    Score().save(tmp_path / "link.mid")
    assert (tmp_path / "link.mid").is_symlink()
    assert Score.open(tmp_path / "tune.mid") == Score()


def test_too_many_tracks_are_refused():
    with pytest.raises(ValueError, match="at most 32766 tracks"):
        midi.dumps(Score(tracks=(Track(Notes.of([C])),) * 32_767))


def test_a_score_without_notes_can_be_saved():
    assert midi.loads(midi.dumps(Score(end=1920))) == Score(end=1920)
