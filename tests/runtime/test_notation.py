"""MusicXML, opened again by the library that wrote it: the same notes, bars, signatures and parts."""

import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import notation
from linnet.errors import LinnetError
from linnet.music import theory
from linnet.music.key import KEYS
from linnet.music.score import KeySignature, Note, Notes, Score, TempoChange, TimeSignature, Track

music21 = pytest.importorskip("music21", reason="music21 is not installed")

TICKS = notation.TICKS
Row = tuple[int, int, int]
"""Onset and duration in ticks of the grid, pitch."""


def opened(score: Score) -> Any:
    return music21.converter.parseData(notation.dumps(score).decode(), format="musicxml")


def rows(part: Any) -> list[Row]:
    """A part's notes, tied ones put together, also from voice to voice."""
    found: list[Row] = []
    ringing: dict[tuple[int, int], int] = {}  # end and pitch of what is tied to the next: where it began
    sounds = sorted(part.recurse().notes, key=lambda sound: sound.getOffsetInHierarchy(part))
    for sound in sounds:
        onset = round(Fraction(sound.getOffsetInHierarchy(part)) * TICKS)
        end = onset + round(Fraction(sound.quarterLength) * TICKS)
        for one in getattr(sound, "notes", (sound,)):
            tie, pitch = one.tie and one.tie.type, one.pitch.midi
            begin = ringing.pop((onset, pitch)) if tie in ("stop", "continue") else onset
            if tie in ("start", "continue"):
                ringing[end, pitch] = begin
            else:
                found.append((begin, end - begin, pitch))
    assert not ringing
    return sorted(found)


def expected(track: Track) -> list[Row]:
    return sorted((note.onset, note.duration, note.pitch) for note in track.notes)


def same_notes(score: Score) -> None:
    written = opened(score).parts
    tracks = [track for track in score.resample(TICKS).tracks if len(track.notes)]
    assert [rows(part) for part in written] == [expected(track) for track in tracks]


def of(*tracks: Iterable[Note], **rest: Any) -> Score:
    return Score(TICKS, tuple(Track(Notes.of(track)) for track in tracks), **rest)


SCALE = [Note(24 * i, 24, pitch, 80) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]


@pytest.mark.parametrize(
    "score",
    [
        of(SCALE),
        of(
            [
                Note(0, 8, 60, 80),
                Note(8, 8, 62, 80),
                Note(16, 8, 64, 80),
                Note(24, 4, 60, 80),
                Note(28, 20, 67, 80),
            ]
        ),
        of([Note(0, 300, 60, 80)]),
        of([Note(0, 96, 48, 80), Note(0, 24, 60, 80), Note(24, 72, 64, 80), Note(24, 24, 67, 80)]),
        of([Note(0, 48, 60, 80), Note(0, 48, 64, 80), Note(12, 60, 67, 80), Note(12, 60, 72, 80)]),
        of(SCALE, [Note(48, 96, 40, 80)], [Note(0, 24, 90, 80)]),
        of([Note(3, 9, 60, 80), Note(12, 12, 62, 80), Note(24, 4, 64, 80), Note(28, 44, 66, 80)]),
    ],
    ids=["scale", "tuplets", "over bars", "voices", "chords that overlap", "tracks", "fine grids"],
)
def test_the_notes_come_back(score: Score) -> None:
    same_notes(score)


def human(random: np.random.Generator) -> Score:
    """Random notes whose beats are divided by four or by three, each as one."""
    tracks = []
    for program in range(3):
        lines = np.concatenate(
            [24 * beat + np.arange(0, 24, random.choice((6, 8, 3, 4))) for beat in range(21)]
        )
        pitch, velocity = random.permutation(128)[:20], np.full(20, 80)
        first = random.integers(0, len(lines) - 20, 20)
        onset, end = lines[first], lines[first + random.integers(1, 20, 20)]
        tracks.append(Track(Notes(onset, end - onset, pitch, velocity), program, is_drum=program == 2))
    return Score(TICKS, tuple(tracks), time_signatures=(TimeSignature(0, 3, 4),))


