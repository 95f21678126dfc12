"""What comes back in a plan turns to something else."""

from dataclasses import replace

import pytest

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Ask, Draft
from linnet.controls.plan_repeats import turning
from linnet.tokens.vocabulary import SOURCE_MOST
from tests.runtime.plans import TUNE, Chooser, answered

ANY = bytes([1]) * 60
NEW, WHOLE, HALF = PlanBar(source=0), 30, 3


def back(bars: int, how: int = WHOLE) -> PlanBar:
    return PlanBar(source=bars, how=how)


def forbidden(*bars: PlanBar, name: str = "source", conditions: object = TUNE) -> list[int]:
    draft = Draft(conditions)  # type: ignore[arg-type]
    draft.bars = list(bars)
    return [answer for answer, may in enumerate(turning(Ask(name, ANY), draft)) if not may]


def test_four_bars_that_go_back_to_one_are_the_most() -> None:
    assert forbidden(NEW, back(1), back(2), back(3)) == [1, 2, 3, 4]
    assert forbidden(NEW, NEW, back(1), back(1), back(2, how=7)) == [1, 2, 3, 4]
    assert forbidden(NEW, back(1), back(1)) == []
    assert forbidden(NEW, back(1), back(1), back(1), NEW) == []
    assert forbidden(NEW, back(1, HALF), back(1, HALF), back(1, HALF)) == []
    assert forbidden(NEW, NEW, back(2), back(2), back(2), back(2)) == []  # two bars, in turn


def test_a_draft_that_was_saved_turns_where_the_other_does() -> None:
    vamp = [back(SOURCE_MOST), back(SOURCE_MOST), back(2), back(1)]  # to one bar, by way of one long gone
    long = [NEW, back(1), *[NEW] * (SOURCE_MOST - 2), *vamp]

    assert forbidden(*long) == forbidden(*long[-SOURCE_MOST - 1 :])
    assert forbidden(*long, *vamp[:1]) == forbidden(*long[-SOURCE_MOST:], *vamp[:1])


def test_only_the_question_of_sources_is_concerned_and_drums_alone_are_not() -> None:
    vamp = [NEW, back(1), back(1), back(1)]

    assert forbidden(*vamp, name="chord") == []
    assert forbidden(*vamp, conditions=replace(TUNE, roles=())) == []


@pytest.mark.parametrize("seed", range(5))
def test_whoever_keeps_to_it_never_plays_one_bar_more_than_four_times(seed: int) -> None:
    class Repeater(Chooser):
        """Repeats the bar before wherever that is possible."""

        def __call__(self, ask: Ask, draft: Draft) -> int:
            if ask.name == "source":
                may = bytes(a & b for a, b in zip(ask.possible, turning(ask, draft), strict=True))
                return 1 if may[1] else 0
            return WHOLE - 1 if ask.name == "how" else super().__call__(ask, draft)

    sources = [bar.source for bar in answered(Draft(TUNE), Repeater(seed), 16)]

    assert sources == [0, 1, 1, 1] * 4
