"""linnet's named tuples beside those of the standard library: the same classes, defined by both."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from linnet.tools import named

BOTH = pytest.mark.parametrize("by", [typing, named], ids=["standard library", "linnet"])


class Kept(named.NamedTuple):
    """At the top of a module, where pickle finds it."""

    tick: int
    text: str = "a"


def place(by: Any) -> Any:  # a module, and a class
    class Place(by.NamedTuple):
        """Where a bar is."""

        bar: int
        beat: int = 1

        @property
        def both(self) -> tuple[int, int]:
            return self.bar, self.beat

        @classmethod
        def first(cls) -> Any:
            return cls(0)

    return Place


@BOTH
def test_they_are_tuples_with_names_and_methods(by: Any) -> None:
    kind = place(by)
    found = kind(3)

    assert found == (3, 1) == found.both
    assert isinstance(found, tuple)
    assert (found.bar, found.beat) == (3, 1)
    assert kind.first() == kind(0, beat=1)
    assert found._replace(beat=2) == (3, 2)
    assert found._asdict() == {"bar": 3, "beat": 1}
    assert repr(found) == "Place(bar=3, beat=1)"
    assert (kind.__doc__, kind._fields, kind.__module__) == ("Where a bar is.", ("bar", "beat"), __name__)
    assert kind.__qualname__ == "place.<locals>.Place"
    assert list(kind.__annotations__) == ["bar", "beat"]
    for wrong in ((), (1, 2, 3)):
        with pytest.raises(TypeError):
            kind(*wrong)
    with pytest.raises(AttributeError):
        found.bar = 2
    match found:
        case kind(bar, beat):
            assert (bar, beat) == (3, 1)


def test_they_are_copied_and_pickled() -> None:
    kept = Kept(5)

    for copied in (copy.copy(kept), copy.deepcopy(kept), pickle.loads(pickle.dumps(kept))):
        assert copied == kept
        assert type(copied) is Kept
