"""Dataclasses that are quick to define: the standard library's took a fifth of the time to a first tune.

`dataclasses` compiles up to six functions for a class as soon as it is defined, and imports `inspect`. Here
`__init__` is compiled for a class of which many objects are made, and other methods are shared. What linnet
uses of them is the same; `dataclasses.fields`, `replace` and their kin take these classes too, and type
checkers take them for the standard library's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]

# Any stands for values of whatever type the fields of a class have.

_NONE: Any = object()
"""No default."""

_OURS = "_linnet_fields"
"""Where a class keeps its fields."""

_FEW = 50
"""Objects of a class that are made before its `__init__` is compiled, which takes about as long."""


class _Field:
    """What a class says about one of its values."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "metadata", "name", "repr", "type")

    def __init__(
        self,
        default: Any,
        default_factory: Callable[[], Any],
        metadata: Mapping[str, Any],
        compare: bool,
        repr: bool,
    ) -> None:
        self.default, self.default_factory, self.metadata = default, default_factory, metadata
        self.compare, self.repr, self.kw_only = compare, repr, False
        self.name = self.type = ""


def _field(
    *,
    default: Any = _NONE,
    default_factory: Callable[[], Any] = _NONE,
    metadata: Mapping[str, Any] | None = None,
    compare: bool = True,
    repr: bool = True,
) -> Any:
    return _Field(default, default_factory, metadata or {}, compare, repr)


def _dataclass(
    cls: type[Any] | None = None,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    order: bool = False,
) -> Any:
    def made(cls: type[Any]) -> type[Any]:
        return _made(cls, frozen=frozen, slots=slots, kw_only=kw_only, eq=eq, order=order)

    return made if cls is None else made(cls)


def _made(cls: type[Any], *, frozen: bool, slots: bool, kw_only: bool, eq: bool, order: bool) -> type[Any]:
    inherited: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited |= base.__dict__.get(_OURS, {})
    own = dict(_own_fields(cls, kw_only))
    found = inherited | own
    names = tuple(found)
    members = {
        _OURS: found,
        "__init__": _Init(found, frozen),
        "__repr__": _repr(tuple(name for name in names if found[name].repr)),
        "__match_args__": tuple(name for name in names if not found[name].kw_only),
        "__dataclass_fields__": _Standard("__dataclass_fields__", found, frozen),
        "__dataclass_params__": _Standard("__dataclass_params__", found, frozen),
    }
    if eq:
        compared = [name for name in names if found[name].compare]
        members |= _comparing(attrgetter(*compared) if compared else lambda each: (), order=order)
        members["__hash__"] = members["__hash__"] if frozen else None
    if frozen and slots:
        members |= _pickling(names)
    kept = {name: member for name, member in members.items() if name not in cls.__dict__}
    if "__eq__" in cls.__dict__ and "__hash__" in cls.__dict__ and cls.__dict__["__hash__"] is None:
        kept |= {"__hash__": members.get("__hash__")}  # Python puts None beside an __eq__ of one's own
    if slots:
        cls = _slotted(cls, kept, [name for name in own if name not in inherited])
    else:
        for name, each in own.items():
            if each.default is not _NONE:
                setattr(cls, name, each.default)
            elif name in cls.__dict__:
                delattr(cls, name)
        for name, member in kept.items():
            setattr(cls, name, member)
    cls.__dict__["__init__"].owner = cls
    if frozen:
        for name, member in _freezing(cls, frozenset(names)).items():
            setattr(cls, name, member)
    return cls


def _own_fields(cls: type[Any], kw_only: bool) -> Iterator[tuple[str, _Field]]:
    for name, kind in cls.__annotations__.items():
        default = cls.__dict__.get(name, _NONE)
        found = default if isinstance(default, _Field) else _Field(default, _NONE, {}, True, True)
        found.name, found.type, found.kw_only = name, kind, kw_only
        yield name, found


def _slotted(cls: type[Any], members: Mapping[str, Any], names: list[str]) -> type[Any]:
    """The class with slots, which Python can only make anew."""
    gone = {*names, "__dict__", "__weakref__"}
    kept = {name: value for name, value in cls.__dict__.items() if name not in gone}
    kind: Any = type(cls)
    new: type[Any] = kind(cls.__name__, cls.__bases__, {**kept, **members, "__slots__": tuple(names)})
    new.__qualname__ = cls.__qualname__
    return new


# ---- methods


