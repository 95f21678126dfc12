"""What one does to a score without numpy: written down, joined, repeated, cut, mixed, stretched."""

from pathlib import Path

import pytest

import linnet
from linnet import midi
from linnet.music.pace import microticks
from linnet.music.score import Note, Score, TempoChange, TimeSignature, Track

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
TUNE = [("C4", 1), ("E4", 1), (("C4", "E4", "G4"), 1.5), (None, 0.5)]


def tune(**rest: object) -> Score:
    return Score.from_notes(TUNE, **rest)  # type: ignore[arg-type]


def pitches(score: Score) -> list[int]:
    return [note.pitch for note in score.notes]


# ---- from notes


def test_notes_come_one_after_the_other_and_rests_count() -> None:
    score = tune(ticks_per_beat=24, bpm=100, time_signature="4/4", key="A minor", instrument="violin")

    assert [(note.onset, note.duration, note.pitch) for note in score.notes] == [
        (0, 24, 60), (24, 24, 64), (48, 36, 60), (48, 36, 64), (48, 36, 67),
    ]  # fmt: skip
    assert score.end == 96
    assert (score.tracks[0].program, score.tracks[0].name) == (40, "Violin")
    assert (score.tempos[0].tempo, score.key) == (600_000, "A minor")


def test_thirds_may_be_written_as_decimals() -> None:
    score = Score.from_notes([("C4", 0.333), ("D4", 0.333), ("E4", 0.333), ("F4", 1)])

    assert [note.onset for note in score.notes] == [0, 160, 320, 480]


def test_notes_in_ticks_stand_where_they_say() -> None:
    score = Score.from_notes([Note(240, 240, 60, 90), ("D4", 1)])

    assert [note.onset for note in score.notes] == [240, 480]


@pytest.mark.parametrize("note", ["C4", ("C4",), ("C4", "1"), (60.5, 1), (True, 1)])
def test_what_is_no_note_is_refused(note: object) -> None:
    with pytest.raises(TypeError, match="a note is a pitch and its length"):
        Score.from_notes([note])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bpm": 0}, "bpm must be between"),
        ({"time_signature": "6"}, "time_signature must be such as 6/8"),
        ({"instrument": "hurdy"}, "a name of General MIDI"),
        ({"velocity": 200}, "velocity must be between 1 and 127"),
    ],
)
def test_what_is_out_of_range_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tune(**options)


# ---- one after the other


def test_a_piece_begins_at_the_bar_line_after_another() -> None:
    three, waltz = Score.from_notes([("C4", 3)]), Score.from_notes([("D4", 3)], time_signature="3/4", bpm=90)
    both = three + waltz

    assert [note.onset for note in both.notes] == [0, 4 * 480]
    assert both.time_signatures == (TimeSignature(0, 4, 4), TimeSignature(1920, 3, 4))
    assert both.tempos == (TempoChange(0, 500_000), TempoChange(1920, 666_667))
    assert (both.end, both.bars) == (7 * 480, 2)


def test_an_upbeat_stands_in_the_room_that_was_left_for_it() -> None:
    upbeat = Score(
        480, Score.from_notes([("G4", 1), ("C5", 4)]).tracks,
        time_signatures=(TimeSignature(0, 1, 4), TimeSignature(480, 4, 4)),
    )  # fmt: skip
    both = Score.from_notes([("C4", 3)]) + upbeat

    assert [note.onset for note in both.notes] == [0, 3 * 480, 4 * 480]


def test_tracks_go_on_with_those_of_their_instrument() -> None:
    flute = Score.from_notes([("C5", 4)], instrument="flute")
    harp = Score.from_notes([("C3", 4)], instrument="harp")
    both = flute.mix(harp) + harp

    assert [track.name for track in both.tracks] == ["Flute", "Orchestral Harp"]
    assert [len(track.notes) for track in both.tracks] == [1, 2]
    assert len((flute + harp).tracks) == 2


def test_ticks_of_the_finer_piece_hold_both_exactly() -> None:
    both = Score.from_notes([("C4", 4)], ticks_per_beat=24) + Score.from_notes(
        [("D4", 0.2)], ticks_per_beat=5
    )

    assert both.ticks_per_beat == 120
    assert [(note.onset, note.duration) for note in both.notes] == [(0, 480), (480, 24)]


