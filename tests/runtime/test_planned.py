"""Pieces and streams of a model that composes plans."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.controls import form
from linnet.controls.options import Options
from linnet.controls.plan_bar import PlanBar
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX
from linnet.generation.continuing import with_players
from linnet.generation.parts import begin_piece
from linnet.generation.planned import AHEAD, _plainness, with_plan
from linnet.music.key import home_shift
from linnet.tokens import features
from tests.runtime.streams import even, listen

PLANNED = Path(__file__).parents[1] / "data/planned.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(PLANNED)


def planned(model: linnet.Model, **options: Any) -> Request:
    endless = options.pop("endless", False)
    return with_plan(model.engine, resolve(model.info, Options(**{"seed": 1, **options}), endless=endless))


def skeleton(bars: list[form.Bar]) -> list[tuple[object, ...]]:
    chords = range(features.CHORDS.start, features.CHORDS.stop)
    return [
        (bar.source, bar.wishes.get(INDEX["cadence"]), *(bar.wishes.get(cell) for cell in chords))
        for bar in bars
    ]


def bars_of(request: Request) -> list[form.Bar]:
    assert request.plan is not None
    return request.plan.bars


def test_a_piece_has_a_plan_of_its_own(model: linnet.Model) -> None:
    plans = [skeleton(bars_of(planned(model, seed=seed, bars=32))) for seed in range(20)]

    assert all(len(plan) == 32 for plan in plans)
    assert len({tuple(plan) for plan in plans}) == 20


def test_the_same_seed_gives_the_same_plan_and_the_same_piece(model: linnet.Model) -> None:
    assert bars_of(planned(model, bars=16)) == bars_of(planned(model, bars=16))
    assert model.generate(bars=16, seed=3) == model.generate(bars=16, seed=3)


@pytest.mark.parametrize("bars", [1, 2, 7, 16, 70])
def test_a_piece_has_exactly_the_bars_that_were_asked_for(model: linnet.Model, bars: int) -> None:
    assert model.generate(bars=bars, seed=2).full_bars == bars


def test_letters_say_what_comes_back_and_the_rest_is_composed(model: linnet.Model) -> None:
    asked = form.plan("AABA", (), 32).bars

    request = planned(model, bars=32, form="AABA")

    bars = bars_of(request)
    assert [bar.source for bar in bars] == [bar.source for bar in asked[:32]]
    assert all(bar.wishes[INDEX["phrase_left"]] == 1 for bar in bars[7::8])
    assert {bar.wishes.get(features.CHORDS.start) for bar in bars} > {1}


def test_a_density_that_is_asked_for_is_that_of_each_bar(model: linnet.Model) -> None:
    bars = bars_of(planned(model, bars=16, density=6))

    assert {bar.wishes[INDEX["density"]] for bar in bars} == {6}


def test_who_plays_is_told_as_the_plan_has_it(model: linnet.Model) -> None:
    request = planned(model, bars=4)
    piece, _ = begin_piece(request, "grid")

    assert request.roles == (1,)
    assert piece.tracker.roles[0] == 1


def test_no_form_is_no_plan(model: linnet.Model) -> None:
    assert planned(model, form="").plan is None


def test_the_plan_of_a_primer_goes_on(model: linnet.Model) -> None:
    primer = model.generate(bars=8, seed=1)
    plans = []
    for seed in range(1, 9):
        resolved = resolve(model.info, Options(seed=seed, bars=8, primer=primer))
        plans.append(with_plan(model.engine, with_players(model.info, resolved)).plan)
    bars = [(number, bar) for plan in plans if plan for number, bar in enumerate(plan.bars)]

    assert len(bars) == 64
    assert any(bar.returns[0] > number for number, bar in bars)  # what was played before them
    assert all(bar.returns[0] <= number + primer.bars for number, bar in bars)
    assert all(plan and plan.bars[-1].wishes[INDEX["cadence"]] == 3 for plan in plans)


def test_a_form_that_is_asked_for_wins_over_a_primer(model: linnet.Model) -> None:
    primer = model.generate(bars=8, seed=1)
    resolved = resolve(model.info, Options(seed=1, bars=8, primer=primer, form="AABA"))

    assert with_plan(model.engine, resolved) is resolved


def test_an_endless_plan_is_the_same_however_it_is_composed_on(model: linnet.Model) -> None:
    request = planned(model, endless=True)
    assert request.plan is not None
    assert request.plan.composing is not None
    at_once, _ = request.plan.composing.on(40)
    one_by_one, place = list[form.Bar](), request.plan.composing
    for _ in range(40):
        bars, place = place.on(1)
        one_by_one += bars

    assert at_once == one_by_one
    assert len(request.plan.bars) == AHEAD + 1


def test_a_stream_never_plays_the_same_skeleton_twice(model: linnet.Model) -> None:
    place = planned(model, endless=True).plan.composing  # type: ignore[union-attr]  # there is a plan
    bars, _ = place.on(640)  # type: ignore[union-attr]
    found = skeleton(bars)
    stretches = {tuple(found[i : i + 32]) for i in range(0, 640, 32)}

    assert len(stretches) == 20


@pytest.mark.parametrize("case", range(6))
def test_a_saved_stream_goes_on_as_if_it_had_not_been(model: linnet.Model, case: int) -> None:
    stream = even(model, seed=case, form="AAB" if case % 2 else None)
    listen(stream, 5 + 13 * case)
    if case % 3 == 1:
        stream.wish(density=4)
    again = model.restore(stream.save())

    assert listen(again, 50) == listen(stream, 50)


def test_a_new_plan_has_nothing_that_comes_back_from_before(model: linnet.Model) -> None:
    plan = planned(model, endless=True).plan
    assert plan is not None
    assert plan.composing is not None
    _, place = plan.composing.on(50)

    bars, _ = place.anew(place.planner.draft.conditions, None)  # type: ignore[attr-defined]  # it is a _Place

    assert all(bar.source == "nowhere" or bar.source <= number for number, bar in enumerate(bars))
    assert bars[0].source == "nowhere"
    assert skeleton(bars) != skeleton(place.on(AHEAD + 1)[0])


@pytest.mark.parametrize("seconds", [0, 3, 50])
def test_a_stream_goes_on_after_a_wish(model: linnet.Model, seconds: int) -> None:
    stream = even(model, seed=4)
    listen(stream, seconds)
    stream.wish(key="E minor", density=5)

    assert listen(stream, 30)


def test_tokens_that_are_read_are_those_of_the_stream_in_time(model: linnet.Model) -> None:
    first, second = even(model, seed=5), even(model, seed=5)

    tokens = first.tokens(600)

    assert tokens == [token for _ in range(100) for token in second.tokens(6)]


def test_a_damaged_plan_is_refused(model: linnet.Model) -> None:
    stream = even(model, seed=1)
    listen(stream, 5)
    saved = stream.save()
    head = struct.calcsize("<13sBI")
    magic, version, length = struct.unpack("<13sBI", saved[:head])
    text = zlib.decompress(saved[head:])
    facts, piece = json.loads(text[:length]), text[length:]
    for spoil in ("draft", "state", "rng", "bars"):
        plan = {key: value for key, value in facts["place"]["plan"].items() if key != spoil}
        spoilt = json.dumps(facts | {"place": facts["place"] | {"plan": plan}}).encode()
        packed = struct.pack("<13sBI", magic, version, len(spoilt)) + zlib.compress(spoilt + piece)
        with pytest.raises(linnet.SnapshotError):
            model.restore(packed)


def test_a_model_file_with_other_questions_is_refused(model: linnet.Model, tmp_path: Path) -> None:
    from linnet.controls.plan_layout import table
    from linnet.controls.plan_model import PlanModel

    entry = {"layout": table() | {"columns": []}, "network": "", "asked": [], "bands": []}
    with pytest.raises(ValueError, match="spelled otherwise"):
        PlanModel.of(entry)
    (tmp_path / "old.onnx").write_bytes(PLANNED.read_bytes().replace(b"close_after", b"close_where"))
    with pytest.raises(linnet.ModelVersionError, match="make a plan model anew"):
        linnet.load(tmp_path / "old.onnx")
    assert replace(model.info, plan=None).plan is None


def test_a_piece_closes_with_its_last_phrase(model: linnet.Model) -> None:
    for seed in range(5):
        last = bars_of(planned(model, bars=9, seed=seed, key="C major"))[-1]
        assert (last.wishes[INDEX["cadence"]], last.wishes[INDEX["phrase_left"]]) == (3, 1)


def chords_of(bars: list[form.Bar], beats: int) -> list[list[int | None]]:
    return [[bar.wishes.get(features.CHORDS.start + beat) for beat in range(beats)] for bar in bars]


@pytest.fixture(scope="module")
def following() -> linnet.Model:
    """A model that says that its network follows chords, too."""
    model = linnet.load(PLANNED)
    wishes = [*model.info.wishes, {"name": "chords", "count": 86, "trained": True}]
    model.engine.info = replace(model.info, wishes=wishes)
    return model


@pytest.mark.parametrize("seconds", [0, 9, 31])
def test_chords_that_are_wished_for_shape_what_is_composed_on(following: linnet.Model, seconds: int) -> None:
    """The plan's chords, which its cadences belong to, were those of before for eight bars and more."""
    stream = even(following, seed=4, time_signature="4/4", key="C major")
    listen(stream, seconds)
    stream.wish(chords="C F G7 Am")
    listen(stream, 20)
    composer = stream._player.composer
    request = composer.request
    assert request.progression is not None
    assert request.plan is not None
    for place, told in enumerate(chords_of(request.plan.bars, 4)):
        assert told == request.progression.dealt(request.first + place - request.chords_first, 4)


