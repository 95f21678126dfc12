"""MIDI files as a whole: tempo, meter, the end; what is careless and read, what is damaged and refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet import midi
from linnet.errors import LinnetError, MidiError
from linnet.midi.reader import walk
from linnet.music.score import Note, Score, TempoChange, TimeSignature
from tests.runtime.smf import NOTE, C, chunk, notes_of, smf

SMPTE = "nor SMPTE frames (24, 25, 29 or 30 a second)"


def refusal(data: bytes) -> str:
    with pytest.raises(MidiError) as caught:
        midi.loads(data, name="odd.mid")
    return str(caught.value)


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


# Cut short


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (smf("00 ff0100", NOTE + "00 903e50 60 803e40")[:-7], "track 2 stops in the middle of an event"),
        (smf(NOTE, NOTE)[:-8], "it stops in the middle of track 2"),
        (smf(NOTE, NOTE)[: len(smf(NOTE)) + 3], "it has 1 of the 2 tracks that its header promises"),
        (smf(NOTE, promised=3), "it has 1 of the 3 tracks that its header promises"),
    ],
)
def test_a_file_that_stops_too_early_is_read_and_said_to_once(data, words, caplog):
    assert midi.loads(data, name="odd.mid").notes
    assert caplog.messages == [f"linnet: odd.mid: cut short, read as far as it goes: {words}"]


def test_of_a_whole_file_nothing_is_said(caplog):
    midi.loads(smf(NOTE, "00 ff0501 61"))
    midi.loads(smf() + chunk(NOTE))  # no end of track, which many a program leaves out
    assert not caplog.messages


def test_wherever_a_file_is_cut_something_is_said_or_it_is_refused(caplog):
    data = smf(NOTE + "00 ff0501 61" + NOTE + "00 b0407f")
    for length in range(len(data)):
        caplog.clear()
        try:
            midi.loads(data[:length], name="odd.mid")
        except MidiError:
            continue
        assert len(caplog.messages) == 1
