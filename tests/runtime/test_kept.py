"""A user's file is not damaged: what nobody changed comes back to the tick and the byte."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.music import wild
from linnet import midi, shape
from linnet.errors import MidiError
from linnet.midi.reader import walk
from linnet.music.score import KeySignature, Note, Notes, Score, TempoChange, Track
from tests.runtime.smf import smf

FIXTURES = Path(__file__).parents[1] / "data" / "midi"
NOTE = "00 903c50 60 803c40 "

CONDUCTOR = (
    "00 ff03 04 53 6f6e67"  # title "Song"
    " 00 ff02 04 28632931"  # copyright
    " 00 ff54 05 4100000000"  # SMPTE offset
    " 00 ff59 02 0200"  # D major
    " 00 ff5804 06031808 00 ff5103 0927c0"
    " 00 ff01 02 6869"
    " 8140 ff06 05 5665727365"  # marker "Verse" at 192
    " 00 ff07 03 637565"  # cue point
    " 00 ff7f 03 7d0102"
)
PLAYER = (
    "00 ff03 03 4f626f  00 ff2001 03  00 ff2101 00"
    " 00 b30001 00 b32005 00 c344"  # bank select, program
    " 00 b30740 00 b30a20 00 b30b70"  # volume, pan, expression
    " 00 f0 05 7e7f0901f7"
    " 00 b3407f"  # pedal down
    " 00 933c50 00 ff0502 6c61"  # a lyric
    " 20 e30050 00 d330 00 a33c22"  # bend, aftertouch
    " 20 833c37 20 b34000"  # a release velocity; the pedal up
    " 07 934041 30 834040"
)
FULL = smf(CONDUCTOR, PLAYER, "00 ff0502 6c61 60 ff0101 78")


def events(data: bytes) -> list[tuple[int, Counter[tuple[int, bytes]]]]:
    """End and events of each track."""
    found = walk(data, "file")
    tracks = []
    for begin, stop, end in zip(found.firsts, [*found.firsts[1:], len(found.ticks)], found.ends, strict=True):
        tracks.append(
            (
                end,
                Counter(
                    (tick, code.to_bytes(3, "big") if code >= 0 else found.messages[-1 - code])
                    for tick, code in zip(found.ticks[begin:stop], found.codes[begin:stop], strict=True)
                ),
            )
        )
    return tracks


def lost_and_found(before: bytes, after: bytes) -> tuple[Counter[tuple[int, bytes]], ...]:
    """Events of all tracks that are gone, and those that are new."""
    old, new = (sum((found for _, found in events(data)), Counter()) for data in (before, after))
    return old - new, new - old


def test_a_file_that_nobody_changed_comes_back_byte_for_byte():
    assert midi.dumps(midi.loads(FULL)) == midi.dumps(midi.loads(midi.dumps(midi.loads(FULL))))
    assert events(midi.dumps(midi.loads(FULL))) == events(FULL)


def test_a_score_can_be_asked_for_what_it_keeps():
    score = midi.loads(FULL)
    assert (score.title, score.copyright, score.key) == ("Song", "(c)1", "D major")
    assert score.key_signatures == (KeySignature(0, 2),)
    assert score.markers == ((192, "Verse"),)
    assert score.cue_points == ((192, "cue"),)
    assert score.lyrics == ((0, "la"), (0, "la"))


FILES = sorted(FIXTURES.rglob("*.mid"))
WILD = wild.DATA / "wild"
if WILD.is_dir():
    FILES += [path for path in sorted(WILD.rglob("*")) if path.suffix.lower() in wild.SUFFIXES][::8]


def test_every_file_comes_back_with_all_its_events():
    read = 0
    for path in FILES:
        data = path.read_bytes()
        try:
            score = midi.loads(data, name=path.name)
        except MidiError:
            continue
        read += 1
        written = midi.dumps(score)
        assert events(written) == events(data), path
        again = midi.loads(written)
        assert again == score, path
        assert (again.texts, again.key_signatures) == (score.texts, score.key_signatures), path
        assert (again.lyrics, again.markers) == (score.lyrics, score.markers), path
    assert read > 60


STEPS = {
    "quantise": lambda score, x: shape.quantise(score, strength=x),
    "snap": lambda score, x: shape.snap(score, scale="D dorian", strength=x),
    "fold": lambda score, x: shape.fold(score, low=48, high=72, strength=x),
    "repair": lambda score, x: shape.repair(score, strength=x),
    "thin": lambda score, x: shape.thin(score, strength=x),
    "thicken": lambda score, x: shape.thicken(score, strength=x),
    "close": lambda score, x: shape.close(score, strength=x),
    "swing": lambda score, x: shape.swing(score, strength=x),
    "legato": lambda score, x: shape.legato(score, strength=x),
    "smooth": lambda score, x: shape.smooth(score, strength=x),
    "humanise": lambda score, x: shape.humanise(score, seed=1, strength=x),
    "rubato": lambda score, x: shape.rubato(score, strength=x),
    "ritardando": lambda score, x: shape.ritardando(score, strength=x),
    "transpose": lambda score, x: score.transpose(round(2 * x)),
}


@pytest.mark.parametrize("step", STEPS)
def test_shaping_of_no_strength_changes_nothing(step):
    assert events(midi.dumps(STEPS[step](midi.loads(FULL), 0))) == events(FULL)


NOT_NOTES = {"b0", "e0", "d0", "a0", "c0"}


def is_note(event: tuple[int, bytes]) -> bool:
    return event[1][0] in range(0x80, 0xA0)


def contents(counter: Counter[tuple[int, bytes]]) -> Counter[bytes]:
    """What is in events that are no notes, whenever they are."""
    return Counter(message for tick, message in counter.elements() if not is_note((tick, message)))


@pytest.mark.parametrize("step", STEPS)
def test_shaping_keeps_everything_but_notes(step):
    written = midi.dumps(STEPS[step](midi.loads(FULL), 1))
    lost, found = (contents(each) for each in lost_and_found(FULL, written))
    tempo, key, pedal = b"\xff\x51", b"\xff\x59", b"\xb3\x40"
    may = {"rubato": tempo, "ritardando": tempo, "transpose": key, "humanise": pedal, "quantise": pedal}
    of_others = [m for m in (lost - found) if not m.startswith(may.get(step, b"none"))]
    assert of_others == []
    if step in may:
        return
    assert lost - found == Counter()


def as_midi_can_say(track: Track) -> dict[int, tuple[list[int], list[int], list[int]]]:
    """For each pitch the onsets, the velocities in their order, and the ends, whichever belong together."""
    found = {}
    for pitch in sorted(set(track.notes.pitch.tolist())):
        notes = track.notes.select(track.notes.pitch == pitch)
        found[pitch] = (
            sorted(notes.onset.tolist()),
            sorted(notes.velocity.tolist()),
            sorted(notes.end.tolist()),
        )
    return found


@pytest.mark.parametrize("step", STEPS)
def test_what_was_shaped_is_what_is_read_again(step):
    for path in [path for path in FILES if path.stat().st_size < 6000][::4]:
        try:
            score = midi.loads(path.read_bytes(), name=path.name)
        except MidiError:
            continue
        if score.bars > 10_000 or len(score.notes) > 20_000:
            continue
        try:
            shaped = STEPS[step](score, 1)
        except ValueError:
            continue
        again = midi.loads(midi.dumps(shaped))
        kept = [track for track in shaped.tracks if track.notes]
        pieces = [sorted(map(repr, map(as_midi_can_say, tracks))) for tracks in (kept, again.tracks)]
        assert pieces[0] == pieces[1], path
        assert (again.end, again.tempos) == (shaped.end, shaped.tempos), path
        assert again.time_signatures == shaped.time_signatures, path
        assert again.key_signatures == shaped.key_signatures, path


def test_a_release_keeps_its_velocity_and_its_tick_under_the_pedal():
    shaped = shape.smooth(midi.loads(FULL), strength=1)
    lost, found = lost_and_found(FULL, midi.dumps(shaped))
    assert all(message[0] == 0x93 for _, message in (lost + found))


def test_transposing_moves_the_key_signature_along():
    assert midi.loads(midi.dumps(midi.loads(FULL).transpose(2))).key == "E major"


def test_a_pedal_that_contradicts_moved_notes_goes_into_their_lengths(caplog):
    data = smf("00 b0407f  00 903c50  30 803c40  30 b04000 00 b0407f 60 ff0100")
    score = midi.loads(data)
    moved = replace(score.tracks[0], notes=Notes.of([Note(10, 96, 60, 80)]))
    written = midi.dumps(replace(score, tracks=(moved,)))
    assert list(midi.loads(written).notes) == [Note(10, 96, 60, 80)]
    assert "sustain pedal" in caplog.text


def test_a_new_program_replaces_the_old_one_and_pan_stays():
    score = midi.loads(FULL)
    written = midi.dumps(replace(score, tracks=(replace(score.tracks[0], program=73),)))
    lost, found = lost_and_found(FULL, written)
    assert (lost, found) == (Counter([(0, b"\xc3\x44\0")]), Counter([(0, b"\xc3\x49\0")]))


def test_a_track_that_is_added_takes_a_free_channel_and_leaves_the_rest_alone():
    score = midi.loads(FULL)
    written = midi.dumps(replace(score, tracks=(*score.tracks, Track(Notes.of([Note(0, 96, 50, 80)]), 73))))
    assert lost_and_found(FULL, written)[0] == Counter()
    assert [(track.program, len(track.notes)) for track in midi.loads(written).tracks] == [(68, 2), (73, 1)]


def test_a_track_that_is_removed_takes_its_notes_along():
    score = midi.loads(FULL)
    assert not midi.loads(midi.dumps(replace(score, tracks=()))).tracks


def test_bars_of_a_file_keep_its_sound_and_its_words():
    score = midi.loads(FULL).slice_bars(0, 1)
    again = midi.loads(midi.dumps(score))
    assert again == score
    assert again.lyrics == ((0, "la"), (0, "la"))
    assert (0, b"\xb3\x0a\x20") in events(midi.dumps(score))[1][1]


def test_a_finer_grid_keeps_everything_in_its_place():
    score = midi.loads(FULL).resample(960)
    again = midi.loads(midi.dumps(score))
    assert again == score
    assert again.markers == ((1920, "Verse"),)


def test_a_changed_name_is_written_once():
    score = midi.loads(FULL)
    written = midi.dumps(replace(score, tracks=(replace(score.tracks[0], name="Flöte"),)))
    lost, found = lost_and_found(FULL, written)
    assert lost == Counter([(0, b"\xff\x03Obo")])
    assert found == Counter([(0, b"\xff\x03" + "Flöte".encode())])


def test_another_end_moves_no_event():
    score = midi.loads(FULL)
    for end in (10, 200, 5000):
        written = midi.dumps(replace(score, end=end))
        assert midi.loads(written).end == end
        assert lost_and_found(FULL, written)[0] == Counter()


def test_smpte_time_comes_back():
    data = smf("00 ff5103 0f4240" + NOTE, division=0xE728)
    assert events(midi.dumps(midi.loads(data))) == events(data)
    assert midi.dumps(midi.loads(data))[12:14] == b"\xe7\x28"
    resampled = midi.loads(data).resample(1000)
    assert midi.loads(midi.dumps(resampled)).seconds(192) == resampled.seconds(192)


def test_patterns_come_back_as_patterns():
    data = smf("00 c028 00 b0407f" + NOTE, NOTE, format=2)
    assert events(midi.dumps(midi.loads(data))) == events(data)
    shaped = shape.smooth(midi.loads(data), strength=1)
    assert midi.loads(midi.dumps(shaped)).tracks == shaped.tracks


def test_one_track_stays_one_track():
    data = smf(NOTE + "00 ff0502 6c61", format=0)
    assert midi.dumps(midi.loads(data)) == data


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_notes_may_be_changed_and_are_read_back(data):
    score = midi.loads(FULL)
    rows = st.tuples(st.integers(0, 300), st.integers(1, 200), st.integers(58, 62), st.integers(1, 127))
    rows_of = [*score.tracks[0].notes.rows(), *data.draw(st.lists(rows, max_size=6))]
    chosen = data.draw(st.lists(st.sampled_from(rows_of), max_size=6))
    changed = replace(score, tracks=(replace(score.tracks[0], notes=Notes.of_rows(chosen)),))
    again = midi.loads(midi.dumps(changed))
    for before, after in zip([t for t in changed.tracks if t.notes], again.tracks, strict=True):
        assert as_midi_can_say(before) == as_midi_can_say(after)


def test_a_generated_key_signature_is_written():
    score = Score(
        tracks=(Track(Notes.of([Note(0, 96, 60, 80)])),), key_signatures=(KeySignature.named("Bb"),)
    )
    assert midi.loads(midi.dumps(score)).key == "Bb major"


@pytest.mark.parametrize(
    ("name", "fifths"),
    [
        ("C", 0),
        ("F# minor", 3),
        ("Gb major", -6),
        ("F# major", 6),
        ("Cb", -7),
        ("C#", 7),
        ("Am", 0),
        ("Ebm", -6),
    ],
)
def test_keys_are_signed_as_they_are_named(name, fifths):
    signature = KeySignature.named(name)
    assert signature.fifths == fifths
    assert signature.name.split()[0] == name.replace("m", " m").split()[0]


def test_every_signature_names_the_key_it_stands_for():
    for fifths in range(-7, 8):
        for is_minor in (False, True):
            signature = KeySignature(0, fifths, is_minor)
            assert KeySignature.named(signature.name) == signature


@pytest.mark.parametrize("step", ["quantise", "swing", "humanise"])
@pytest.mark.parametrize("apart", [False, True])
def test_syllables_follow_the_notes_they_are_sung_to(step, apart):
    """Beside the notes, and in a track of words alone, as lyrics and as karaoke has them."""
    notes = "07 903c50 50 803c40 09 903e50 50 803e40 " * 8
    words = "07" + " ff0502 6c61 59 ff0102 6c75 57" * 8 + " ff0400"
    both = "07 ff0502 6c61 00 903c50 50 803c40 09 ff0102 6c75 00 903e50 50 803e40 " * 8
    score = midi.loads(smf("00 ff0103 616262", notes, words) if apart else smf("00 ff0103 616262", both))
    moved = midi.loads(midi.dumps(STEPS[step](score, 0.9)))
    assert moved.source is not None
    onsets = sorted(moved.notes.onset.tolist())
    sung = moved.source.meta(0x05) + moved.source.meta(0x01, track=1 + apart)
    assert onsets != sorted(score.resample(moved.ticks_per_beat).notes.onset.tolist())
    assert sorted(tick for tick, _ in sung) == onsets
    assert moved.texts == ("abb",)


def test_notes_keep_their_instrument_where_the_file_changes_it():
    """A change of program stands where it stood; a note that was moved across it takes its own along."""
    bar = "00 c005 00 903c50 30 803c40 00 c009 00 903e50 30 803e40 "
    for data in (smf(bar * 8), smf("00 c003 00 904050 30 804040", bar * 4), smf(bar, bar * 3, format=2)):
        score = midi.loads(data)
        for seed in range(5):
            shaped = shape.humanise(score, seed=seed)
            again = midi.loads(midi.dumps(shaped))
            assert sorted(track.program for track in again.tracks) == sorted(
                track.program for track in score.tracks
            )
            assert [track.notes for track in again.tracks] == [track.notes for track in shaped.tracks]


def test_a_note_that_nothing_releases_ends_where_it_did_when_its_track_grows():
    """A tempo, or the marker of the end, behind the end of a track lets its last notes ring no longer."""
    data = smf("00 903c50 8300 ff0100", "00 913e50 8f00 813e40")
    score = midi.loads(data)
    later = replace(score, tempos=(*score.tempos, TempoChange(1000, 600_000)))
    again = midi.loads(midi.dumps(later))
    assert [track.notes for track in again.tracks] == [track.notes for track in score.tracks]
    short = replace(score, end=900)
    again = midi.loads(midi.dumps(short))
    assert (again.end, [t.notes for t in again.tracks]) == (900, [t.notes for t in score.tracks])


def test_merging_says_what_is_left_of_the_other_file(caplog):
    score = midi.loads(FULL)
    assert len(score.mix(midi.loads(smf(NOTE))).tracks) == 2
    assert not caplog.text
    midi.loads(smf(NOTE)).mix(score)
    assert len(caplog.records) == 1
    assert all(word in caplog.text for word in ("lyrics", "markers", "controllers", "bends"))
