"""Roles: what each player of a piece is there for."""

import os
from pathlib import Path

import numpy as np
import pytest

from linnet.music.roles import ROLES, ordered, roles
from linnet.music.score import Notes, Score, Track
from tests.runtime.harmonised import TICKS, voice

DATA = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "train"

TUNE = "E5 D5 C5 D5 E5 E5 E5:2 D5 D5 D5:2 E5 G5 G5:2"
CHORDS = "C4+E4+G4:2 C4+E4+G4:2 C4+E4+G4:2 G3+B3+D4:2 G3+B3+D4:2 G3+B3+D4:2 C4+E4+G4:2 C4+E4+G4:2"
ROOTS = "C2 C2 G2 G2 C2 C2 G2 G2 G2 G2 D2 D2 C2 C2 G2 C2"
PAD = "E4:8 D4:4 E4:4"
KIT = Track(Notes([0, 480], [10, 10], [36, 38], [100, 90]), is_drum=True)

SATB = (
    "C5 B4 C5 D5 E5 D5 C5:2",
    "G4 G4 G4 G4 G4 F4 E4:2",
    "E4 D4 E4 B3 C4 B3 G3:2",
    "C3 G3 C3 G3 C3 G2 C3:2",
)


def band(*parts: tuple[str, int], kit: bool = False) -> Score:
    tracks = [Track(Notes.of(voice(text)), program) for text, program in parts]
    return Score(TICKS, (*tracks, KIT) if kit else tuple(tracks))


def named(score: Score) -> list[str]:
    return [ROLES[number] for number in roles(score)]


def test_a_line_on_top_leads_chords_and_a_bass() -> None:
    assert named(band((CHORDS, 27), (TUNE, 73), (ROOTS, 33), (PAD, 50), kit=True)) == [
        "chords",
        "lead",
        "bass",
        "pad",
    ]


def test_the_bass_need_not_be_one_by_its_program() -> None:
    assert named(band((TUNE, 40), ("G4 A4 B4 A4 G4 F4 E4 F4", 41), (ROOTS, 42))) == ["lead", "second", "bass"]


def test_a_bass_in_octaves_is_one_line() -> None:
    octaves = " ".join(f"{note}+{note[0]}3" for note in ROOTS.split())
    assert named(band((TUNE, 73), (octaves, 48), kit=True)) == ["lead", "bass"]


def test_a_broken_chord_is_a_chord() -> None:
    assert named(band((TUNE, 73), ("C4:.5 G4:.5 E4:.5 G4:.5 " * 8, 24), (ROOTS, 33)))[1] == "chords"


@pytest.mark.parametrize("program", [0, 19, 52])
def test_four_lines_of_a_choir_or_keyboard_are_its_voices_in_any_order(program: int) -> None:
    names = ["soprano", "alto", "tenor", "low voice"]
    assert named(band(*((part, program) for part in SATB))) == names
    assert named(band(*((part, program) for part in reversed(SATB)))) == names[::-1]


def test_three_and_five_voices_have_the_outer_ones() -> None:
    three = named(band(*((part, 52) for part in (SATB[0], SATB[2], SATB[3]))))
    assert three == ["soprano", "tenor", "low voice"]
    five = named(band(*((part, 52) for part in (*SATB[:1], *SATB))))
    assert five == ["soprano", "soprano", "alto", "tenor", "low voice"]


def test_two_staves_of_a_piano_are_its_hands_also_beside_a_singer() -> None:
    staves = ((TUNE, 0), (ROOTS, 0))
    assert named(band(*staves)) == ["right hand", "left hand"]
    assert named(band(*staves[::-1])) == ["left hand", "right hand"]
    assert named(band((TUNE, 53), (CHORDS, 0), (ROOTS, 0))) == ["lead", "right hand", "left hand"]


def test_beside_drums_two_pianos_are_players_of_a_band() -> None:
    assert named(band((TUNE, 0), (ROOTS, 0), kit=True)) == ["lead", "bass"]


def test_a_melody_alone_leads_however_low() -> None:
    assert named(band((TUNE, 0))) == ["lead"]
    assert named(band((ROOTS, 33), kit=True)) == ["bass"]
    assert named(band((ROOTS, 42))) == ["lead"]


def test_who_is_silent_or_makes_noises_has_no_role() -> None:
    assert named(band((TUNE, 73), ("", 24), ("C5:4", 122))) == ["lead", "none", "none"]
    assert roles(Score()) == ()


def test_tracks_stand_in_the_order_of_their_roles() -> None:
    music = band((ROOTS, 33), ("", 5), (CHORDS, 27), (TUNE, 73), kit=True)
    tracks = ordered(music).tracks
    assert [track.program for track in tracks] == [73, 27, 33, 5, 0]
    assert tracks[-1].is_drum
    assert ordered(ordered(music)) == ordered(music)
    assert ordered(music, [1, 2, 3, 4]).tracks == music.tracks
    with pytest.raises(ValueError, match="found must hold a role for each pitched track, 4, got 1"):
        ordered(music, [1])


@pytest.mark.skipif(not DATA.is_dir(), reason="no training music at LINNET_DATA")
def test_peoples_pieces_have_the_roles_that_they_are_known_for() -> None:
    def of(folder: str, step: int) -> list[tuple[Score, list[str]]]:
        paths = sorted((DATA / folder).rglob("*.mid"))[::step]
        return [(score, named(score)) for score in map(Score.open, paths)]

    voices = ["soprano", "alto", "tenor", "low voice"]
    assert np.mean([found == voices for _, found in of("open-hymnal", 10)]) > 0.8
    assert (
        np.mean([found[-2:] == ["right hand", "left hand"] for _, found in of("openscore-lieder", 60)]) > 0.8
    )
    quartets = [found for _, found in of("openscore-string-quartets", 10)]
    assert np.mean([found == ["lead", "second", "second", "bass"] for found in quartets]) > 0.7
    for score, found in of("freedoom", 8):
        pitched = [track for track in score.tracks if not track.is_drum]
        for track, role in zip(pitched, found, strict=True):
            if role == "bass":
                assert track.notes.pitch.mean() < 54
