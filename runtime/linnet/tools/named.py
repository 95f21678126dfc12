"""Named tuples that are quick to define: the standard library's look at the type of every field.

They are what `collections.namedtuple` makes, with the methods of the class; type checkers take them for
those of `typing`, which turns each annotation into an object and compiles it: three times as long.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

# Any stands for values of whatever type the fields of a class have.

_named_tuple: Any = namedtuple  # type checkers want to know the names


class _Named(type):
    """Makes a tuple of every class below the first."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, members)
        types = members.pop("__annotations__")
        defaults = [members.pop(field) for field in types if field in members]
        made = _named_tuple(name, types, defaults=defaults, module=members["__module__"])
        made.__annotations__ = made.__new__.__annotations__ = types
        for member, value in members.items():
            setattr(made, member, value)
        return made


class _NamedTuple(metaclass=_Named):
    """What a class that is to be a named tuple stands below."""


if TYPE_CHECKING:
    from typing import NamedTuple
else:
    NamedTuple = _NamedTuple
