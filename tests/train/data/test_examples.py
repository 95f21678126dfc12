"""What a network reads in training obeys the grammar, tells the truth, and says what must not follow."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linnet.controls import wishes
from linnet.controls.wishes import INDEX
from linnet.core import Tracker
from linnet.tokens import codec, features, vocabulary
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.data import augment, examples
from linnet_train.network.config import RunConfig
from linnet_train.network.network import forbidden_nats, next_token_nats
from tests.train.corpora import TINY, piece, score

STILL = RunConfig(
    transpose=0,
    tempo_bins=0,
    stretch=0.0,
    wish_drop=0.0,
    wish_drop_all=0.0,
    grammar_weight=0.0,
    form_share=0.0,
    tail_share=0.0,
    given_share=0.0,
)
AS_IT_SOUNDS = replace(TINY, home=False)
BAR, EOS = FAMILIES["bar"].first, FAMILIES["eos"].first


def dice(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def unpacked(rules: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
    assert rules is not None
    return np.unpackbits(rules, axis=1).astype(bool)


def test_a_plain_reading_is_the_piece() -> None:
    stored = piece(score(1))
    read = examples.training_example(stored.tokens, stored.wishes, "grid", dice(), STILL, AS_IT_SOUNDS)

    np.testing.assert_array_equal(
        read.feature_ids, features.compute(stored.tokens, "grid", stored.wishes)[:-1]
    )
    np.testing.assert_array_equal(read.targets, stored.tokens[1:])
    assert read.allowed is None


@pytest.mark.parametrize("time_base", ["grid", "performance"])
def test_what_is_allowed_is_what_the_mask_says(time_base: TimeBase) -> None:
    tokens = codec.encode(codec.quantise(score(2, drums=True), time_base), time_base)
    rules, tracker, mask = (
        unpacked(examples.allowed(tokens, time_base)),
        Tracker(time_base),
        np.empty(vocabulary.SIZE, np.uint8),
    )
    for token, row in zip(tokens.tolist(), rules, strict=True):
        tracker.advance(token)
        tracker.mask(mask)
        np.testing.assert_array_equal(row, mask.astype(bool))


def test_the_wish_for_bars_left_is_a_rule() -> None:
    stored, run = piece(score(3)), replace(STILL, grammar_weight=1.0)
    read = examples.training_example(stored.tokens, stored.wishes, "grid", dice(), run, TINY)
    rules, last = unpacked(read.allowed), np.flatnonzero(stored.tokens == BAR)[-1]

    assert rules[np.arange(len(read.targets)), read.targets].all()
    assert not rules[:last, EOS].any(), "bars are left"
    assert not rules[last:, BAR].any(), "no bars are left"
    assert rules[len(read.targets) - 1, EOS]


def test_without_the_wish_for_bars_left_there_is_no_such_rule() -> None:
    stored = piece(score(3))
    run = replace(STILL, grammar_weight=1.0, wish_drop=1.0)
    rules = unpacked(
        examples.training_example(stored.tokens, stored.wishes, "grid", dice(), run, AS_IT_SOUNDS).allowed
    )

    np.testing.assert_array_equal(rules, unpacked(examples.allowed(stored.tokens, "grid"))[:-1])


def test_a_tail_is_the_end_of_the_piece_and_its_wishes_tell_the_truth() -> None:
    music = score(4)
    stored = piece(music)
    assert music.bars > 3
    tokens, tail_wishes, left = examples.tail(codec.decode(stored.tokens), stored.wishes, 3)

    assert left == codec.quantise(music.slice_bars(music.bars - 3))
    np.testing.assert_array_equal(tokens, codec.encode(left))
    truth = wishes.measure(left, 0)
    for name in ("tempo", "density", "polyphony", "register", "bars_left", "likeness"):
        np.testing.assert_array_equal(tail_wishes[1:, INDEX[name]], truth[1:, INDEX[name]], err_msg=name)
    assert tail_wishes[0, INDEX["bars_left"]] == truth[0, INDEX["bars_left"]]


def test_tails_are_read_as_often_as_asked() -> None:
    stored, rng = piece(score(4)), dice()
    bars = int((stored.tokens == BAR).sum())
    longest = replace(STILL, tail_share=0.5)
    read = [
        examples.training_example(stored.tokens, stored.wishes, "grid", rng, longest, TINY)
        for _ in range(200)
    ]
    cut = [(each.targets == BAR).sum() < bars for each in read]
    short = bars - examples.TAIL[0]  # of 25 lengths, those that cut something off

    assert np.mean(cut) == pytest.approx(0.5 * short / 25, abs=0.12)


def test_by_a_form_suffixes_are_looked_up_only_where_something_comes_back() -> None:
    stored = piece(score(5))
    plan, _ = examples.follow_form(codec.decode(stored.tokens), stored.wishes)
    feature_ids = features.compute(stored.tokens, "grid", stored.wishes, plan)
    free = features.compute(stored.tokens, "grid", stored.wishes)
    families = {family.name: family for family in features.FAMILIES}
    bar = np.cumsum(stored.tokens == BAR)

    for name in ("earlier_bars", "earlier_next_onset", "suffix_match"):
        family = families[name]
        columns = slice(family.first_column, family.first_column + family.columns)
        new = plan[bar, 0] == 0
        assert not feature_ids[new & (bar > 0), columns].any(), name
    others = [
        column
        for family in features.FAMILIES
        if family.name not in ("earlier_bars", "earlier_next_onset", "suffix_match")
        for column in range(family.first_column, family.first_column + family.columns)
    ]
    np.testing.assert_array_equal(feature_ids[:, others], free[:, others])


def test_nats_lost_to_what_is_forbidden() -> None:
    logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [5.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]]])
    legal = torch.tensor([[[True, True, True, False], [True] * 4, [False] * 4]])
    logits.requires_grad_(True)
    lost = forbidden_nats(logits, legal)
    lost.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated

    assert lost[0].tolist() == pytest.approx([np.log(4 / 3), 0.0, 0.0])
    assert logits.grad is not None
    assert logits.grad[0, 0].tolist() == pytest.approx([-1 / 12] * 3 + [1 / 4])
    assert not logits.grad[0, 2].any()
    targets = torch.tensor([[1, 0, 0]])
    assert next_token_nats(logits, targets)[0].tolist() == pytest.approx([np.log(4), 0.0, 0.0])


@pytest.mark.parametrize("semitones", [0, 3, -3])
def test_a_piece_is_read_in_its_home_key_wherever_it_sounds(semitones: int) -> None:
    stored = piece(score(1, drums=True))
    rows = stored.wishes.copy()
    rows[:, INDEX["key"]] = 1 + 2  # D major
    tokens, moved = augment.transposed(stored.tokens, rows, semitones)
    run = replace(STILL, grammar_weight=1.0)
    read = examples.training_example(tokens, moved, "grid", dice(), run, TINY)
    expected = features.home(stored.tokens, 2)
    np.testing.assert_array_equal(read.targets, expected[1:])
    family = next(family for family in features.FAMILIES if family.name == "last_pitch")
    pitches = read.feature_ids[:, family.first_column] - family.first_id
    notes = FAMILIES["note"]
    struck = (expected[:-1] >= notes.first) & (expected[:-1] < notes.first + notes.count)
    np.testing.assert_array_equal(pitches[struck], expected[:-1][struck] - notes.first)
    assert unpacked(read.allowed)[np.arange(len(read.targets)), read.targets].all()
    shift = next(family for family in features.FAMILIES if family.name == "home_shift")
    told = read.feature_ids[:, shift.first_column] - shift.first_id - 6
    assert set(told.tolist()) == {2 + semitones}


def test_the_key_is_known_where_no_wish_for_it_is_told() -> None:
    stored = piece(score(1))
    rows = stored.wishes.copy()
    rows[:, INDEX["key"]] = 1 + 2
    read = examples.training_example(
        stored.tokens, rows, "grid", dice(), replace(STILL, wish_drop_all=1.0), TINY
    )
    np.testing.assert_array_equal(read.targets, features.home(stored.tokens, 2)[1:])


def test_a_network_that_does_not_read_at_home_reads_what_sounds() -> None:
    stored = piece(score(1))
    rows = stored.wishes.copy()
    rows[:, INDEX["key"]] = 1 + 2
    read = examples.training_example(stored.tokens, rows, "grid", dice(), STILL, AS_IT_SOUNDS)
    np.testing.assert_array_equal(read.targets, stored.tokens[1:])


@pytest.mark.parametrize("plan", ["all", "none", "cadence,chords", "plays"])
def test_of_the_plan_no_more_is_told_than_the_network_may_be_told(plan: str) -> None:
    stored = piece(score(1))
    rows = np.ones((len(stored.wishes), features.ROW_WIDTH), np.uint8)
    model = replace(TINY, plan=plan, roles=False)
    read = examples.training_example(stored.tokens, rows, "grid", dice(), STILL, model, [1])
    seen = {
        family.name
        for family in features.FAMILIES
        if (read.feature_ids[:, family.first_column] > family.first_id).any()  # beyond "no wish"
        or (family.name == "chord" and read.feature_ids[:, family.first_column].any())
    }
    families = {
        "cadence": "wish_cadence",
        "plays": "wish_plays_3",
        "chords": "chord",
        "loudness": "wish_loudness",
    }
    for name, family in families.items():
        assert (family in seen) == (plan == "all" or name in plan.split(","))
    assert "wish_density" in seen
    assert "role" not in seen