@pytest.mark.parametrize("seed", range(3))
def test_any_notes_of_human_rhythm_come_back(seed: int) -> None:
    same_notes(human(np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_no_human_rhythm_is_tidied_on_paper(seed: int) -> None:
    random = np.random.default_rng(seed)
    pitch, velocity = random.permutation(128)[:40], np.full(40, 80)
    notes = Notes(random.integers(0, 400, 40), random.integers(1, 150, 40), pitch, velocity)
    signatures = (TimeSignature(0, 3, 4), TimeSignature(252, 7, 8))  # after half a bar
    (part,) = opened(Score(TICKS, (Track(notes),), time_signatures=signatures)).parts
    found = {pitch: (onset, duration) for onset, duration, pitch in rows(part)}
    assert set(found) == set(pitch.tolist())
    for onset, duration, one, _ in notes.rows():
        assert abs(found[one][0] - onset) <= 4
        assert abs(found[one][1] - duration) <= 12
    for sound in part.recurse().notesAndRests:
        tuplets = sound.duration.tuplets
        assert len(tuplets) <= 1
        assert all((t.numberNotesActual, t.numberNotesNormal) == (3, 2) for t in tuplets)
        assert sound.duration.type in ("whole", "half", "quarter", "eighth", "16th", "32nd")
    for bar in part.getElementsByClass("Measure"):
        assert bar.duration.quarterLength * TICKS in (72, 36, 84)


def test_triplets_fill_their_beat() -> None:
    """Whatever begins in a triplet, its bracket is three of something."""
    for seed in range(3):
        for part in opened(human(np.random.default_rng(seed))).parts:
            for line in [*part.recurse().getElementsByClass("Voice"), *part.getElementsByClass("Measure")]:
                beats: dict[int, Fraction] = {}
                for sound in line.notesAndRests:
                    if sound.duration.tuplets:
                        beat = int(sound.offset)
                        beats[beat] = beats.get(beat, Fraction(0)) + Fraction(sound.quarterLength)
                assert all(share in (Fraction(1, 2), 1) for share in beats.values()), beats


def test_the_key_in_the_file_is_written_and_spells() -> None:
    keys = (KeySignature(0, -6), KeySignature(96, 1))
    score = of([Note(0, 96, 66, 80), Note(96, 96, 66, 80)], key_signatures=keys)
    (part,) = opened(score).parts
    assert [each.sharps for each in part.recurse().getElementsByClass("KeySignature")] == [-6, 1]
    assert [note.pitch.name for note in part.recurse().notes] == ["G-", "F#"]


def test_the_key_that_was_asked_is_written() -> None:
    for key, sharps in (("A minor", 0), ("D major", 2), ("Eb major", -3)):
        piece = linnet.load("folk").generate(bars=8, seed=1, key=key)
        (signature,) = opened(piece).parts[0].recurse().getElementsByClass("KeySignature")
        assert signature.sharps == sharps


def test_every_bar_has_its_place_and_its_meter() -> None:
    """Bars that are cut short have the meter of what is left of them."""
    signatures = (TimeSignature(0, 4, 4), TimeSignature(24, 4, 4), TimeSignature(120, 6, 8))
    score = of(
        [Note(0, 24, 60, 80), Note(24, 96, 62, 80), Note(120, 144, 64, 80)], time_signatures=signatures
    )
    (part,) = opened(score).parts
    bars = [*part.getElementsByClass("Measure")]

    assert (
        [round(Fraction(bar.offset) * TICKS) for bar in bars]
        == score.bar_ticks().tolist()
        == [0, 24, 120, 192]
    )
    assert [bar.timeSignature and bar.timeSignature.ratioString for bar in bars] == [
        "1/4",
        "4/4",
        "6/8",
        None,
    ]
    assert rows(part) == expected(score.tracks[0])


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_its_signature_and_spells_its_scale(key: str) -> None:
    tonic, mode = key.split()
    steps = theory.SCALES["major" if mode == "major" else "minor"]
    home = 60 + theory.pitch_class(tonic)
    # The tonic and the fifth last longest, as the estimate of the key expects.
    lengths = [96, 24, 48, 24, 72, 24, 24]
    onsets = [sum(lengths[:i]) for i in range(7)]
    score = of(
        [
            Note(onset, length, home + step, 80)
            for onset, length, step in zip(onsets, lengths, steps, strict=True)
        ]
    )
    (part,) = opened(score).parts
    (signature,) = part.recurse().getElementsByClass("KeySignature")

    assert signature.asKey(mode).tonic.pitchClass == theory.pitch_class(tonic)
    names = [pitch.name for pitch in part.pitches]
    assert len({name[0] for name in names}) == 7
    assert set(names) == {pitch.name for pitch in signature.asKey(mode).pitches}


@pytest.mark.parametrize(("bpm", "read"), [(96, (64, 1.5)), (100, (100, 1.0))])
def test_a_tempo_counts_dotted_quarters_where_they_are_the_beat(bpm: int, read: tuple[int, float]) -> None:
    score = of(SCALE, tempos=(TempoChange.at_bpm(0, bpm),), time_signatures=(TimeSignature(0, 6, 8),))
    (mark,) = opened(score).recurse().getElementsByClass("MetronomeMark")

    assert (mark.number, mark.referent.quarterLength) == read
    assert mark.getQuarterBPM() == bpm


def test_tempo_instruments_names_and_velocities() -> None:
    score = Score(
        TICKS,
        (
            Track(Notes.of(SCALE), 40, name="Tune"),
            Track(Notes.of([Note(0, 96, 40, 33)]), 32),
            Track(Notes.of([Note(0, 24, 38, 99)]), 0, True),
        ),
        (TempoChange(0, 500_000), TempoChange(96, 666_667)),
    )
    whole = opened(score)
    tune, bass, drums = whole.parts

    assert [part.partName for part in whole.parts] == ["Tune", "Acoustic Bass", "Drums"]
    assert [part.getInstrument().midiProgram for part in (tune, bass)] == [40, 32]
    marks = tune.recurse().getElementsByClass("MetronomeMark")
    assert [(mark.number, mark.getOffsetInHierarchy(tune)) for mark in marks] == [(120, 0), (90, 4)]
    assert [sound.volume.velocity for sound in bass.recurse().notes] == [33]
    assert isinstance(bass.recurse().getElementsByClass("Clef")[0], music21.clef.BassClef)
    assert isinstance(drums.recurse().getElementsByClass("Clef")[0], music21.clef.PercussionClef)


def test_every_bar_is_filled() -> None:
    """With rests, so that programs that read it need not guess."""
    score = of([Note(24, 12, 60, 80), Note(30, 100, 50, 80), Note(290, 4, 60, 80)], end=480)
    (part,) = opened(score).parts
    bars = part.getElementsByClass("Measure")

    assert len(bars) == 5
    for bar in bars:
        for line in bar.voices or [bar]:
            assert sum(Fraction(sound.quarterLength) for sound in line.notesAndRests) == 4


def test_the_tiny_model_on_paper(tmp_path: Path) -> None:
    tiny = Path(__file__).parents[1] / "data" / "tiny.onnx"
    score = linnet.load(tiny).generate(bars=8, seed=5)
    score.save(tmp_path / "Tune.musicxml")
    whole = music21.converter.parse(tmp_path / "Tune.musicxml")

    assert whole.metadata.movementName == "Tune"
    assert [rows(part) for part in whole.parts] == [
        expected(track) for track in score.resample(TICKS).tracks if len(track.notes)
    ]


def test_without_music21_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "music21", None)

    with pytest.raises(LinnetError, match=r"pip install 'linnet\[notation\]'"):
        of(SCALE).save(tmp_path / "tune.musicxml")
    assert not list(tmp_path.iterdir())


def test_no_notes_no_paper(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no notes"):
        Score().save(tmp_path / "tune.musicxml")
    assert not list(tmp_path.iterdir())
