"""Exercises: what a level says is kept, each closes, no two are alike, and bad input is one line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from linnet import practice
from linnet.cli import main
from linnet.controls.note_values import ticks_of
from linnet.music.theory import pitch_class, scale_classes
from linnet.practice.levels import keys_for, keys_of


@pytest.fixture(scope="module")
def tunes() -> list[practice.Exercise]:
    return practice.exercises(level=1, instrument="recorder", key="F", count=6, seed=1)


def test_exercises_keep_to_their_level(tunes: list[practice.Exercise]) -> None:
    level = practice.LEVELS[0]
    values = {ticks_of(value) for value in level.rhythm.split(",")}
    for tune in tunes:
        notes = sorted(tune.score.notes, key=lambda note: note.onset)
        assert tune.score.bars == 8
        assert {note.duration for note in notes} <= values
        assert {note.pitch % 12 for note in notes} <= scale_classes("F major")
        assert all(abs(a.pitch - b.pitch) <= level.leap for a, b in pairwise(notes))
        assert all(a.end == b.onset for a, b in pairwise(notes))
        assert all(60 <= note.pitch <= 60 + level.span for note in notes)
        assert notes[-1].pitch % 12 == pitch_class("F")


def test_no_two_exercises_are_alike_and_a_seed_brings_them_back(tunes: list[practice.Exercise]) -> None:
    bars = [
        [
            tuple((n.onset % 96, n.pitch, n.duration) for n in tune.score.slice_bars(i, i + 1).notes)
            for i in range(8)
        ]
        for tune in tunes
    ]
    for i, one in enumerate(bars):
        for other in bars[:i]:
            assert sum(bar in other for bar in one) < 4
    again = practice.exercises(level=1, instrument="recorder", key="F", count=6, seed=1)
    assert [tune.score for tune in again] == [tune.score for tune in tunes]


def test_low_instruments_play_in_their_own_register() -> None:
    (tune,) = practice.exercises(level=3, instrument="cello", key="G", count=1, seed=1)

    assert all(36 <= pitch <= 60 for pitch in tune.score.notes.pitch)


def test_levels_grow() -> None:
    for before, after in pairwise(practice.LEVELS):
        assert before.leap <= after.leap
        assert before.step_share >= after.step_share
        assert before.span <= after.span
        assert len(keys_of(before)) <= len(keys_of(after))


@pytest.mark.parametrize("name", practice.INSTRUMENTS)
def test_instruments_have_room_for_beginners(name: str) -> None:
    player = practice.INSTRUMENTS[name]

    assert player.lowest <= player.home
    assert player.home + practice.LEVELS[0].span <= player.highest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"level": 9}, "level must be between 1 and 8, got 9"),
        ({"instrument": "kazoo"}, "instrument must be one of recorder, flute"),
        ({"bars": 2}, "bars must be between 4 and 32"),
        ({"count": 0}, "count must be between 1 and 200"),
        ({"key": "H"}, "a note is a letter from A to G"),
    ],
)
def test_what_is_out_of_range_is_said_in_a_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        practice.exercises(**options)


def test_a_sheet_is_a_pdf_or_pictures(tunes: list[practice.Exercise], tmp_path: Path) -> None:
    for library in ("music21", "verovio", "fpdf", "pypdfium2"):
        pytest.importorskip(library, reason="the extras notation and score are not installed")
    sheet = tmp_path / "sheet.pdf"
    assert practice.write(tunes[:2], sheet, title="Two") == [sheet]
    first = sheet.read_bytes()
    assert first.startswith(b"%PDF")
    practice.write(tunes[:2], sheet, title="Two")
    assert sheet.read_bytes() == first

    (picture,) = practice.write(tunes[:1], tmp_path / "sheet.png", title="One")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_any_score_is_engraved(tunes: list[practice.Exercise], tmp_path: Path) -> None:
    for library in ("music21", "verovio", "fpdf"):
        pytest.importorskip(library, reason="the extras notation and score are not installed")
    file = tmp_path / "tune.pdf"
    tunes[0].score.save(file)
    assert file.read_bytes().startswith(b"%PDF")

    tunes[0].score.save(tmp_path / "tune.mid")
    assert main(["render", str(tmp_path / "tune.mid"), "-o", str(tmp_path / "tune.svg")]) == 0
    assert "Verovio" in (tmp_path / "tune.svg").read_text(encoding="utf-8")


def test_a_sheet_of_another_kind_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["practice", "-o", str(tmp_path / "sheet.docx")]) == 1
    assert "must end in .pdf or .png" in capsys.readouterr().err


def test_who_reads_higher_than_he_sounds_gets_a_sheet_of_what_he_reads() -> None:
    above = {name: player.above for name, player in practice.INSTRUMENTS.items() if player.above}
    assert above == {"clarinet": 2, "saxophone": 9, "trumpet": 2, "horn": 7}
    (tune,) = practice.exercises(level=1, instrument="horn", key="F", count=1, seed=1)

    assert tune.score.key == "F major"
    assert tune.heard.key == "Bb major"
    assert (tune.score.notes.pitch - tune.heard.notes.pitch == 7).all()
    assert max(tune.score.notes.pitch) <= practice.INSTRUMENTS["horn"].highest


@pytest.mark.parametrize(("hands", "level"), [("apart", 1), ("together", 2)])
def test_a_piano_has_two_staves(hands: str, level: int) -> None:
    (tune,) = practice.exercises(level=level, instrument="piano", key="C", bars=4, count=1, seed=3)
    right, left = (
        {note.onset + i for note in track.notes for i in range(0, note.duration, 12)}
        for track in tune.score.tracks
    )
    struck = [{note.onset for note in track.notes} for track in tune.score.tracks]

    assert max(tune.score.tracks[1].notes.pitch) < 60 <= min(tune.score.tracks[0].notes.pitch)
    assert struck[0] == struck[1] if hands == "together" else not right & left


def test_two_hands_of_a_high_level_both_play() -> None:
    tunes = practice.exercises(level=8, instrument="piano", count=2, seed=1)

    assert all(len(track.notes) >= 4 for tune in tunes for track in tune.score.tracks)


def test_hands_are_for_a_piano() -> None:
    with pytest.raises(ValueError, match="hands are those of a piano, got flute"):
        practice.exercises(instrument="flute", hands="apart", count=1)


def test_strings_and_pianos_begin_in_keys_of_their_own() -> None:
    first = {name: keys_for(1, practice.INSTRUMENTS[name]) for name in ("violin", "cello", "piano", "flute")}

    assert first["violin"] == ["D major", "A major"]
    assert first["cello"] == ["G major", "D major"]
    assert first["piano"] == ["C major", "G major", "F major", "A minor", "D minor"]
    assert first["flute"] == ["C major", "G major", "F major"]
    for player in practice.INSTRUMENTS.values():
        for number in range(1, 8):
            assert set(keys_for(number, player)) <= set(keys_for(number + 1, player)) | {
                "Eb major",
                "C minor",
            }
