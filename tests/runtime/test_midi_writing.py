"""That what linnet writes everybody reads, and that a file is written whole or not at all."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet import midi
from linnet.midi.reader import walk
from linnet.music.score import Note, Notes, Score, TempoChange, Track
from tests.runtime.scores import scores
from tests.runtime.smf import C

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
    messages = [next(code for code in events.codes[first:] if code >= 0) for first in events.firsts[1:]]
    return [(port, code >> 16 & 15) for port, code in zip(events.ports[1:], messages, strict=True)]


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