def test_chords_that_are_taken_back_leave_the_plan_to_go_on_by_itself(following: linnet.Model) -> None:
    stream = even(following, seed=4, time_signature="4/4", key="C major", chords="C F# C F#")
    listen(stream, 10)
    stream.wish(chords=None)
    listen(stream, 40)
    plan = stream._player.composer.request.plan
    assert plan is not None
    assert {cell for bar in chords_of(plan.bars, 4) for cell in bar} <= {1, 16, 36, 54}  # C, Dm, F, G7


def test_a_stream_with_other_chords_goes_on_after_it_was_saved(following: linnet.Model) -> None:
    stream = even(following, seed=5, key="C major")
    listen(stream, 9)
    stream.wish(chords="Am F C G")
    listen(stream, 12)
    again = following.restore(stream.save())

    assert listen(again, 60) == listen(stream, 60)


def test_a_wish_for_another_key_keeps_the_chords_in_their_place(following: linnet.Model) -> None:
    stream = even(following, seed=6, time_signature="4/4", key="C major", chords="I IV V7")
    listen(stream, 10)
    stream.wish(key="D major")
    listen(stream, 20)
    request = stream._player.composer.request
    assert request.plan is not None
    assert request.progression is not None
    shift = 2 if request.home else 0
    for place, told in enumerate(chords_of(request.plan.bars, 4)):
        number = request.first + place - request.chords_first
        assert shift or told == request.progression.dealt(number, 4, home_shift(request.key))


