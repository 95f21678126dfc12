"""Roles that a player asks for: who plays, and what they keep to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.controls.options import Options, known
from linnet.controls.repertoire import Repertoire, RolePart
from linnet.controls.resolve import resolve
from linnet.generation.parts import new_part
from linnet.music.roles import ROLES
from tests.runtime.harmonised import music

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    model = linnet.load(TINY)
    taught = model.info.repertoire or Repertoire((0, 40, 73), (36,), 4)
    roles = {
        "lead": RolePart((40, 73), (60, 90), 1),
        "chords": RolePart((0,), (48, 80), 3),
        "bass": RolePart((0,), (30, 50), 1),
    }
    model.engine.info = replace(model.info, repertoire=replace(taught, drums=(36, 38), roles=roles))
    return model


def test_they_become_the_tracks_in_the_order_of_roles(model: linnet.Model) -> None:
    request = resolve(model.info, Options(seed=1, roles="bass, drums, lead"))
    assert [ROLES[role] for role in request.roles] == ["lead", "bass"]
    part = new_part(request, "grid")
    model.engine.loop(part.piece).play(64)
    assert part.piece.tracker.roles[:3] == [*request.roles, 0]
    assert len(part.piece.tracker.voices[3]) == 2


@pytest.mark.parametrize("seed", range(10))
def test_each_keeps_to_what_people_do_in_its_role(model: linnet.Model, seed: int) -> None:
    score = model.generate(seed=seed, bars=8, roles=("lead", "chords", "bass"))
    assert not any(track.is_drum for track in score.tracks)
    for track, (low, high) in zip(score.tracks, ((60, 90), (48, 80), (30, 50)), strict=False):
        assert all(low <= pitch <= high for pitch in track.notes.pitch.tolist())


def test_drums_play_alone_where_nobody_else_is_asked_for(model: linnet.Model) -> None:
    score = model.generate(seed=1, bars=4, roles="drums")
    assert all(track.is_drum for track in score.tracks)


def test_what_is_asked_for_by_name_wins(model: linnet.Model) -> None:
    limits = resolve(model.info, Options(seed=1, roles="lead", pitch_range=(40, 99), polyphony=2)).limits
    assert (limits.ranges, limits.polyphony, limits.slots) == (((40, 99),), (2,), 1)


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ("lead, guitar", "must be roles of those who play, of lead, second, chords"),
        ("drums drums", "must be roles"),
        (("drums", "drums"), "one of drums"),
        ((), "must be roles"),
        ({"lead"}, "in order"),
    ],
)
def test_what_is_no_role_is_refused_in_one_line(roles: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        Options(roles=roles)


def test_a_role_that_was_not_learnt_is_met_with_those_that_were(model: linnet.Model) -> None:
    with pytest.raises(ValueError, match="tiny has learnt, which are lead, chords, bass, drums, got pad"):
        model.generate(roles="pad")
    with pytest.raises(ValueError, match="phrase has learnt, and it has learnt none, got lead"):
        linnet.load("phrase").generate(roles="lead")
    assert "roles" in known("generate", model.info)
    assert "roles" not in known("generate", linnet.load("phrase").info)


def test_with_a_primer_those_who_play_in_it_go_on(model: linnet.Model) -> None:
    with pytest.raises(ValueError, match="with a primer"):
        model.generate(roles="lead", primer=music("C4 E4 G4 C5"))


def test_a_stream_has_them_too_and_keeps_them(model: linnet.Model) -> None:
    stream = model.stream(seed=1, roles="lead, bass", ahead=1)
    stream.advance(6, budget=None)
    other = model.restore(stream.save())
    assert other._player.composer.loop.tracker.roles[:2] == [1, 4]
    assert other.advance(10, budget=None) == stream.advance(10, budget=None)
