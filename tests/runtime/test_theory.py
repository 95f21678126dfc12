import pytest

from linnet.music import theory
from linnet.music.key import KEYS


@pytest.mark.parametrize(
    ("name", "pitch"),
    [("C4", 60), ("c4", 60), ("F#5", 78), ("Bb3", 58), ("B#3", 60), ("Cb4", 59), ("C-1", 0), ("G9", 127),
     ("64", 64), (64, 64)],
)  # fmt: skip
def test_pitches_have_names(name: str | int, pitch: int) -> None:
    assert theory.pitch_number(name) == pitch


def test_every_pitch_name_reads_back() -> None:
    assert [theory.pitch_number(theory.pitch_name(pitch)) for pitch in range(128)] == list(range(128))


@pytest.mark.parametrize("name", ["H4", "C", "C11", "-5", "", "4C"])
def test_what_is_no_pitch_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"pitch|note"):
        theory.pitch_number(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [("C major", "C major"), ("am", "A minor"), ("F#m", "Gb minor"), ("Bb", "Bb major"),
     ("A Minor", "A minor")],
)  # fmt: skip
def test_keys_have_names(name: str, key: str) -> None:
    assert KEYS[theory.key_index(name)] == key


@pytest.mark.parametrize("name", ["", "D polka", "X", "D major minor"])
def test_what_is_no_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        theory.key_index(name)


def test_scales_are_pitch_classes() -> None:
    assert theory.scale_classes("D dorian") == {2, 4, 5, 7, 9, 11, 0}
    assert theory.scale_classes("A minor pentatonic") == {9, 0, 2, 4, 7}
    assert theory.scale_classes("C") == theory.scale_classes(range(12)) - {1, 3, 6, 8, 10}
