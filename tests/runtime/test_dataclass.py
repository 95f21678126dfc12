"""linnet's dataclasses beside those of the standard library: the same classes, defined by both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any

import pytest

from linnet.tools import dataclass as quick

BOTH = pytest.mark.parametrize("by", [dataclasses, quick], ids=["standard library", "linnet"])


def classes(by: Any) -> Any:  # a module, and a namespace of classes
    class Made:
        @by.dataclass(frozen=True, slots=True)
        class Point:
            """A place."""

            x: int
            y: int = 2
            names: list[str] = by.field(default_factory=list, compare=False)
            hidden: int = by.field(default=7, repr=False)

            def __post_init__(self) -> None:
                if self.x < 0:
                    raise ValueError("x must not be negative")

        @by.dataclass(frozen=True, kw_only=True)
        class Base:
            low: int | None = by.field(default=None, metadata={"about": "depth"})

        @by.dataclass(frozen=True, kw_only=True)
        class More(Base):
            high: int = 1

        @by.dataclass(slots=True)
        class Tally:
            count: int = 0
            seen: dict[str, int] = by.field(default_factory=dict)

        @by.dataclass(frozen=True, slots=True, order=True)
        class Place:
            bar: int
            beat: int

        @by.dataclass(slots=True, eq=False)
        class Alone:
            value: int

    return Made


@BOTH
def test_values_are_given_by_place_by_name_and_by_default(by: Any) -> None:
    made = classes(by)

    point = made.Point(1, names=["a"])

    assert (point.x, point.y, point.names, point.hidden) == (1, 2, ["a"], 7)
    assert made.Point(1).names is not made.Point(1).names
    assert repr(point) == f"{made.Point.__qualname__}(x=1, y=2, names=['a'])"
    assert list(inspect.signature(made.Point).parameters) == ["x", "y", "names", "hidden"]
    for wrong in ((), (1, 2, [], 3, 4)):
        with pytest.raises(TypeError):
            made.Point(*wrong)
    for wrong in ({"z": 3}, {"x": 2}):
        with pytest.raises(TypeError):
            made.Point(1, **wrong)
    with pytest.raises(ValueError, match="x must not be negative"):
        made.Point(-1)


@BOTH
def test_the_hundredth_object_is_made_as_the_first(by: Any) -> None:
    made = classes(by)

    points = [made.Point(1, names=["a"]) for _ in range(100)]

    assert all(point == points[0] and point.names == ["a"] and point.hidden == 7 for point in points)
    for wrong in ({}, {"x": 1, "z": 3}):
        with pytest.raises(TypeError):
            made.Point(**wrong)
    with pytest.raises(TypeError, match="multiple values"):
        made.Point(1, x=1)
    with pytest.raises(ValueError, match="x must not be negative"):
        made.Point(-1)


@BOTH
def test_fields_are_inherited_and_may_be_told_by_name_alone(by: Any) -> None:
    made = classes(by)

    assert made.More(high=3) == made.More(low=None, high=3) != made.More(low=1, high=3)
    with pytest.raises(TypeError):
        made.More(1)
    assert [each.name for each in by.fields(made.More)] == ["low", "high"]
    assert by.fields(made.More)[0].metadata["about"] == "depth"
    assert (made.More.low, made.More.high) == (None, 1)


@BOTH
def test_values_are_compared_and_hashed_by_the_fields_that_count(by: Any) -> None:
    made = classes(by)

    assert made.Point(1, names=["a"]) == made.Point(1)
    assert hash(made.Point(1, names=["a"])) == hash(made.Point(1))
    assert made.Point(1) != made.Point(2)
    assert made.Point(1) != (1, 2, [], 7)
    assert min(made.Place(2, 1), made.Place(1, 9)) == made.Place(1, 9)
    assert made.Place(1, 9) < made.Place(2, 1) >= made.Place(2, 1)
    with pytest.raises(TypeError):
        hash(made.Tally())
    assert made.Alone(1) != made.Alone(1)
    assert len({made.Alone(1), made.Alone(1)}) == 2


@BOTH
def test_what_is_frozen_does_not_change_and_what_is_not_does(by: Any) -> None:
    made = classes(by)
    point, tally = made.Point(1), made.Tally()

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    tally.count += 1
    assert tally == made.Tally(1)
    with pytest.raises(AttributeError):
        tally.other = 1


@BOTH
def test_copies_have_what_is_changed_and_matches_go_by_place(by: Any) -> None:
    made = classes(by)
    point = made.Point(1, 5)

    assert by.replace(point, x=3) == made.Point(3, 5)
    with pytest.raises(TypeError):
        by.replace(point, z=3)
    assert copy.copy(point) == point == copy.deepcopy(point)
    assert by.asdict(made.Tally(1, {"a": 2})) == {"count": 1, "seen": {"a": 2}}
    match point:
        case made.Point(x, y):
            assert (x, y) == (1, 5)


def test_the_standard_library_takes_them_for_its_own() -> None:
    made = classes(quick)
    point = made.Point(1, 5)

    assert dataclasses.is_dataclass(made.Point)
    assert dataclasses.replace(point, x=3) == made.Point(3, 5)
    assert dataclasses.asdict(point) == {"x": 1, "y": 5, "names": [], "hidden": 7}
    assert [each.name for each in dataclasses.fields(made.More)] == ["low", "high"]
    own = dataclasses.make_dataclass("Own", [("width", int)], bases=(made.Base,), frozen=True, kw_only=True)
    assert own(low=1, width=2) == own(width=2, low=1)


@quick.dataclass(frozen=True, slots=True)
class Kept:
    """Where pickle finds it."""

    value: int


def test_they_are_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(3))) == Kept(3)
