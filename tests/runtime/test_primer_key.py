"""A primer in one key, and another that is asked for: what follows moves there, the primer stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import _core
from linnet.controls.options import Options
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX
from linnet.generation.parts import begin_piece, new_part
from linnet.music.key import KEYS, home_shift
from linnet.music.theory import scale_classes
from tests.runtime.harmonised import music

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
G_MAJOR = music("G4 A4 B4 D5 C5 B4 A4 F#4 G4 B4 D5 B4 A4 F#4 G4:2")
KEY = INDEX["key"]


@pytest.fixture(scope="module")
def home() -> linnet.Model:
    """A model that says that it reads music in its home key."""
    model = linnet.load(TINY)
    model.engine.info = replace(model.info, home=True)
    return model


def asked(model: linnet.Model, key: str | None, **more: Any) -> Any:
    return resolve(model.info, Options(seed=1, primer=G_MAJOR, key=key, bars=4, **more))


def test_the_primer_is_read_in_its_own_key_and_what_follows_in_the_one_asked(home: linnet.Model) -> None:
    request = asked(home, "E major")
    piece, _ = begin_piece(request, "grid")
    assert piece.tracker.shift == home_shift(KEYS.index("G major"))
    assert piece.tracker.wishes[KEY] == KEYS.index("G major") + 1
    loop = home.engine.loop(piece)
    while not piece.opened:
        loop.step()
    assert piece.tracker.shift == home_shift(KEYS.index("E major"))
    assert piece.tracker.wishes[KEY] == KEYS.index("E major") + 1


@pytest.mark.parametrize("key", ["E major", "Bb major", "E minor", "C minor"])
@pytest.mark.parametrize("told", ["older", "home"])
def test_the_new_bars_are_in_the_key_asked_and_the_old_ones_stay(
    home: linnet.Model, key: str, told: str
) -> None:
    model = home if told == "home" else linnet.load(TINY)
    tonic = key.removesuffix(" major").removesuffix(" minor")
    possible = scale_classes(key) | scale_classes(f"{tonic} harmonic minor" if "minor" in key else key)
    score = model.generate(seed=2, primer=G_MAJOR, key=key, bars=4)
    assert {pitch % 12 for pitch in score.pitched_notes.pitch.tolist()} <= possible
    whole = model.generate(seed=2, primer=G_MAJOR, key=key, bars=4, with_primer=True)
    assert whole.pitched_notes.pitch[: len(G_MAJOR.notes)].tolist() == G_MAJOR.notes.pitch.tolist()
    assert [sign.key for sign in score.key_signatures] == [whole.key_signatures[-1].key]


def test_a_scale_of_the_primer_moves_with_it(home: linnet.Model) -> None:
    minor_seventh = music("G4 A4 B4 D5 C5 B4 A4 F4 G4 B4 D5 B4 A4 F4 G4:2")  # G mixolydian
    request = resolve(home.info, Options(seed=1, primer=minor_seventh, key="A major"))
    assert request.primer_key == KEYS.index("G major")
    assert set(request.limits.scale) == {9, 11, 1, 2, 4, 7}


def test_the_phrases_of_the_primer_come_back_in_the_new_key(home: linnet.Model) -> None:
    """Only networks that read in the home key can do it."""
    assert any(bar.source == 4 for bar in asked(home, "E major").plan.bars)
    older = asked(linnet.load(TINY), "E major")
    assert older.plan is None or not any(bar.source == 4 for bar in older.plan.bars)


def test_what_comes_back_is_seen_in_the_new_key() -> None:
    tracker = _core.Tracker()
    piece = _core.Piece(tracker, _core.Rng(1), script=[])
    piece.turn(8, 2)
    assert tracker.shift is None
    with pytest.raises(ValueError, match="shift must be between -6 and 5, got 9"):
        piece.turn(8, 9)
    with pytest.raises(ValueError, match="wish_key must be between 0 and 24"):
        piece.turn(99, 0)


def test_the_same_key_and_none_leave_all_as_it_is(home: linnet.Model) -> None:
    assert asked(home, None).primer_key is asked(home, "G major").primer_key is None
    assert asked(home, None).shift == home_shift(KEYS.index("G major"))


def test_a_stream_moves_too_and_can_be_saved(home: linnet.Model) -> None:
    stream = home.stream(seed=3, primer=G_MAJOR, key="E major", ahead=1)
    notes = stream.advance(8, budget=None)
    assert {note.pitch % 12 for note in notes if not note.is_drum} <= scale_classes("E major")
    other = home.restore(stream.save())
    assert other.advance(8, budget=None) == stream.advance(8, budget=None)


def test_chords_that_are_asked_for_say_where_it_moves(home: linnet.Model) -> None:
    info = replace(home.info, wishes=[*home.info.wishes, {"name": "chords", "count": 86, "trained": True}])
    request = resolve(info, Options(seed=1, primer=G_MAJOR, chords="E A B7 E", bars=4))
    assert (KEYS[request.key], request.primer_key) == ("E major", KEYS.index("G major"))
    part = new_part(request, "grid")
    home.engine.loop(part.piece).play()
    assert part.score().key_signatures[0].key == KEYS.index("E major")
