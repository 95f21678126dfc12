"""People's plans are spelled with questions, and counting says what a plan model has to beat."""

import math

import numpy as np
import pytest

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import ANSWERS, QUESTIONS, TOLD_AHEAD
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.plans.heldout import PRIOR, Counts, baselines, likelihood
from linnet_train.plans.spelling import spell
from tests.runtime.plans import TUNE, drawn

NAMES = list(QUESTIONS)


def plan(seed: int) -> PeoplesPlan:
    return PeoplesPlan(str(seed), TUNE, drawn(seed), "train")


def test_each_answer_is_possible() -> None:
    for seed in range(10):
        spelled = spell(plan(seed))
        bits = np.unpackbits(spelled.possible, axis=1)[:, :ANSWERS]
        assert bits[np.arange(len(spelled.answers)), spelled.answers].all()
        assert (bits.sum(axis=1) > 1).all()


def test_what_is_not_told_is_not_asked() -> None:
    bars = [PlanBar(cells=bar.cells) for bar in drawn(1)]

    spelled = spell(PeoplesPlan("chords", TUNE, bars, "train"))

    assert {NAMES[kind] for kind in spelled.kinds} <= {"copy", "chord", "until"}
    assert len(spelled.answers) > 16


def test_a_bar_like_another_costs_few_questions() -> None:
    bars = drawn(3)
    again = [PlanBar(16, 30, bar.cadence, bar.left, bar.cells, bar.players, bar.shape) for bar in bars]
    twice = PeoplesPlan("twice", TUNE, [*bars, *again], "train")

    once, both = spell(plan(3)), spell(twice)

    assert len(both.answers) - len(once.answers) <= 6 * 16


def test_chords_to_come_are_seen_in_the_last_columns_alone() -> None:
    first, second = drawn(4), drawn(4)
    second[9].cells = [[1] * 4, [30] * 4][second[9].cells == [1] * 4]

    ours, theirs = (spell(PeoplesPlan("x", TUNE, bars, "train")) for bars in (first, second))

    bar_8 = np.flatnonzero(ours.kinds == NAMES.index("source"))[7]
    assert (ours.ids[:bar_8, :TOLD_AHEAD] == theirs.ids[:bar_8, :TOLD_AHEAD]).all()
    assert (ours.ids[:bar_8, TOLD_AHEAD:] != theirs.ids[:bar_8, TOLD_AHEAD:]).any()


def test_counting_gives_the_shares_of_answers() -> None:
    learnt = [spell(plan(seed)) for seed in range(30)]
    counts = Counts(learnt, order=0)
    density = QUESTIONS["density"]
    given = np.concatenate([each.answers for each in learnt])
    shares = PRIOR + np.bincount(given, minlength=ANSWERS)

    one = learnt[0]
    nats = counts.nats(one)

    place = int(np.flatnonzero(one.kinds == NAMES.index("density"))[0])
    possible = np.unpackbits(one.possible[place])[:ANSWERS].astype(bool)
    assert possible[density.first : density.first + density.size].sum() >= 7
    expected = math.log(shares[possible].sum() / shares[one.answers[place]])
    assert nats[place] == pytest.approx(expected)


def test_what_repeats_is_found_by_order_1() -> None:
    bar = PlanBar(cells=[1] * 4, source=0, players=[2, 2, 0, 0, 0, 0, 0, 0, 1], shape=[3, 2, 4, 5])
    plans = [spell(PeoplesPlan("same", TUNE, [bar] * 16, "train")) for _ in range(5)]

    found = baselines(plans, plans)

    assert found["order 1"].total < found["frequencies"].total


def test_nats_are_summed_by_field() -> None:
    spelled = spell(plan(1))

    found = likelihood([spelled], [np.ones(len(spelled.answers))])

    assert found.total == pytest.approx(len(spelled.answers) / 16)
    assert sum(found.by_field.values()) == pytest.approx(found.total)
