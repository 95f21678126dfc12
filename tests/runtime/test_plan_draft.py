"""The questions that spell a plan: whatever is answered is a plan, and every plan can be spelled."""

from dataclasses import replace
from itertools import pairwise

import pytest

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Ask, Draft
from linnet.controls.plan_layout import ANSWERS, COLUMNS, COUNT, QUESTIONS, WIDTH, Conditions
from linnet.tokens.vocabulary import TIME_SIGNATURES
from tests.runtime.plans import TUNE, Chooser, Follower, Wanderer, answered, drawn, given

SEEDS = range(20)


def music(bar: PlanBar) -> PlanBar:
    """A bar without how it came to be told: there may be several ways."""
    return replace(bar, answers=[])


def test_ids_of_questions_and_columns_do_not_overlap() -> None:
    answers = [id for each in QUESTIONS.values() for id in range(each.first, each.first + each.size)]
    ids = [id for each in COLUMNS.values() for id in range(each.first, each.first + each.size)]

    assert answers == list(range(ANSWERS))
    assert ids == list(range(1, COUNT))
    assert [each.place for each in COLUMNS.values()] == list(range(WIDTH))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_answers_make_a_plan(seed: int) -> None:
    bars = drawn(seed)

    for number, bar in enumerate(bars):
        assert bar.source is not None
        assert 0 <= bar.source <= number
        assert (bar.how > 0) == (bar.source > 0)
        assert len(bar.cells) == 4
        assert all(1 <= cell <= 85 for cell in bar.cells)
        assert bar.players[2:8] == [0] * 6
        assert all(each in (1, 2) for each in (*bar.players[:2], bar.players[8]))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_phrase_has_one_cadence_and_counts_down_to_an_end_inside_the_piece(seed: int) -> None:
    bars = drawn(seed)

    assert bars[-1].left == 1
    for bar, following in pairwise(bars):
        assert bar.cadence in (1, 2, 3)
        if bar.left > 1:
            assert (following.cadence, following.left) == (bar.cadence, bar.left - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_that_is_given_as_a_whole_is_the_plan_that_is_spelled(seed: int) -> None:
    bars = drawn(seed)

    again = answered(Draft(TUNE, given(bars)), Follower(seed), 16)

    assert list(map(music, again)) == list(map(music, bars))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_given_of_some_bars_is_kept_whatever_else_is_answered(seed: int) -> None:
    whole = drawn(seed)
    told = [PlanBar() for _ in whole]
    for number in range(4, 12):
        told[number].cells = whole[number].cells[:]
        told[number].shape[0] = whole[number].shape[0]
        told[number].players[1] = whole[number].players[1]
    for number in (7, 15):
        told[number].left, told[number].cadence = 1, 3

    bars = answered(Draft(TUNE, given(told)), Wanderer(seed), 16)

    for bar, kept in zip(bars, told, strict=True):
        assert kept.cells in ([], bar.cells)
        assert kept.shape[0] in (0, bar.shape[0])
        assert kept.players[1] in (0, bar.players[1])
        assert kept.left == 0 or (bar.left, bar.cadence) == (1, 3)


def test_a_single_beat_that_is_given_is_kept() -> None:
    told = [PlanBar(cells=[0, 0, 50, 0]) for _ in range(16)]

    for seed in SEEDS:
        bars = answered(Draft(TUNE, given(told)), Wanderer(seed), 16)
        assert all(bar.cells[2] == 50 for bar in bars)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_saved_draft_goes_on_as_the_first_one(seed: int) -> None:
    endless = replace(TUNE, bars=0)
    draft = Draft(endless)
    answered(draft, Chooser(seed), 150)
    saved = Draft.restored(draft.save())
    copied = draft.copy()

    further = answered(draft, Chooser(seed + 1), 30)

    assert answered(saved, Chooser(seed + 1), 30) == further
    assert answered(copied, Chooser(seed + 1), 30) == further
    assert saved.ids == copied.ids == draft.ids


def test_a_draft_keeps_no_more_bars_than_can_come_back() -> None:
    draft = Draft(replace(TUNE, bars=0))

    answered(draft, Chooser(1), 500)

    assert len(draft.bars) <= 128
    assert draft.number == 500


@pytest.mark.parametrize(
    "spoil",
    [
        lambda facts: facts["bars"][0].append(1),
        lambda facts: facts["bars"][0].__setitem__(0, 99),
        lambda facts: facts["ids"].__setitem__(0, COUNT),
        lambda facts: facts["here"].__setitem__(1, 17),
        lambda facts: facts["here"].pop(),
        lambda facts: facts["conditions"].__setitem__("time_signature", "13/8"),
    ],
)
def test_a_damaged_draft_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]  # a lambda above
    draft = Draft(TUNE)
    answered(draft, Chooser(1), 4)
    facts = draft.save()
    spoil(facts)

    with pytest.raises((ValueError, TypeError, KeyError)):
        Draft.restored(facts)


@pytest.mark.parametrize(("numerator", "denominator"), [row[:2] for row in TIME_SIGNATURES])
def test_every_metre_can_be_planned(numerator: int, denominator: int) -> None:
    conditions = Conditions(f"{numerator}/{denominator}", bars=4, upbeat=True)

    bars = drawn(1, conditions, bars=5)

    assert all(len(bar.cells) == conditions.beats for bar in bars)
    assert bars[-1].left == 1


def test_ids_stay_inside_their_columns() -> None:
    seen = list[list[int]]()

    class Looking(Chooser):
        def __call__(self, ask, draft) -> int:  # type: ignore[no-untyped-def]  # as in Chooser
            seen.append(draft.ids[:])
            return super().__call__(ask, draft)

    for seed in SEEDS:
        answered(Draft(TUNE, given(drawn(seed))), Looking(seed), 16)

    assert len(seen) > 1000
    for ids in seen:
        for id, (_, first, size) in zip(ids, COLUMNS.values(), strict=True):
            assert id == 0 or first <= id < first + size


def test_chords_of_the_last_two_bars_see_what_they_lead_to() -> None:
    seen = []

    class Watcher(Chooser):
        def __call__(self, ask: Ask, draft: Draft) -> int:
            told = draft.ids[COLUMNS["close"].place], draft.ids[COLUMNS["close_after"].place]
            left = draft.length - 1 - draft.place
            is_chord = ask.name in ("copy", "chord", "until")
            assert (told[0] > 0) == (is_chord and left < 2)
            if told[0]:
                beat = "bar" if ask.name == "copy" else ask.place
                seen.append((told, draft.cadence, left, beat))
            return super().__call__(ask, draft)

    answered(Draft(TUNE), Watcher(3), 64)

    meanings = {told[0]: rest for told, *rest in seen}
    assert len(meanings) == len(set(map(tuple, meanings.values())))
    assert all(meanings[told[0]] == rest for told, *rest in seen)  # one number, one meaning
    assert len({told[1] for told, *_ in seen}) > 20  # by the chord that was last
