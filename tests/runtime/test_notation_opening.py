"""Sheet music as a score: what is kept of MusicXML and ABC, what is said to be left out, and ABC written."""

from pathlib import Path

import pytest

from linnet.errors import NotationError
from linnet.music.score import KeySignature, Notes, Score, TimeSignature, Track

pytest.importorskip("music21", reason="music21 is not installed")

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><work><work-title>Hymn</work-title></work><part-list>
<score-part id="P1"><part-name>Voice</part-name><score-instrument id="I1"><instrument-name>Flute
</instrument-name></score-instrument><midi-instrument id="I1"><midi-channel>1</midi-channel>
<midi-program>74</midi-program>
</midi-instrument></score-part></part-list><part id="P1">"""
TAIL = "</part></score-partwise>"


def note(step: str, length: int, more: str = "", octave: int = 4, before: str = "") -> str:
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{before}{pitch}<duration>{length}</duration>{more}</note>"


def measure(number: int, content: str) -> str:
    return f'<measure number="{number}">{content}</measure>'


SIGNS = (
    "<attributes><divisions>2</divisions><key><fifths>1</fifths><mode>minor</mode></key>"
    "<time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    '<direction><sound tempo="90"/></direction>'
)
HARMONY = (
    "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>minor-seventh</kind>"
    "<bass><bass-step>D</bass-step><bass-alter>-1</bass-alter></bass></harmony>"
)


def lyric(syllabic: str, text: str, number: int = 1) -> str:
    return f'<lyric number="{number}"><syllabic>{syllabic}</syllabic><text>{text}</text></lyric>'


def opened(tmp_path: Path, content: str, name: str = "a.musicxml") -> Score:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return Score.open(path)


# ---- MusicXML


def test_words_chords_and_signs_are_kept(tmp_path: Path) -> None:
    score = opened(
        tmp_path,
        HEAD
        + measure(1, SIGNS + HARMONY + note("E", 2, lyric("begin", "Al")) + note("F", 2, lyric("end", "le")))
        + measure(2, note("G", 4, '<tie type="start"/>' + lyric("single", "lu")))
        + measure(3, note("G", 4, '<tie type="stop"/>'))
        + TAIL,
    )

    assert [(n.onset, n.duration, n.pitch) for n in score.notes] == [
        (0, 480, 64), (480, 480, 65), (960, 1920, 67),
    ]  # fmt: skip
    assert (score.title, score.key, score.tempos[0].bpm) == ("Hymn", "E minor", pytest.approx(90, rel=1e-5))
    assert (score.tracks[0].program, score.tracks[0].name) == (73, "Voice")
    assert [word.text for word in score.lyrics] == ["Al-", "le", "lu"]
    assert [(word.tick, word.text) for word in score.markers] == [(0, "Bbm7/Db")]
    assert score.time_signatures == (TimeSignature(0, 2, 4),)


def test_what_is_left_out_is_said_in_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    score = opened(
        tmp_path,
        HEAD
        + measure(1, SIGNS + grace + note("E", 4, lyric("single", "la") + lyric("single", "no", 2)))
        + measure(
            2, note("F", 4, "<notations><articulations><staccato/></articulations></notations>")
        )
        + TAIL,
    )  # fmt: skip

    assert len(score.notes) == 2
    (line,) = caplog.messages
    assert line == (
        "linnet: a.musicxml: left out is what a score does not hold: 1 articulation, 1 grace note, "
        "1 syllable of other verses"
    )


def test_repeats_are_played(tmp_path: Path) -> None:
    again = '<barline location="right"><repeat direction="backward"/></barline>'
    score = opened(
        tmp_path, HEAD + measure(1, SIGNS + note("E", 4) + again) + measure(2, note("F", 4)) + TAIL
    )

    assert [n.pitch for n in score.notes] == [64, 64, 65]


def test_a_single_bar_without_repeats_is_opened_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Score.from_notes([("D4", 1), ("F#4", 1), ("A4", 2)], key="D major").save(tmp_path / "a.abc")

    assert [note.pitch for note in Score.open(tmp_path / "a.abc").notes] == [62, 66, 69]
    assert not caplog.messages


def test_an_upbeat_is_a_short_bar(tmp_path: Path) -> None:
    first = f'<measure number="0" implicit="yes">{SIGNS}{note("D", 2)}</measure>'
    score = opened(tmp_path, HEAD + first + measure(1, note("E", 4)) + TAIL)

    assert (score.upbeat, score.full_bars) == (480, 1)


def test_what_is_no_sheet_music_is_refused_in_one_line(tmp_path: Path) -> None:
    for name, text in (
        ("a.musicxml", "<html>"),
        ("a.mxl", "PK"),
        ("a.abc", "hello"),
        ("b.abc", "X:1\nK:C\n"),
    ):
        with pytest.raises(NotationError, match=r"no (ABC|MusicXML) that can be read") as refusal:
            opened(tmp_path, text, name)
        assert "\n" not in str(refusal.value)
    with pytest.raises(FileNotFoundError):
        Score.open(tmp_path / "nowhere.abc")


def test_chords_words_and_marks_come_back(tmp_path: Path) -> None:
    from linnet.music.source import LYRIC, Source, TimedText

    tune = Score.from_notes([("C4", 1), ("D4", 1), ("E4", 2)] * 2, key="C minor").with_markers(
        [(0, "Verse"), (0, "Cm"), (960, "Bb7"), (1920, "Section A"), (2880, "N.C.")]
    )
    assert isinstance(tune.source, Source)
    sung = tune.source.with_words([TimedText(0, "Hal-"), TimedText(480, "lo"), TimedText(1920, "you")], LYRIC)
    tune = Score(480, tune.tracks, end=tune.end, key_signatures=tune.key_signatures, source=sung)
    for name in ("a.musicxml", "a.mxl"):
        tune.save(tmp_path / name)
        again = Score.open(tmp_path / name)
        assert again == tune
        assert (again.lyrics, again.key) == (tune.lyrics, "C minor")
        assert sorted(again.markers) == sorted(tune.markers)
    first = (tmp_path / "a.mxl").read_bytes()
    tune.save(tmp_path / "a.mxl")
    assert (tmp_path / "a.mxl").read_bytes() == first


def test_drums_and_several_parts_come_back(tmp_path: Path) -> None:
    lead = Score.from_notes([("C5", 1)] * 4, instrument="violin")
    kit = Track(Notes([0, 480, 960], [120] * 3, [36, 38, 42], [90] * 3), is_drum=True, name="Drums")
    both = lead.mix(Score(480, (kit,)))
    both.save(tmp_path / "a.musicxml")
    again = Score.open(tmp_path / "a.musicxml")

    assert [track.is_drum for track in again.tracks] == [False, True]
    assert again.tracks[0] == both.tracks[0]
    assert again.tracks[1].notes.pitch.tolist() == [36, 38, 42]


# ---- ABC

TUNE = """X:1
T:Reel
M:4/4
L:1/8
Q:1/4=100
K:Emin
|:D2|"Em"EBBA (3BAB ^dB|"Am7"{g}a2 ^g2 =g2-gB:|
w: one Two-three ~ four*five
X:2
T:Other
K:C
C
"""


def test_the_first_tune_of_a_collection_is_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    score = opened(tmp_path, TUNE, "a.abc")

    assert (score.title, score.key, score.upbeat, score.full_bars) == ("Reel", "E minor", 480, 5)
    assert [word.text for word in score.markers] == ["Em", "Am7"] * 2
    assert [word.text for word in score.lyrics][:3] == ["one", "Two-", "three"]
    assert "2 grace notes, 1 other tune" in caplog.text


def test_what_was_opened_is_written_as_it_sounds(tmp_path: Path) -> None:
    score = opened(tmp_path, TUNE, "a.abc")
    score.save(tmp_path / "b.abc")
    again = Score.open(tmp_path / "b.abc")

    assert "(3BAB" in (tmp_path / "b.abc").read_text("utf-8")
    assert again == score
    assert (again.lyrics, again.markers, again.key) == (score.lyrics, score.markers, score.key)


@pytest.mark.parametrize("meter", ["3/4", "6/8", "2/2", "9/8"])
@pytest.mark.parametrize("key", ["Eb major", "F# minor", "C major"])
def test_any_pitch_and_length_come_back(tmp_path: Path, meter: str, key: str) -> None:
    lengths = [0.25, 0.75, 1, 1.5, 3, 0.5, 2.75, 4.25]
    pitches = [36, 49, 61, 66, 70, 73, 87, 99, 61, 60, 61, 60]
    notes = [(pitch, lengths[i % 8]) for i, pitch in enumerate(pitches)] + [(None, 0.5), (61, 1)]
    score = Score.from_notes(notes, key=key, time_signature=meter, bpm=100)
    score.save(tmp_path / "a.abc")
    again = Score.open(tmp_path / "a.abc")

    assert again.notes == score.notes
    assert again.time_signatures == score.time_signatures
    assert again.key_signatures[0].fifths == KeySignature.named(key).fifths


def test_abc_holds_a_single_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"notes sound together: take \.musicxml"):
        Score.from_notes([(("C4", "E4"), 1)]).save(tmp_path / "a.abc")
    tune = Score.from_notes([("C4", 1)])
    with pytest.raises(ValueError, match=r"this piece has 2 tracks: take \.musicxml"):
        tune.mix(tune).save(tmp_path / "a.abc")
    assert not (tmp_path / "a.abc").exists()