def test_a_file_may_say_at_what_temperature_plans_are_composed(model: linnet.Model) -> None:
    plan = model.info.plan
    assert plan is not None
    assert plan.temperature == 1
    cold = linnet.load(PLANNED)
    cold.engine.info = replace(cold.info, plan=replace(plan, temperature=0.1))
    bars = [
        {skeleton(bars_of(planned(each, seed=seed, bars=16)))[0] for seed in range(12)}
        for each in (model, cold)
    ]
    assert len(bars[0]) > len(bars[1])
    stream = even(cold, seed=1)
    listen(stream, 5)
    assert listen(cold.restore(stream.save()), 60) == listen(stream, 60)


def test_bars_look_up_all_that_was_played_where_the_file_says_so(model: linnet.Model) -> None:
    before, plain = model.info, bars_of(planned(model, bars=16))
    model.engine.info = replace(before, defaults={**before.defaults, "look_up": "anywhere"})
    try:
        free, endless = bars_of(planned(model, bars=16)), bars_of(planned(model, endless=True))
    finally:
        model.engine.info = before
    assert {bar.source for bar in plain} - {"anywhere"} == {bar.source for bar in plain}
    assert {(bar.source, bar.quarters) for bar in (*free, *endless)} == {("anywhere", 15)}
    assert [bar.wishes for bar in free] == [bar.wishes for bar in plain]


@pytest.mark.parametrize("temperature", [0, -1, 11])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    from linnet.controls.plan_layout import table
    from linnet.controls.plan_model import PlanModel

    entry = {"layout": table(), "network": "", "asked": [], "bands": [], "temperature": temperature}
    with pytest.raises(ValueError, match="temperature must be above 0 and at most 10"):
        PlanModel.of(json.loads(json.dumps(entry)))


def test_a_plan_is_plainly_minor_on_the_chords_of_its_mode() -> None:
    a_minor, c_major, e_seventh = 1 + 7 * 9 + 1, 1, 1 + 7 * 4 + 4
    sad, lost = PlanBar(cells=[a_minor, a_minor, e_seventh, 0]), PlanBar(cells=[c_major] * 4)

    assert _plainness([sad], minor=True) == 1
    assert _plainness([lost], minor=True) == -1
    assert _plainness([sad, lost], minor=False) == pytest.approx((4 - 3) / 7)
    assert _plainness([PlanBar(cells=[0])], minor=True) == 0


@pytest.mark.parametrize("asked", [{"key": "A minor"}, {"key": "C major", "mood": "joyful"}])
def test_minor_and_moods_take_the_plainest_of_some_plans_for_their_mode(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    band = linnet.load("band")

    def plainness() -> float:
        found = 0.0
        for seed in range(6):
            plan = with_plan(band.engine, resolve(band.info, Options(bars=16, seed=seed, **asked))).plan
            assert plan is not None
            bars = [[bar.wishes.get(i, 0) for i in range(31)[features.CHORDS]] for bar in plan.bars]
            found += _plainness([PlanBar(cells=cells) for cells in bars], minor="minor" in asked["key"])
        return found

    chosen = plainness()
    monkeypatch.setattr("linnet.generation.planned._PLANS_OF_A_MODE", 1)
    assert chosen > plainness() + 1
