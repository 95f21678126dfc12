"""Who plays together in people's music, as a model file keeps it."""

from __future__ import annotations

from linnet.controls.plan_layout import Conditions
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.plans.reading import MOST_ENSEMBLES, bands

LEAD, BASS = 1, 4


def plan(
    roles: tuple[int, ...], programs: tuple[int, ...], *, style: int = 1, kit: bool = False
) -> PeoplesPlan:
    conditions = Conditions("4/4", style=style, roles=roles, kit=kit)
    return PeoplesPlan("piece", conditions, [], "train", programs)


def test_the_most_usual_come_first_with_what_they_play() -> None:
    duo = [plan((LEAD, BASS), (40, 32)), plan((LEAD, BASS), (73, 33)), plan((LEAD, BASS), (73, 33))]
    found = bands([plan((LEAD,), (0,)), *duo])
    assert found == [
        [1, [LEAD, BASS], False, 3, [[73, 33], [40, 32]]],
        [1, [LEAD], False, 1, [[0]]],
    ]


def test_styles_and_drums_are_told_apart() -> None:
    found = bands([plan((LEAD,), (0,)), plan((LEAD,), (1,), style=2), plan((LEAD,), (2,), kit=True)])
    assert sorted(found) == [
        [1, [LEAD], False, 1, [[0]]],
        [1, [LEAD], True, 1, [[2]]],
        [2, [LEAD], False, 1, [[1]]],
    ]


def test_of_very_many_some_are_kept() -> None:
    (found,) = bands([plan((LEAD,), (i,)) for i in range(2 * MOST_ENSEMBLES)])
    assert found[3] == 2 * MOST_ENSEMBLES
    assert len(found[4]) == MOST_ENSEMBLES
