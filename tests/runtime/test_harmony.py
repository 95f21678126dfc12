"""The chord finder: what a harmony book says, what moves with the music, and what must not disturb it."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.music.beats import beat_grid
from linnet.music.chord import Chord
from linnet.music.harmony import keys_of
from linnet.music.key import KEYS
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from tests.runtime.harmonised import bars, music, symbols
from tests.runtime.scores import scores

ALBERTI = "C4:.5 G4:.5 E4:.5 G4:.5 "
BOOK = {
    "a cadence in major": (
        ["C3:4 F3:4 G3:4 C3:4", "E4:4 F4:4 D4:4 E4:4", "G4:4 A4:4 B4:4 C5:4"],
        ["C", "F", "G", "C"],
    ),
    "a cadence in minor, with its raised leading note": (
        ["A2:4 D3:4 E3:4 A2:4", "A4:4 A4:4 G#4:4 A4:4", "C5:4 D5:4 B4:4 C5:4", "E5:4 F5:4 E5:4 E5:4"],
        ["Am", "Dm", "E", "Am"],
    ),
    "two chords a bar": (
        ["A2:2 D3:2 B2:2 E3:2 A2:4", "E4:2 F4:2 F4:2 D4:2 C4:4", "A4:4 A4:2 G#4:2 A4:4",
         "C5:2 D5:2 D5:2 B4:2 E5:4"],
        ["Am Dm", "Bm7b5 E7", "Am"],
    ),
    "a cadential six-four": (
        ["F3:2 G3:2 C3:4", "A3:2 C4:1 B3:1 C4:4", "F4:2 E4:1 D4:1 E4:4", "C5:2 G4:2 G4:4"],
        ["F C/G G", "C"],
    ),
    "inversions": (
        ["C3:4 B2:4 C3:4 E3:4 F3:4 G3:4 C3:4", "E4:4 D4:4 E4:4 G4:4 A4:4 D4:4 E4:4",
         "G4:4 G4:4 C5:4 C5:4 C5:4 B4:4 C5:4"],
        ["C", "G/B", "C", "C/E", "F", "G", "C"],
    ),
    "inversions of a seventh chord": (
        ["C3:4 F3:4 B2:4 C3:4 D3:4 C3:4", "E4:4 D4:4 D4:4 E4:4 F4:4 E4:4", "G4:4 G4:4 F4:4 G4:4 B4:4 G4:4",
         "C5:4 B4:4 G4:4 C5:4 G4:4 C5:4"],
        ["C", "G7/F", "G7/B", "C", "G7/D", "C"],
    ),
    "a long suspension": (
        ["C3:4 G2:4 C3:4", "E4:4 D4:4 E4:4", "G4:12", "C5:6 B4:2 C5:4"],
        ["C", "G", "C"],
    ),
    "a short suspension": (
        ["C3:4 G2:2 C3:2", "E4:4 D4:2 E4:2", "G4:8", "C5:5 B4:1 C5:2"],
        ["C", "G C"],
    ),
    "passing notes": (
        ["C3:4 G2:4 C3:4", "C5:.5 D5:.5 E5:.5 F5:.5 G5 E5 D5:.5 C5:.5 B4:.5 A4:.5 G4:2 C5:4",
         "E4:4 D4:4 E4:4"],
        ["C", "G", "C"],
    ),
    "broken chords in the left hand": (
        [2 * ALBERTI + 2 * "C4:.5 A4:.5 F4:.5 A4:.5 " + 2 * "B3:.5 G4:.5 D4:.5 G4:.5 " + 2 * ALBERTI,
         "E5:2 G5:2 A5:4 D5:2 G5:2 E5:4"],
        ["C", "F/C", "G/B", "C"],
    ),
    "one note a beat": ("C3 E3 G3 C4 F3 A3 C4 F4 G3 B3 D4 G4 C3 E3 G3 C4", ["C", "F", "G", "C"]),
    "a pedal of the tonic": (
        ["C2:16", "C4:4 F4:4 G4:4 C4:4", "E4:4 A4:4 B4:4 E4:4", "G4:4 C5:4 D5:4 G4:4"],
        ["C", "F/C", "G/C", "C"],
    ),
    "a pedal of the dominant": (
        ["G2:12 C3:4", "B3:4 C4:4 B3:4 C4:4", "D4:4 E4:4 D4:4 E4:4", "G4:4 G4:4 F4:4 G4:4"],
        ["G", "C/G", "G7", "C"],
    ),
    "a bass that alternates": (
        "C3 E4+G4 G2 E4+G4 G2 F4+B4 D3 F4+B4 C3 E4+G4 G2 E4+G4 C3:4",
        ["C", "G7", "C", "C"],
    ),
    "chords of one beat between": (
        ["C3:2 D3 B2 C3:4", "E4:2 F4 F4 E4:4", "G4:2 A4 G4 G4:4", "C5:2 D5 D5 C5:4"],
        ["C Dm G7/B", "C"],
    ),
    "a Neapolitan sixth": (
        ["A2:4 D3:4 E3:4 A2:4", "C4:4 F4:4 E4:4 C4:4", "E4:4 Bb4:4 G#4:4 E4:4", "A4:4 D5:4 B4:4 A4:4"],
        ["Am", "Bb/D", "E", "Am"],
    ),
    "a diminished seventh that passes": (
        ["C3:4 C#3:4 D3:4 G2:4 C3:4", "E4:8 F4:8 E4:4", "G4:8 A4:4 B4:4 G4:4", "C5:4 Bb4:4 D5:8 C5:4"],
        ["C", "C#dim7", "Dm", "G7", "C"],
    ),
    "an augmented triad that passes": (
        ["C3:8 F3:4", "E4:8 F4:4", "G4:4 G#4:4 A4:4"],
        ["C", "Caug", "F"],
    ),
    "sevenths": (
        ["D3:4 G2:4 C3:4 A2:4", "F3:8 E3:4 G3:4", "A3:4 B3:4 G3:4 C#4:4", "C4:4 D4:4 B3:4 E4:4"],
        ["Dm7", "G7", "Cmaj7", "A7"],
    ),
    "an added sixth": (
        ["C3:8 F3:4 G3:4 C3:8", "E3:8 A3:4 B3:4 E3:8", "G3:8 C4:4 D4:4 G3:8", "A3:8 F4:4 F4:4 A3:8"],
        ["C", "C", "F", "G7", "C", "C"],
    ),
    "fifths without thirds": (
        ["C3:4 Bb2:4 F3:4 C3:4", "G3:4 F3:4 C4:4 G3:4"],
        ["C", "Bb", "F", "C"],
    ),
    "a short rest": (["C3:4 -:2 C3:2", "E4:4 -:2 E4:2", "G4:4 -:2 G4:2"], ["C", "C"]),
    "a long rest": (["C3:4 -:8 C3:4", "E4:4 -:8 E4:4", "G4:4 -:8 G4:4"], ["C", "-", "-", "C"]),
    "a cluster": (["C4:4", "C#4:4", "D4:4", "D#4:4", "E4:4", "F4:4"], ["-"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOK)
def test_the_book_is_followed(name: str) -> None:
    voices, expected = BOOK[name]

    assert bars(music(*([voices] if isinstance(voices, str) else voices))) == expected


def test_a_pianist_s_one_track_has_the_chords_of_three() -> None:
    voices = ["C3:4 F3:4 G3:4 C3:4", "E4:4 F4:4 D4:4 E4:4", "G4:4 A4:4 B4:4 C5:4"]

    assert symbols(music(*voices, one_track=True)) == symbols(music(*voices))


@pytest.mark.parametrize(
    ("meter", "quarters", "beats"),
    [((3, 4), 3, 3), ((6, 8), 3, 2), ((12, 8), 6, 4), ((9, 8), 4.5, 3), ((2, 2), 4, 4), ((5, 4), 5, 5),
     ((7, 8), 3.5, 7), ((3, 8), 1.5, 3), ((3, 2), 6, 6), ((1, 1), 4, 4), ((5, 16), 1.25, 5)],
)  # fmt: skip
def test_every_meter_has_its_beats(meter: tuple[int, int], quarters: float, beats: int) -> None:
    chords = ("C3+E3+G3", "G2+B3+D4", "C3+E3+G3")
    score = music(" ".join(f"{chord}:{quarters}" for chord in chords), meter=meter)

    found = score.chords()

    assert [beat.bar for beat in found] == [bar for bar in range(3) for _ in range(beats)]
    assert [beat.beat for beat in found] == list(range(beats)) * 3
    assert bars(score) == ["C", "G", "C"]


def test_a_waltz_has_one_chord_a_bar() -> None:
    left, right = "C3 E4+G4 E4+G4 G2 F4+B4 F4+B4 C3 E4+G4 E4+G4 C3:3", "E5:3 D5:3 C5:3 C5:3"

    assert bars(music(left, right, meter=(3, 4))) == ["C", "G7", "C", "C"]


def test_a_melody_implies_its_chords() -> None:
    tune = (
        "C4 C4 G4 G4 A4 A4 G4:2 F4 F4 E4 E4 D4 D4 C4:2 G4 G4 F4 F4 E4 E4 D4:2 G4 G4 F4 F4 E4 E4 D4:2 "
        "C4 C4 G4 G4 A4 A4 G4:2 F4 F4 E4 E4 D4 D4 C4:2"
    )
    jig = (
        "D5:.5 A4:.5 F#4:.5 D4:.5 F#4:.5 A4:.5 B4:.5 G4:.5 B4:.5 D5:1.5 "
        "C#5:.5 A4:.5 E4:.5 A4:.5 B4:.5 C#5:.5 D5:1.5 D5:1.5"
    )

    found = bars(music(tune))

    assert found[:2] == ["C", "F C"]
    assert found[-2:] == ["F C", "G7 C"]
    assert bars(music(jig, meter=(6, 8))) == ["D", "G", "A7", "D"]


def test_a_melody_alone_is_no_bass() -> None:
    assert {beat.chord.inversion for beat in music("E4:2 G4:2 C5:4").chords() if beat.chord} == {0}


def test_an_upbeat_is_a_bar_of_its_own() -> None:
    whole = music("G3:1 C3:4 G2:4 C3:4", "G4:1 E4:4 D4:4 E4:4", "G4:1 G4:4 B4:4 G4:4")
    score = replace(whole, time_signatures=(TimeSignature(0, 4, 4), TimeSignature(480, 4, 4)))

    found = score.chords()

    assert [(beat.tick, beat.bar, beat.beat) for beat in found[:3]] == [(0, 0, 0), (480, 1, 0), (960, 1, 1)]
    assert bars(score)[1:] == ["C", "G", "C"]


def test_silence_has_no_chord() -> None:
    drums = Track(Notes.of([Note(480 * i, 240, 36, 100) for i in range(8)]), is_drum=True)

    assert symbols(Score()) == ["-"]
    assert symbols(Score(end=1920)) == ["-"] * 4
    assert symbols(Score(tracks=(drums,))) == ["-"] * 8


def test_drums_do_not_change_the_harmony() -> None:
    score = music("C3:4 F3:4 G3:4 C3:4", "E4:4 A4:4 B4:4 E4:4", "G4:4 C5:4 D5:4 G4:4")
    drums = Track(Notes.of([Note(240 * i, 120, 38 + i % 8, 100) for i in range(32)]), is_drum=True)

    assert replace(score, tracks=(*score.tracks, drums)).chords() == score.chords()


def test_timing_of_people_does_not_change_the_harmony() -> None:
    score = music("C3:4 F3:4 G3:4 C3:4", "E4:4 F4:4 D4:4 E4:4", "G4:4 A4:4 B4:4 C5:4")
    random = np.random.default_rng(3)

    def played(track: Track) -> Track:
        onset = np.maximum(track.notes.onset + random.integers(-20, 21, len(track.notes)), 0)
        return replace(
            track, notes=Notes(onset, track.notes.duration - 60, track.notes.pitch, track.notes.velocity)
        )

    assert bars(replace(score, tracks=tuple(map(played, score.tracks)), end=score.end)) == [
        "C",
        "F",
        "G",
        "C",
    ]


def test_staccato_is_the_same_harmony() -> None:
    score = music("C3 E4+G4 G2 E4+G4 G2 F4+B4 D3 F4+B4 C3 E4+G4 C3:2")
    notes = score.tracks[0].notes
    short = Track(Notes(notes.onset, np.full(len(notes), 60), notes.pitch, notes.velocity))

    assert bars(replace(score, tracks=(short,))) == bars(score)


@given(scores, st.integers(1, 11))
@settings(deadline=None, max_examples=60)
def test_moved_music_has_moved_chords(score: Score, semitones: int) -> None:
    low = replace(
        score,
        tracks=tuple(
            replace(track, notes=Notes(n.onset, n.duration, n.pitch % 100, n.velocity))
            for track, n in ((track, track.notes) for track in score.tracks)
        ),
    )

    there = [beat.chord and beat.chord.transposed(semitones) for beat in low.chords()]

    assert [beat.chord for beat in low.transpose(semitones).chords()] == there


@given(scores, st.integers(2, 7))
@settings(deadline=None, max_examples=60)
def test_finer_ticks_change_nothing(score: Score, factor: int) -> None:
    finer = score.resample(score.ticks_per_beat * factor)
    same_bars = np.array_equal(score.bar_ticks() * factor, finer.bar_ticks())

    def chords(of: Score) -> list[tuple[int, int, Chord | None]]:
        return [(beat.bar, beat.beat, beat.chord) for beat in of.chords()]

    if same_bars and np.array_equal(beat_grid(score).tick * factor, beat_grid(finer).tick):
        assert chords(finer) == chords(score)


@given(scores)
@settings(deadline=None, max_examples=60)
def test_every_beat_has_its_place(score: Score) -> None:
    found = score.chords()
    starts = score.bar_ticks()

    assert len(found) == len(beat_grid(score)) > 0
    assert [beat.tick for beat in found] == sorted({beat.tick for beat in found})
    for beat in found:
        assert starts[beat.bar] <= beat.tick < max(score.end, 1)
        assert beat.bar + 1 == len(starts) or beat.tick < starts[beat.bar + 1]
    assert score.chords() == found


def test_a_key_goes_on_until_another_is_worth_it() -> None:
    home = "C3+E4+G4+C5:4 F3+F4+A4+C5:4 G3+D4+G4+B4:4 C3+E4+G4+C5:4 "
    there = "E3+G#4+B4+E5:4 A3+A4+C#5+E5:4 B3+F#4+B4+D#5:4 E3+G#4+B4+E5:4 "

    found = [KEYS[key] for key in keys_of(music(2 * home + 2 * there)) if key is not None]

    assert found == ["C major"] * 8 + ["E major"] * 8
    assert keys_of(Score(end=3840)) == (None, None)


def test_a_page_of_music_takes_a_moment() -> None:
    """64 bars: some 20 ms; the bound is for a slow machine."""
    chord = "C3:.5 E3:.5 G3:.5 C4:.5 "
    score = music(128 * chord, 64 * "C5:2 D5:1 E5:1 ", 64 * "E5:4 ")
    score.chords()

    begin = time.thread_time()
    score.chords()

    assert score.bars == 64
    assert time.thread_time() - begin < 0.5
