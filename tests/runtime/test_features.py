import json

import numpy as np
import pytest

from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import SIZE

TUNE = Score(24, (Track(Notes.of([Note(12 * i, 12, 60 + i % 5, 90) for i in range(64)]), program=73),))


def test_ids_and_columns_run_through_the_families_without_a_gap() -> None:
    first_id, first_column = 1, 0
    for family in features.FAMILIES:
        assert (family.first_id, family.first_column) == (first_id, first_column)
        assert family.columns % family.tables == 0
        first_id += family.count * family.tables
        first_column += family.columns
    assert (first_id, first_column) == (features.COUNT, features.WIDTH)


def test_the_last_token_is_the_first_column() -> None:
    tokens = codec.encode(TUNE)

    assert features.compute(tokens, "grid")[:, 0].tolist() == (tokens + 1).tolist()
    assert features.FAMILIES[0].count == SIZE


@pytest.mark.parametrize("time_base", ["grid", "performance"])
def test_every_id_lies_in_the_table_of_its_column(time_base: TimeBase) -> None:
    rows = features.compute(codec.encode(TUNE, time_base), time_base)
    for family in features.FAMILIES:
        share = family.columns // family.tables
        for column in range(family.columns):
            first = family.first_id + column // share * family.count
            ids = rows[:, family.first_column + column]
            assert np.isin(ids[ids != 0] - first, np.arange(family.count)).all(), family.name


def test_a_bag_says_more_than_its_last_token() -> None:
    rows = features.compute(codec.encode(TUNE), "grid")

    assert rows.dtype == np.int32
    assert rows.shape[1] == features.WIDTH
    assert (rows != 0).any(axis=0).sum() > 30


def test_a_later_token_changes_no_earlier_bag() -> None:
    tokens = codec.encode(TUNE)

    assert np.array_equal(features.compute(tokens[:50], "grid"), features.compute(tokens, "grid")[:50])


def test_without_wishes_every_wish_says_so() -> None:
    rows = features.compute(codec.encode(TUNE), "grid")
    nothing = features.compute(
        codec.encode(TUNE), "grid", np.zeros((5, features.ROW_WIDTH), np.uint8)
    )  # fmt: skip

    assert np.array_equal(rows, nothing)
    for family in features.FAMILIES:
        if family.name.startswith("wish_"):
            assert (rows[:, family.first_column] == family.first_id).all()


def test_any_integers_are_taken_as_tokens() -> None:
    tokens = codec.encode(TUNE)

    assert np.array_equal(features.compute(tokens.astype(np.int64), "grid"), features.compute(tokens, "grid"))


def test_no_tokens_have_no_bags() -> None:
    assert features.compute(np.array([], np.uint16), "grid").shape == (0, features.WIDTH)


@pytest.mark.parametrize("shape", [(3,), (3, features.ROW_WIDTH - 1), (1, 3, features.ROW_WIDTH)])
def test_wishes_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        features.compute(codec.encode(TUNE), "grid", np.zeros(shape, np.uint8))


def test_a_token_outside_the_vocabulary_is_named() -> None:
    with pytest.raises(ValueError, match=r"tokens\[2\]"):
        features.compute(np.array([1, 113, SIZE], np.uint16), "grid")


def test_an_unknown_time_base_is_refused() -> None:
    with pytest.raises(ValueError, match="time_base"):
        features.compute(np.array([1], np.uint16), "swing")


def test_the_layout_travels_as_plain_data() -> None:
    table = features.table()

    assert json.loads(json.dumps(table)) == table
    assert (table["width"], table["count"]) == (features.WIDTH, features.COUNT)


@pytest.mark.parametrize("shape", [(2,), (3, 3), (1, 2, 1)])
def test_looks_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="sources must have shape"):
        features.compute(codec.encode(TUNE), "grid", None, np.zeros(shape, np.uint8))