class _Init:
    """Fills the first objects of a class, and then becomes its `__init__`."""

    def __init__(self, found: Mapping[str, _Field], frozen: bool) -> None:
        self._found, self._frozen = found, frozen
        self._places = tuple(name for name, each in found.items() if not each.kw_only)
        self._filled = 0
        self.owner: Any = None

    def __get__(self, instance: object, cls: type[Any]) -> Any:
        if instance is not None and self._filled < _FEW:
            self._filled += 1
            return partial(self._fill, instance)
        self.owner.__init__ = self._compiled()
        return self.owner.__init__ if instance is None else self.owner.__init__.__get__(instance, cls)

    def _fill(self, instance: object, /, *values: Any, **named: Any) -> None:
        """What the compiled one does; that one also says what is wrong with the arguments."""
        given = dict(zip(self._places, values, strict=False)) | named
        wrong = len(given) < len(values) + len(named) or not given.keys() <= self._found.keys()
        for name, each in self._found.items():
            if name not in given:
                if each.default is not _NONE:
                    given[name] = each.default
                elif each.default_factory is not _NONE:
                    given[name] = each.default_factory()
                else:
                    wrong = True
        if wrong:
            self._compiled()(instance, *values, **named)
        fill = object.__setattr__ if self._frozen else setattr
        for name in self._found:
            fill(instance, name, given[name])
        if hasattr(self.owner, "__post_init__"):
            instance.__post_init__()  # type: ignore[attr-defined]  # it is of that class, or of one below

    def _compiled(self) -> Callable[..., None]:
        known: dict[str, Any] = {"_set": object.__setattr__, "_none": _NONE}
        places: list[str] = []
        named: list[str] = []
        lines: list[str] = []
        for name, each in self._found.items():
            value, word = name, name
            if each.default is not _NONE:
                known[f"_default_{name}"], word = each.default, f"{name}=_default_{name}"
            elif each.default_factory is not _NONE:
                known[f"_make_{name}"], word = each.default_factory, f"{name}=_none"
                value = f"_make_{name}() if {name} is _none else {name}"
            (named if each.kw_only else places).append(word)
            lines.append(f"_set(self, {name!r}, {value})" if self._frozen else f"self.{name} = {value}")
        if hasattr(self.owner, "__post_init__"):
            lines.append("self.__post_init__()")
        words = ", ".join(["self", *places, *(["*", *named] if named else [])])
        made: dict[str, Any] = {}
        exec(f"def __init__({words}):\n " + "\n ".join(lines or ["pass"]), known, made)
        init: Callable[..., None] = made["__init__"]
        init.__qualname__ = f"{self.owner.__qualname__}.__init__"
        init.__module__ = self.owner.__module__
        init.__annotations__ = {name: each.type for name, each in self._found.items()} | {"return": "None"}
        return init


def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807  (as in all below, the name that tracebacks show)
        values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({values})"

    return __repr__


def _comparing(values: Callable[[Any], Any], *, order: bool) -> dict[str, Any]:
    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    def __lt__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) < values(other) if type(other) is type(self) else NotImplemented

    def __le__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) <= values(other) if type(other) is type(self) else NotImplemented

    # Python turns > and >= round by itself
    ordering = {"__lt__": __lt__, "__le__": __le__} if order else {}
    return {"__eq__": __eq__, "__hash__": __hash__, **ordering}


def _freezing(cls: type[Any], names: frozenset[str]) -> dict[str, Any]:
    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise _frozen(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise _frozen(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": __setattr__, "__delattr__": __delattr__}


def _frozen(words: str) -> AttributeError:
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(words)


def _pickling(names: tuple[str, ...]) -> dict[str, Any]:
    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}


class _Standard:
    """What the standard library keeps about a dataclass of its own, for those who ask it about ours."""

    def __init__(self, name: str, found: Mapping[str, _Field], frozen: bool) -> None:
        self._name, self._found, self._frozen = name, found, frozen

    def __get__(self, instance: object, cls: type[Any]) -> Any:
        import dataclasses

        described = []
        for name, each in self._found.items():
            has = {"default": each.default, "default_factory": each.default_factory}
            about: Any = {kind: value for kind, value in has.items() if value is not _NONE}
            about |= {"metadata": each.metadata, "compare": each.compare, "repr": each.repr}
            described.append((name, each.type, dataclasses.field(kw_only=each.kw_only, **about)))
        alike = dataclasses.make_dataclass(cls.__name__, described, frozen=self._frozen)
        return getattr(alike, self._name)


# ---- functions


def _fields(of: Any) -> tuple[_Field, ...]:
    return tuple(getattr(of, _OURS).values())


def _replaced(of: Any, /, **changes: Any) -> Any:
    for name in getattr(of, _OURS):
        if name not in changes:
            changes[name] = getattr(of, name)
    return type(of)(**changes)


def _asdict(of: Any) -> dict[str, Any]:
    return {name: _plain(getattr(of, name)) for name in getattr(of, _OURS)}


def _plain(value: Any) -> Any:
    if hasattr(type(value), _OURS):
        return _asdict(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, fields, replace
else:
    asdict, dataclass, field, fields, replace = _asdict, _dataclass, _field, _fields, _replaced
