"""`linnet.describe`: cues that are there, directions that listeners report, and music of every kind."""

import json
import math

import pytest
from hypothesis import given

import linnet
from linnet import Note, Notes, Score, TempoChange, Track
from tests.runtime.scores import scores

C_MAJOR = (60, 64, 67, 65, 69, 72, 67, 71, 74, 72)
C_MINOR = (60, 63, 67, 65, 68, 72, 67, 71, 74, 72)


def tune(
    pitches: tuple[int, ...] = C_MAJOR, *, step: int = 240, length: int = 240, velocity: int = 80
) -> Score:
    """Four times over, with dynamics; 240 ticks are an eighth."""
    notes = [
        Note(i * step, length, pitch, velocity + (10 if i % 2 else -10))
        for i, pitch in enumerate(pitches * 4)
    ]
    return Score(480, (Track(Notes.of(notes)),))


def chords(*intervals: int) -> Score:
    """The same in major, each note with others above it."""
    notes = [
        Note(i * 240, 240, pitch + interval, 80)
        for i, pitch in enumerate(C_MAJOR * 4)
        for interval in (0, *intervals)
    ]
    return Score(480, (Track(Notes.of(notes)),))


def valence(score: Score) -> float:
    return linnet.describe(score)["valence"]


def arousal(score: Score) -> float:
    return linnet.describe(score)["arousal"]


def test_major_is_gladder_than_minor() -> None:
    assert linnet.describe(tune(C_MAJOR))["mode"] > 0 > linnet.describe(tune(C_MINOR))["mode"]
    assert valence(tune(C_MAJOR)) > 0.3 > -0.3 > valence(tune(C_MINOR))
    assert arousal(tune(C_MAJOR)) == arousal(tune(C_MINOR))


@pytest.mark.parametrize("semitones", range(-11, 12))
def test_the_key_does_not_matter_but_the_mode(semitones: int) -> None:
    there, here = (
        linnet.describe(score)["mode"] for score in (tune(C_MINOR).transpose(semitones), tune(C_MINOR))
    )

    assert there == pytest.approx(here)


def test_a_piece_that_changes_its_key_keeps_its_mode() -> None:
    """Ten seconds each in two keys that have hardly a note in common."""
    there = tuple(pitch + 6 for pitch in C_MAJOR)

    assert (
        linnet.describe(tune(C_MAJOR * 4 + there * 4))["mode"] > 0.7 * linnet.describe(tune(C_MAJOR))["mode"]
    )


def test_fast_loud_and_short_notes_excite() -> None:
    usual = arousal(tune())

    assert arousal(tune(step=120, length=120)) > usual
    assert arousal(tune(velocity=110)) > usual
    assert arousal(tune(length=100)) > usual
    assert arousal(tune(step=480, length=480)) < usual
    assert arousal(tune(velocity=40)) < usual


def test_what_counts_is_seconds_and_not_ticks() -> None:
    slow = Score(480, tune().tracks, (TempoChange(0, 1_000_000),))

    assert linnet.describe(slow)["onsets_per_second"] == pytest.approx(2)
    assert linnet.describe(slow.resample(24)) == pytest.approx(linnet.describe(slow))


def test_a_chord_is_one_moment_however_it_is_played() -> None:
    notes = [
        Note(i * 480 + j * 10, 480, pitch, 80) for i in range(20) for j, pitch in enumerate((60, 64, 67))
    ]
    found = linnet.describe(Score(480, (Track(Notes.of(notes)),)))  # 10 ms apart

    assert found["onsets_per_second"] == pytest.approx(2)
    assert found["notes_per_second"] == pytest.approx(6)


def test_seconds_are_dissonant_and_octaves_are_nothing() -> None:
    assert linnet.describe(chords(1))["consonance"] == pytest.approx(-1.428)
    assert linnet.describe(chords(7))["consonance"] == pytest.approx(1.24)
    assert "consonance" not in linnet.describe(chords(12))


def test_equal_velocities_say_nothing() -> None:
    """They are what some program writes."""
    written = [Score(480, (Track(Notes(*columns)),)) for columns in _with_velocities(127, 1)]
    loud, soft = map(arousal, written)

    assert loud == soft
    assert arousal(tune(velocity=117)) > arousal(tune(velocity=11))


def _with_velocities(*velocities: int) -> list[tuple[object, ...]]:
    notes = tune().notes
    return [(notes.onset, notes.duration, notes.pitch, [each] * len(notes)) for each in velocities]


def test_drums_excite_and_are_neither_glad_nor_gloomy() -> None:
    def beat(step: int) -> Score:
        return Score(480, (Track(Notes.of([Note(i * step, 60, 38, 90) for i in range(64)]), is_drum=True),))

    assert linnet.describe(beat(60))["valence"] == linnet.describe(beat(480))["valence"] == 0
    assert arousal(beat(60)) > arousal(beat(480))
    assert "mode" not in linnet.describe(beat(60))


def test_tracks_without_a_note_do_not_matter() -> None:
    full = tune()
    with_empty = Score(480, (Track(), *full.tracks, Track(is_drum=True)))

    assert linnet.describe(with_empty) == linnet.describe(full)


def test_a_piece_without_notes_is_refused() -> None:
    with pytest.raises(ValueError, match="score must have notes"):
        linnet.describe(Score())


def test_a_single_note_will_do() -> None:
    found = linnet.describe(Score(480, (Track(Notes.of([Note(0, 480, 60, 80)])),)))

    assert found["onsets_per_second"] == pytest.approx(2)
    assert "articulation" not in found


@given(scores)
def test_any_score_has_a_feeling_in_plain_numbers(score: Score) -> None:
    if not len(score.notes):
        return
    found = linnet.describe(score)

    assert -1 <= found["valence"] <= 1
    assert -1 <= found["arousal"] <= 1
    assert all(type(value) is float and math.isfinite(value) for value in found.values())
    assert json.loads(json.dumps(found)) == found
