"""Who plays in a composed plan: somebody always does, and nobody who matters is away for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest

import linnet
from linnet.controls.options import Options
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Ask, Draft
from linnet.controls.plan_players import KIT, PLAYS, RESTS, somebody_plays
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX
from linnet.generation.planned import with_plan
from linnet.music.roles import ROLES
from tests.runtime.plans import TUNE, Chooser, answered

LEAD, SECOND, CHORDS, BASS = (ROLES.index(role) for role in ("lead", "second", "chords", "bass"))
BAND = replace(TUNE, bars=16, upbeat=False, roles=(LEAD, CHORDS, BASS), kit=True)


class Lazy(Chooser):
    """Lets players rest wherever they may."""

    def __call__(self, ask: Ask, draft: Draft) -> int:
        fits = [i for i, each in enumerate(somebody_plays(ask, draft)) if each]
        if ask.name == "plays":
            return fits[0]
        return fits[-1] if ask.name == "together" else self.dice.choice(fits)


class Careless(Chooser):
    """Anything that is allowed."""

    def __call__(self, ask: Ask, draft: Draft) -> int:
        return self.dice.choice([i for i, each in enumerate(somebody_plays(ask, draft)) if each])


def longest_rest(bars: Sequence[PlanBar], player: int) -> int:
    runs = [len(list(run)) for value, run in groupby(bar.players[player] for bar in bars) if value == RESTS]
    return max(runs, default=0)


@pytest.mark.parametrize("names", [("soprano", "alto", "tenor", "low voice"), ("right hand", "left hand")])
def test_voices_and_hands_are_not_away_for_long(names: Sequence[str]) -> None:
    choir = replace(BAND, roles=tuple(map(ROLES.index, names)), kit=False)
    for seed in range(20):
        plan = answered(Draft(choir), Lazy(seed), 16)
        assert max(longest_rest(plan, player) for player in range(len(names))) <= 4


@pytest.mark.parametrize("chooser", [Lazy, Careless])
@pytest.mark.parametrize(("bars", "lead", "others"), [(8, 2, 4), (16, 4, 8), (32, 4, 16)])
def test_nobody_who_matters_is_away_for_long(
    chooser: type[Chooser], bars: int, lead: int, others: int
) -> None:
    longest = dict.fromkeys(range(4), 0)
    for seed in range(30):
        plan = answered(Draft(replace(BAND, bars=bars)), chooser(seed), bars)
        assert all(PLAYS in bar.players[:3] for bar in plan)
        for place, player in enumerate((0, 1, 2, KIT)):
            longest[place] = max(longest[place], longest_rest(plan, player))
    assert longest[0] <= lead
    assert longest[3] <= lead
    assert max(longest[1], longest[2]) <= others
    if chooser is Lazy:
        assert longest[0] == lead


@pytest.mark.parametrize("seed", range(8))
def test_of_two_who_lead_one_does(seed: int) -> None:
    plan = answered(Draft(replace(BAND, roles=(LEAD, SECOND, BASS))), Lazy(seed), 16)
    leads = [PLAYS in bar.players[:2] for bar in plan]

    assert max(len(list(run)) for led, run in groupby(leads) if not led) == 4
    assert longest_rest(plan, 0) > 4 or longest_rest(plan, 1) > 4


def test_those_who_lead_always_do_in_music_without_an_end() -> None:
    plan = answered(Draft(replace(BAND, bars=0, roles=(LEAD, SECOND, BASS))), Lazy(1), 24)

    assert longest_rest(plan, 0) == longest_rest(plan, 1) == 0
    assert longest_rest(plan, 2) == 16


def test_they_rest_all_the_same() -> None:
    plan = answered(Draft(BAND), Lazy(1), 16)

    assert sum(bar.players[0] == RESTS for bar in plan) > 4


@pytest.mark.parametrize("seed", range(8))
def test_the_plans_of_a_packaged_model_keep_to_it(seed: int) -> None:
    model = linnet.load("band")
    request = with_plan(model.engine, resolve(model.info, Options(seed=seed, bars=8)))
    assert request.plan is not None
    pitched = [INDEX[f"plays_{player}"] for player in range(len(request.roles))]
    for bar in request.plan.bars:
        assert any(bar.wishes.get(column, PLAYS) == PLAYS for column in pitched)
