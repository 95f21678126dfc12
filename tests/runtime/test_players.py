"""Who plays where nobody asks for roles: those of a form of people's, of a primer, and what they keep to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.controls import form as forms
from linnet.controls.form import Form
from linnet.controls.limits import limits_of
from linnet.controls.options import Options
from linnet.controls.players import Players, players_of_form, players_of_primer
from linnet.controls.repertoire import Repertoire, RolePart
from linnet.controls.resolve import resolve
from linnet.generation.continuing import quantised, with_players
from linnet.generation.parts import begin_piece
from linnet.generation.planned import with_plan
from linnet.music.roles import ROLES
from linnet.music.score import Score, Track
from tests.runtime.harmonised import music

DATA = Path(__file__).parents[1] / "data"
LEAD, BASS = ROLES.index("lead"), ROLES.index("bass")
PARTS = {"lead": RolePart((40, 73), (60, 90), 1), "bass": RolePart((32, 33), (30, 50), 1)}
ROW = dict.fromkeys(("likeness", "density", "polyphony", "register"), "1" * 8) | {
    "source": "0" * 8,
    "quarters": "0" * 8,
    "plays_0": "21111111",
    "plays_1": "12222222",
}
FORM: dict[str, Any] = {
    "time_signature": "4/4",
    "upbeat": False,
    "scale": [0, 2, 4, 5, 7, 9, 11],
    "wishes": {"key": 1, "tempo": 0, "style": 0},
    "rows": ROW,
    "players": [[LEAD, 73], [BASS, 32]],
}


def taught(name: str) -> Iterator[linnet.Model]:
    model = linnet.load(DATA / name)
    info = model.info
    heard = Repertoire((0, 32, 33, 40, 73), (36,), 4, dict.fromkeys((0, 32, 33, 40, 73), (20, 100)))
    model.engine.info = replace(info, repertoire=replace(heard, roles=PARTS), forms=(Form.of(FORM),))
    yield model


model = pytest.fixture(lambda: next(taught("tiny.onnx")), scope="module")
planning = pytest.fixture(lambda: next(taught("planned.onnx")), scope="module")


def two(model: linnet.Model) -> Score:
    """A bass that stands before its tune."""
    tune, low = music("C5 D5 E5 G5 C5 D5 E5 G5"), music("C2 C2 G2 C2 C2 C2 G2 C2")
    bass = replace(low.tracks[0], program=38)
    return replace(tune, tracks=(bass, replace(tune.tracks[0], program=73)))


def test_a_form_brings_its_players_on_their_instruments(model: linnet.Model) -> None:
    request = resolve(model.info, Options(seed=1, form="0"))
    assert request.roles == (LEAD, BASS)
    assert request.limits.slot_programs == ((73,), (32,))
    assert request.limits.ranges == ((60, 90), (30, 50))
    score = model.generate(seed=1, bars=8, form="0")
    assert [track.program for track in score.tracks] == [73, 32]


def test_what_a_form_says_of_its_players_is_not_said_of_others(model: linnet.Model) -> None:
    own, others = (
        forms.plan("0", model.info.forms, 8, roles=roles).bars[0].wishes for roles in ((LEAD, BASS), (LEAD,))
    )
    assert set(own) - set(others) == {forms.INDEX["plays_0"], forms.INDEX["plays_1"]}


def test_instruments_that_are_asked_for_win_over_those_of_a_form(model: linnet.Model) -> None:
    score = model.generate(seed=2, bars=4, form="0", programs=(0,))
    assert {track.program for track in score.tracks} == {0}


def test_drums_of_a_form_do_not_play_unless_it_has_some_or_they_are_asked_for(model: linnet.Model) -> None:
    assert resolve(model.info, Options(seed=1, form="0")).limits.drums == ()
    assert resolve(model.info, Options(seed=1, form="0", drums=(36,))).limits.drums == (36,)


def test_a_file_that_does_not_say_what_roles_keep_to_lets_anybody_play() -> None:
    older = linnet.load(DATA / "tiny.onnx").info
    assert players_of_form(older, Form.of(FORM)) is None
    assert players_of_primer(older, music("C4 E4 G4 C5")) is None


def test_a_damaged_form_is_refused() -> None:
    for players in ([[99, 0]], [[1, 128]], [[1, 0]] * 17):
        with pytest.raises(ValueError, match="damaged"):
            Form.of(FORM | {"players": players})


def test_those_of_a_primer_are_told_in_order_and_keep_to_what_they_did(model: linnet.Model) -> None:
    primer = two(model)
    request = with_players(model.info, resolve(model.info, Options(seed=1, primer=primer)))
    assert request.players is not None
    assert request.players.roles == (LEAD, BASS)
    assert request.players.order == (1, 0)
    lead, bass = request.players.parts
    assert lead.range == (60, 90)
    assert bass.programs == (32, 33, 38)
    assert (bass.range, bass.voices) == ((30, 50), 1)
    piece, _ = begin_piece(request, "grid")
    assert piece.tracker.roles[:2] == [LEAD, BASS]


def test_who_plays_beyond_what_others_do_in_a_role_goes_on_so(model: linnet.Model) -> None:
    primer = two(model)
    primer = replace(primer, tracks=(primer.tracks[0], music("C6 G6 C7 G6 C5 D5 E5 G5").tracks[0]))
    found = players_of_primer(model.info, quantised(primer, "grid"))
    assert found is not None
    assert found.parts[0].range == (60, 96)


def test_the_new_part_goes_on_with_the_tracks_of_the_primer(model: linnet.Model) -> None:
    primer = two(model)
    for seed in range(3):
        whole = model.generate(primer=primer, bars=4, seed=seed, with_primer=True)
        assert [track.program for track in whole.tracks] == [38, 73]
        join = primer.end * whole.ticks_per_beat // primer.ticks_per_beat
        for track, (low, high) in zip(whole.tracks, ((30, 50), (60, 90)), strict=True):
            new = track.notes.select(track.notes.onset >= join)
            assert all(low <= pitch <= high for pitch in new.pitch.tolist())


def test_a_saved_stream_keeps_the_players_of_its_primer(model: linnet.Model) -> None:
    stream = model.stream(seed=3, primer=two(model), ahead=1)
    notes = stream.advance(8, budget=None)
    assert all(note.pitch <= 50 if note.program == 38 else note.pitch >= 60 for note in notes)
    other = model.restore(stream.save())
    stream.wish(density=4)
    other.wish(density=4)
    assert other._player.composer.request.players == stream._player.composer.request.players
    assert other.advance(10, budget=None) == stream.advance(10, budget=None)


def test_a_band_of_people_keeps_to_what_its_roles_do(planning: linnet.Model) -> None:
    request = with_plan(planning.engine, resolve(planning.info, Options(seed=1)))
    assert request.players is not None
    assert request.players.roles == request.roles == (LEAD,)
    assert request.limits.slot_programs == ((40, 73),)
    asked = with_plan(planning.engine, resolve(planning.info, Options(seed=1, form="0")))
    assert asked.roles == (LEAD, BASS)


def test_players_that_no_stream_saved_are_refused() -> None:
    good = Players((LEAD,), (PARTS["lead"],)).entry()
    assert Players.restored(good) == Players((LEAD,), (PARTS["lead"],))
    for spoil in ({"roles": [99]}, {"roles": []}, {"order": [1]}, {"parts": [[[200], 0, 9, 1]]}):
        with pytest.raises(ValueError, match="damaged"):
            Players.restored(good | spoil)


def test_who_has_no_role_keeps_to_nothing(model: linnet.Model) -> None:
    free = Players((0,), (RolePart((), (0, 127), 0),))
    limits = limits_of(Options(), model.info, None, free)
    assert limits.programs == limits.slot_programs[0] == (0, 32, 33, 40, 73)
    assert (limits.ranges, limits.polyphony) == (((0, 127),), (0,))


def test_a_primer_of_drums_alone_leaves_it_to_the_network_who_plays(model: linnet.Model) -> None:
    strokes = music("C2 C2 C2 C2").tracks[0]
    primer = replace(music("C4 C4 C4 C4"), tracks=(Track(strokes.notes, is_drum=True),))
    assert model.generate(seed=1, bars=2, primer=primer).bars == 2


def test_a_planned_band_plays_on_instruments_that_people_had_together(planning: linnet.Model) -> None:
    plan = planning.info.plan
    assert plan is not None
    (band,) = plan.bands
    before, together = planning.info, ((73,), (40,))
    planning.engine.info = replace(before, plan=replace(plan, bands=(replace(band, ensembles=together),)))
    try:
        heard = [tuple(t.program for t in planning.generate(seed=i, bars=4).tracks) for i in range(12)]
        assert set(heard) == set(together)
        asked = planning.generate(seed=1, bars=4, programs=[32])
        assert {track.program for track in asked.tracks} == {32}
    finally:
        planning.engine.info = before


@pytest.mark.parametrize("ensembles", [[[1, 2]], [[]], [[128]], [[-1]]])
def test_bands_with_other_players_than_roles_are_refused(ensembles: list[list[int]]) -> None:
    from linnet.controls.plan_layout import table
    from linnet.controls.plan_model import PlanModel

    bands = [[0, [LEAD], False, 1, ensembles]]
    with pytest.raises(ValueError, match="damaged"):
        PlanModel.of({"layout": json.loads(json.dumps(table())), "network": "", "asked": [], "bands": bands})
