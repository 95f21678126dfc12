"""Where a piece is at home, and how far that is from C major or A minor."""

import pytest

from linnet.music.key import KEYS, home_key, home_shift
from linnet.music.score import KeySignature, Score
from tests.runtime.harmonised import music

D_DORIAN = music("D4 E4 F4 G4 A4 B4 A4 G4 F4 E4 D4 C4 D4:4")
C_SCALE = music("C4 D4 E4 F4 G4 A4 B4 C5 G4 E4 C4:2")


def signed(score: Score, key: str) -> Score:
    return Score(score.ticks_per_beat, score.tracks, key_signatures=(KeySignature.named(key),))


def test_every_key_is_at_most_six_semitones_from_home() -> None:
    shifts = {name: home_shift(number) for number, name in enumerate(KEYS)}
    assert shifts["C major"] == shifts["A minor"] == 0
    assert shifts["D major"] == shifts["B minor"] == 2
    assert shifts["F major"] == 5
    assert shifts["Gb major"] == shifts["Eb minor"] == -6
    assert shifts["Ab minor"] == -1
    assert sorted(shifts.values()) == sorted([*range(-6, 6)] * 2)
    with pytest.raises(ValueError, match="key must be between 0 and 23, got 24"):
        home_shift(24)


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_music_moved_is_at_home_as_far_away(semitones: int) -> None:
    home, moved = home_key(C_SCALE), home_key(C_SCALE.transpose(semitones))
    assert home is not None
    assert moved == (home + semitones) % 12


def test_a_signature_decides_between_keys_that_fit_alike() -> None:
    doubtful = music("A4 D5 G4 B4 G4 C5 C5 C5 E5 C5 A4 G4 C5 G4 D4:2")  # no F tells C from G major
    assert KEYS[home_key(signed(doubtful, "C major")) or 0] == "C major"
    assert KEYS[home_key(signed(doubtful, "G major")) or 0] == "G major"


def test_a_signature_that_leaves_the_music_out_is_not_believed() -> None:
    raised = C_SCALE.transpose(1)
    assert KEYS[home_key(signed(raised, "C major")) or 0] == "Db major"


def test_modal_music_is_at_home_where_it_ends() -> None:
    found = home_key(signed(D_DORIAN, "C major"))
    assert found is not None
    assert KEYS[found] == "D minor"


def test_nothing_pitched_has_no_home() -> None:
    assert home_key(Score()) is None
