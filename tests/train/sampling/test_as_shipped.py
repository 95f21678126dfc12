"""Pieces as a model ships them that no rule ends: those of `Model.generate`, but for their end."""

from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet.controls.wishes import INDEX
from linnet.core import Tracker
from linnet.tokens import codec, features
from linnet_train.sampling import as_shipped, unconstrained
from linnet_train.sampling.bars_left import set_bars_left

FORM = {"form": "AB", "key": "D major"}


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(Path(__file__).parents[2] / "data/tiny.onnx")


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_up_to_the_last_bar_they_are_the_pieces_that_are_made(model: linnet.Model, guidance: float) -> None:
    made = model.generate(count=4, bars=8, seed=1, guidance=guidance, **FORM)
    wanted = as_shipped.requests(model, 4, 8, 1, guidance=guidance, **FORM)
    for tokens, score in zip(as_shipped.with_masks(model.engine, wanted, 4000), made, strict=True):
        own = codec.decode(np.array(tokens, np.uint16))
        bars = min(own.bars, 8) - 1
        assert bars > 0
        assert [note for note in own.notes if note.onset < own.bar_tick(bars)] == [
            note for note in score.notes if note.onset < own.bar_tick(bars)
        ]


def test_the_wish_for_bars_left_makes_a_difference(model: linnet.Model) -> None:
    wanted = as_shipped.requests(model, 8, 3, 1, **FORM)
    with_wish, without = (
        as_shipped.with_masks(model.engine, wanted, 300, bars_left=wish) for wish in (True, False)
    )

    assert with_wish != without
    assert as_shipped.with_masks(model.engine, wanted[3:5], 300) == with_wish[3:5]


def test_without_masks_the_rules_of_the_form_are_still_kept(model: linnet.Model) -> None:
    wanted = as_shipped.requests(model, 40, 4, 1, guidance=1.5, **FORM)
    sampled = as_shipped.without_masks(model.engine, wanted, 120)

    assert {piece.legal for piece in sampled} == {True, False}
    for piece in sampled:
        assert unconstrained.is_legal(piece.tokens, "grid") == piece.legal
        assert unconstrained.is_legal(piece.tokens[:-1], "grid")
        begun = codec.decode(np.array(piece.tokens[:-1], np.uint16)).notes
        assert not len(begun) or begun.onset[0] == 0  # the form has no upbeat


def test_an_end_is_in_time_within_a_bar(model: linnet.Model) -> None:
    score = model.generate(bars=8, seed=1)
    tokens = codec.encode(score).tolist()

    assert [as_shipped.ends_in_time(tokens, "grid", bars) for bars in (6, 7, 8, 9, 10, None)] == [
        False, True, True, True, False, True,
    ]  # fmt: skip
    assert not as_shipped.ends_in_time(tokens[:-1], "grid", 8)


def test_the_wish_for_bars_left_is_what_the_tracker_sets_under_the_rule(model: linnet.Model) -> None:
    [request] = as_shipped.requests(model, 1, 20, 1)
    piece, ruled, feature_ids = (
        as_shipped.without_end(request, "grid"),
        Tracker(),
        np.empty((2, features.WIDTH), np.int64),
    )
    ruled.restrict(bars=20)
    column = next(f.first_column for f in features.FAMILIES if f.name == "wish_bars_left")
    for token in codec.encode(model.generate(bars=20, seed=1)).tolist()[:-1]:
        for tracker in (piece.tracker, ruled):
            tracker.advance(token)
        set_bars_left(piece, 20)
        piece.tracker.features(feature_ids[0])
        ruled.features(feature_ids[1])
        assert feature_ids[0, column] == feature_ids[1, column]
    assert piece.tracker.wishes[INDEX["bars_left"]] == 1