def test_a_piece_can_be_repeated_and_its_words_come_with_it() -> None:
    score = tune().with_markers([(0, "A")])
    thrice = score.repeat(3)

    assert thrice == score + score + score
    assert thrice.bars == 3
    assert [marker.tick for marker in thrice.markers] == [0, 1920, 3840]
    assert midi.loads(midi.dumps(thrice)) == thrice
    with pytest.raises(ValueError, match="times must be between 1 and 10000, got 0"):
        score.repeat(0)


def test_only_scores_can_be_joined() -> None:
    with pytest.raises(TypeError):
        tune() + 3  # type: ignore[operator]


def test_what_a_file_holds_beside_words_is_said_to_be_lost(caplog: pytest.LogCaptureFixture) -> None:
    from tests.runtime.smf import smf

    bent = midi.loads(smf("00 E0 00 50  00 90 3C 40  60 80 3C 40  00 FF 2F 00"))
    tune() + bent

    assert "not its bends" in caplog.text


# ---- some of it


def test_bars_are_counted_as_people_count_them() -> None:
    four = tune().repeat(2) + tune().transpose(12).repeat(2)

    assert four.slice("3-4") == tune().transpose(12).repeat(2)
    assert four.slice(1) == tune()
    assert four.slice("2-").bars == 3
    with pytest.raises(ValueError, match=r"bars must be between 1 and 4, the first one first, got '3-9'"):
        four.slice("3-9")
    with pytest.raises(ValueError, match="bars must be such as 5-8, 5- or 5, got 'all'"):
        four.slice("all")


def test_the_upbeat_is_bar_0() -> None:
    score = Score(
        480, Score.from_notes([("G4", 1), ("C5", 4), ("D5", 4)]).tracks,
        time_signatures=(TimeSignature(0, 1, 4), TimeSignature(480, 4, 4)),
    )  # fmt: skip

    assert pitches(score.slice("0-1")) == [67, 72]
    assert pitches(score.slice(2)) == [74]


def test_a_track_is_found_by_name_or_number() -> None:
    both = tune(instrument="flute").mix(tune(instrument="harp"))

    assert both.part("flute") == both.part(1)
    assert both.part("Orchestral harp").tracks[0].program == 46
    with pytest.raises(
        ValueError, match=r"there is no track 'oboe' \(there are: 1 Flute, 2 Orchestral Harp\)"
    ):
        both.part("oboe")


# ---- faster, and by others


@pytest.mark.parametrize("seconds", [47.5, 10.000001, 3.141593, 600.0])
def test_a_piece_lasts_so_many_seconds_to_the_microsecond(seconds: float) -> None:
    score = tune(bpm=97).repeat(24) + tune(bpm=130, time_signature="7/8").repeat(3)
    fitted = score.stretch(seconds=seconds)

    assert microticks(fitted) == round(seconds * 1e6) * fitted.ticks_per_beat
    assert fitted.seconds(fitted.end) == pytest.approx(seconds, abs=1e-9)
    assert (fitted.tracks, fitted.time_signatures) == (score.tracks, score.time_signatures)
    assert max(change.bpm for change in fitted.tempos) / min(c.bpm for c in fitted.tempos) == pytest.approx(
        130 / 97, rel=1e-4
    )


def test_a_piece_is_stretched_by_a_factor_or_to_a_tempo() -> None:
    assert tune(bpm=120).stretch(2).tempos[0].bpm == 60
    assert tune(bpm=120).stretch(bpm=90).tempos[0].bpm == pytest.approx(90, rel=1e-5)
    for wrong in ({}, {"bpm": 90, "seconds": 3}, {"bpm": -1}):
        with pytest.raises(ValueError, match="must be"):
            tune().stretch(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quarter notes a minute"):
        tune().stretch(seconds=900_000)


def test_instruments_are_given_by_name_in_order() -> None:
    score = tune().mix(tune()).mix(Score(480, (Track(tune().notes, is_drum=True),)))
    played = score.with_instruments("strings, harp")

    assert [track.program for track in played.tracks[:2]] == [48, 46]
    assert played.tracks[2] == score.tracks[2]
    assert [track.name for track in played.tracks[:2]] == ["String Ensemble 1", "Orchestral Harp"]


def test_a_score_of_a_model_can_be_edited() -> None:
    score = linnet.load(TINY).generate(bars=4, seed=1)
    both = score.slice("1-2") + score.slice("3-4")

    assert sorted(both.notes.rows()) == sorted(score.notes.rows())
