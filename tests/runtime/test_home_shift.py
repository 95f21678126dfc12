"""A network that reads and writes in the home key: how far from there a piece or a stream is heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.controls.keys import key_of_scale
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import Options
from linnet.controls.resolve import changed, resolve
from linnet.controls.wishes import INDEX
from linnet.music.key import KEYS, home_shift
from linnet.music.score import Score
from tests.runtime.harmonised import music

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
D_DORIAN = music("D4 E4 F4 G4 A4 B4 A4 G4 F4 E4 D4 C4 D4:4")


@pytest.fixture(scope="module")
def home() -> ModelInfo:
    """What a model of home keys says about itself."""
    info = linnet.load(TINY).info
    return replace(info, home=True, defaults=info.defaults | {"keys": {"E major": 1.0}})


def found(info: ModelInfo, **options: Any) -> tuple[str, int | None]:
    request = resolve(info, Options(seed=1, **options))
    wished = request.wishes[INDEX["key"]]
    assert wished == request.key + 1
    return KEYS[request.key], request.shift


@pytest.mark.parametrize(
    ("scale", "key"),
    [
        ("A dorian", "A minor"),
        ("D mixolydian", "D major"),
        ("E phrygian", "E minor"),
        ("F lydian", "F major"),
        ("B locrian", "B minor"),
        ("G minor pentatonic", "G minor"),
        ("G blues", "G minor"),
        ("C whole tone", "C major"),
        ("C chromatic", "C major"),
        ((0, 2, 4, 5, 7, 9, 11), "C major"),
        ((1, 3, 5, 6, 8, 10, 0), "Db major"),
        ((9, 11, 0, 2, 4, 5, 7, 8), "A minor"),
    ],
)
def test_music_in_a_scale_is_at_home_where_the_scale_is(home: ModelInfo, scale: Any, key: str) -> None:
    assert found(home, scale=scale) == (key, home_shift(KEYS.index(key)))


def test_of_two_keys_that_fit_numbers_alike_the_usual_one_is_taken() -> None:
    nearly = (0, 2, 4, 7, 9)  # of C, F and G major
    assert KEYS[key_of_scale(nearly, KEYS.index("G major"))] == "G major"
    assert KEYS[key_of_scale(nearly, KEYS.index("B major"))] == "C major"


def test_the_key_that_is_asked_for_wins_over_a_scale(home: ModelInfo) -> None:
    assert found(home, key="B major", scale="A dorian") == ("B major", -1)


def test_without_a_wish_it_is_a_usual_key(home: ModelInfo) -> None:
    assert found(home) == ("E major", 4)


def test_a_primer_goes_on_in_the_key_that_it_is_at_home_in(home: ModelInfo) -> None:
    assert found(home, primer=D_DORIAN) == ("D minor", 5)


def test_a_primer_of_drums_leaves_the_key_open(home: ModelInfo) -> None:
    request = resolve(home, Options(seed=1, primer=Score()))
    assert request.wishes[INDEX["key"]] == 0


@pytest.mark.parametrize(("mood", "mode"), [("joyful", "major"), ("sad", "minor")])
def test_a_mood_changes_the_mode_and_so_the_home(home: ModelInfo, mood: str, mode: str) -> None:
    name, shift = found(home, mood=mood)
    assert name.endswith(mode)
    assert shift == home_shift(KEYS.index(name))


def test_a_stream_takes_its_tonic_along_when_its_mood_changes(home: ModelInfo) -> None:
    request = resolve(home, Options(seed=1, key="D major"), endless=True)
    assert request.shift == 2
    request = changed(home, request, {"key": None})
    assert request.shift == 2  # it stays where it is
    request = changed(home, request, {"mood": "sad"})
    assert (KEYS[request.key], request.shift) == ("D minor", 5)


def test_a_scale_in_a_stream_moves_its_home(home: ModelInfo) -> None:
    request = resolve(home, Options(seed=1, key="D major"), endless=True)
    assert changed(home, request, {"scale": "E dorian"}).shift == 2  # the key was asked for
    request = changed(home, request, {"key": None, "scale": "E dorian"})
    assert (KEYS[request.key], request.shift) == ("E minor", -5)
    assert changed(home, request, {"scale": None}).shift == -5


def test_a_network_that_does_not_care_has_no_home() -> None:
    assert resolve(linnet.load(TINY).info, Options(seed=1, scale="A dorian")).shift is None
