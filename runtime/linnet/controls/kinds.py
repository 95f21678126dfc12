"""Kinds of options: each reads what a player gives into a plain value, one that JSON can keep.

Numbers may be numpy's or of any other library, names may be members of an enum, and lists may be tuples,
ranges, arrays or, where order says nothing, sets. What comes out is int, float, bool, str or a tuple of
these.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Set
from enum import Enum
from itertools import islice
from typing import Any, SupportsFloat, SupportsIndex

from linnet.controls import moods
from linnet.music import theory
from linnet.music.general_midi import drum_numbers, program_number
from linnet.music.roles import ROLES
from linnet.music.score import Score
from linnet.tokens.vocabulary import FAMILIES, time_signature_index
from linnet.tools.dataclass import dataclass

MOST_MEMBERS = 10_000
"""Of a list; a generator without end is refused there."""

_SHOWN = 60
"""Characters of a value in a message."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What values an option takes.

    Any: what goes in is whatever the player gave, and what comes out differs from kind to kind.
    """

    read: Callable[[Any], Any]
    """The plain value; TypeError or ValueError, beginning with "must", for what is none."""

    metavar: str | tuple[str, ...] = "X"
    """What stands for the value in the help of a command."""

    parse: Callable[[str], Any] = str
    """From a word of the command line to something that can be read."""

    words: int | None = None
    """How many words of the command line make a value; None: one."""


def read(name: str, kind: Kind, value: Any) -> Any:  # as Kind.read
    """The plain value of an option. Errors are one line and begin with its name."""
    try:
        return kind.read(plain(value))
    except (TypeError, ValueError, OverflowError) as error:
        text = " ".join(str(error).split())
        if not text.startswith((f"{name} ", f"{name}:")):
            text = f"{name} {text}" if text.startswith("must ") else f"{name}: {text}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(text) from None


def plain(value: Any) -> Any:
    """What a member of an enum, a numpy number or an array stands for; other values as they are."""
    if isinstance(value, Enum):
        value = value.value
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return value.tolist()
    return value


def shown(value: object) -> str:
    """A value for a message: one line, and not long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 4]} ..."


# ---- numbers and words


def whole(least: int, most: int | None = None, metavar: str = "N") -> Kind:
    """A whole number."""
    bounds = f"at least {least}" if most is None else f"between {least} and {most}"

    def read(value: Any) -> int:
        number = _whole(value)
        if number is None:
            raise TypeError(f"must be a whole number {bounds}, got {shown(value)}")
        if number < least or (most is not None and number > most):
            raise ValueError(f"must be {bounds}, got {number}")
        return number

    return Kind(read, metavar, int)


def number(least: float, most: float = math.inf, *, above: bool = False, metavar: str = "X") -> Kind:
    """A finite number; `above`: greater than the least."""
    if most < math.inf:
        bounds = f"between {least:g} and {most:g}"
    else:
        bounds = f"above {least:g}" if above else f"at least {least:g}"

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, SupportsFloat | SupportsIndex):
            raise TypeError(f"must be a number {bounds}, got {shown(value)}")
        try:
            result = float(value)
        except OverflowError:  # of a whole number with over 308 digits
            result = math.inf
        if math.isinf(result) and most == math.inf:
            raise ValueError(f"must be a finite number {bounds}, got {shown(value)}")
        if not (least < result if above else least <= result) or not result <= most:
            raise ValueError(f"must be {bounds}, got {shown(value)}")
        return result

    return Kind(read, metavar, float)


def text(check: Callable[[str], object], what: str, metavar: str) -> Kind:
    """A word that passes a check."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"must be {what}, got {shown(value)}")
        check(value)
        return value

    return Kind(read, metavar)


def choice(*words: str) -> Kind:
    """One of some words."""
    known = f"{', '.join(words[:-1])} or {words[-1]}"

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"must be {known}, got {shown(value)}")
        if value not in words:
            raise ValueError(f"must be {known}, got {shown(value)}")
        return value

    return Kind(read, "|".join(words))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, got {shown(value)}")
    return value


FLAG = Kind(_flag)
"""Yes or no."""


# ---- music


def _style(value: Any) -> str | int:
    if isinstance(value, str) and value.strip():
        return value
    number = _whole(value)
    if number is None or number < 1:
        raise TypeError(f"must be the name of one of the model's styles, or its number, got {shown(value)}")
    return number


def _meter(value: Any) -> str:
    if not isinstance(value, str):
        parts = [_whole(part) for part in listed(value, "such as '6/8' or (6, 8)")]
        if len(parts) != 2 or None in parts:
            raise TypeError(f"must be a time signature such as '6/8' or (6, 8), got {shown(value)}")
        value = f"{parts[0]}/{parts[1]}"
    time_signature_index(value)
    name: str = value.strip()
    return name


def _form(value: Any) -> str:
    number = None if isinstance(value, str) else _whole(value)
    if number is not None and number >= 0:
        return str(number)
    if not isinstance(value, str):
        raise TypeError(f"must be letters such as 'AABB', or the number of a form, got {shown(value)}")
    return value


def _mood(value: Any) -> str | moods.Point:
    if isinstance(value, str):
        value = value.strip().lower()
        return value if value in moods.MOODS else moods.point(value)
    if not isinstance(value, Iterable):
        return moods.point(value)
    what = f"one of {', '.join(moods.MOODS)}, or valence and arousal from -1 to 1"
    members = listed(value, what, ordered=True)
    if any(isinstance(each, bool) for each in members):
        raise TypeError(f"must be {what}, got {shown(members)}")
    return moods.point(members)


def _latent(value: Any) -> tuple[float, ...]:
    numbers = listed(value, "finite numbers", ordered=True)
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        raise TypeError(f"must be made of finite numbers, got {shown(value)}")
    numbers = [float(each) for each in numbers]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"must be made of finite numbers, got {shown(value)}")
    return tuple(numbers)


def _roles(value: Any) -> tuple[str, ...]:
    what = f"roles of those who play, of {', '.join(_PLAYERS)}"
    members = names(value) if isinstance(value, str) else listed(value, what, ordered=True)
    if not members or not all(isinstance(each, str) for each in members):
        raise TypeError(f"must be {what}, got {shown(value)}")
    found = [each.strip().lower() for each in members]
    for each in found:
        if each not in _PLAYERS:
            raise ValueError(f"must be {what}, got {shown(each)}")
    if len(found) - found.count("drums") > FAMILIES["slot"].count or found.count("drums") > 1:
        raise ValueError(f"must be at most {FAMILIES['slot'].count} and one of drums, got {len(found)}")
    return tuple(sorted(found, key=_PLAYERS.index))  # as tracks stand in the music that models learn from


_PLAYERS = (*ROLES[1:], "drums")


def _scale(value: Any) -> str | tuple[int, ...]:
    if isinstance(value, str):
        theory.scale_classes(value)
        return value
    members = listed(value, "a scale such as 'D dorian', or pitch classes between 0 and 11")
    classes = [_whole(each) for each in members]
    if not classes or not all(each is not None and 0 <= each <= 11 for each in classes):
        raise ValueError(f"must hold pitch classes between 0 and 11, got {shown(value)}")
    return tuple(sorted({each for each in classes if each is not None}))


def _pitch_ranges(value: Any) -> tuple[Any, ...]:
    if isinstance(value, range) and len(value):
        return _pitch_range((min(value), max(value)))
    members = listed(value, "the lowest and the highest pitch, or such a pair for each track", ordered=True)
    if len(members) == 2 and not isinstance(members[0], list | tuple | range):
        return _pitch_range(members)
    if not members:
        raise ValueError("must have a lowest and a highest pitch, got none")
    return tuple(_pitch_range(listed(each, "pairs of pitches", ordered=True)) for each in members)


def _pitch_range(pair: Iterable[Any]) -> tuple[str | int, str | int]:
    low, high = pair if len(pair := list(pair)) == 2 else (None, None)
    ends: list[str | int] = []
    for each in (low, high):
        pitch = each if isinstance(each, str) else _whole(each)
        if pitch is None:
            raise TypeError(f"must be pairs of pitches, such as ('C3', 'C5') or (48, 72), got {shown(pair)}")
        ends.append(pitch)
    first, last = map(theory.pitch_number, ends)
    if first > last:
        raise ValueError(f"must go from low to high, got {shown(ends[0])} to {shown(ends[1])}")
    return ends[0], ends[1]


def _limits(value: Any) -> int | tuple[int, ...]:
    single = _whole(value)
    limits = (
        [single] if single is not None else [_whole(each) for each in listed(value, _VOICES, ordered=True)]
    )
    if None in limits:
        raise TypeError(f"must be {_VOICES}, got {shown(value)}")
    found = tuple(each for each in limits if each is not None)
    if not found or not all(1 <= each <= 255 for each in found):
        raise ValueError(f"must be between 1 and 255, got {shown(value)}")
    return found if len(found) > 1 else found[0]  # that serves all tracks


_VOICES = "a whole number between 1 and 255, or one for each track"


def _program(value: Any) -> int:
    number = None if isinstance(value, str) else _whole(value)
    if not isinstance(value, str) and number is None:
        raise TypeError(f"a program must be a number between 0 and 127 or a name, got {shown(value)}")
    return program_number(value if number is None else number)


def _programs(value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        value = [value]
    members = listed(value, "programs: numbers between 0 and 127, or names")
    if not members:
        raise ValueError("must name at least one program, got none")
    return tuple(sorted({_program(each) for each in members}))


def _players(value: Any) -> int | tuple[int, ...]:
    if isinstance(value, str):
        value = names(value) or [value]
    elif _whole(value) is not None:
        return _program(value)
    members = listed(
        value, "a program (a number between 0 and 127, or a name), or one for each track", ordered=True
    )
    if not members:
        raise ValueError("must name at least one program, got none")
    programs = tuple(_program(each) for each in members)
    return programs if len(programs) > 1 else programs[0]  # that serves all tracks


def _drums(value: Any) -> tuple[int, ...]:
    family = FAMILIES["drum"]
    bounds = f"between {family.value} and {family.value + family.count - 1}"
    if isinstance(value, str):
        value = names(value)
    found: set[int] = set()
    for each in listed(value, f"drums, numbers {bounds} or names"):
        drum = each if isinstance(each, str) else _whole(each)
        if drum is None:
            raise TypeError(f"a drum must be a whole number {bounds} or a name, got {shown(each)}")
        found.update(drum_numbers(drum))
    return tuple(sorted(found))


def _primer(value: Any) -> Score:
    if not isinstance(value, Score):
        raise TypeError(f"must be a linnet.Score, got {shown(value)}")
    return value


def names(word: str) -> list[str]:
    """What a word of the command line lists: `violin,harp`."""
    return [each.strip() for each in word.split(",") if each.strip()]


def numbers(word: str) -> list[int]:
    """Likewise `36,38`."""
    return [int(each) for each in names(word)]


def scale_or_numbers(word: str) -> str | list[int]:
    """Likewise `0,2,4`; a name as it stands."""
    return numbers(word) if word[:1].isdecimal() else word


KEY = text(theory.key_index, "a key such as 'D major' or 'Am'", "KEY")
STYLE = Kind(_style, "NAME")
METER = Kind(_meter, "N/D")
FORM = Kind(_form, "FORM")
MOOD = Kind(_mood, "MOOD")
LATENT = Kind(_latent)
ROLES_OF_PLAYERS = Kind(_roles, "ROLE,..", names)
SCALE = Kind(_scale, "SCALE", scale_or_numbers)
PITCH_RANGE = Kind(_pitch_ranges, ("LOW", "HIGH"), words=2)
POLYPHONY = Kind(_limits, "N,..", numbers)
VOICE_LEADING = choice("forbidden", "counted", "allowed")
PROGRAMS = Kind(_programs, "PROGRAM,..", names)
DRUMS = Kind(_drums, "DRUM,..", names)
INSTRUMENT = Kind(_players, "PROGRAM,..", names)
PRIMER = Kind(_primer)


# ---- helpers


def _whole(value: Any) -> int | None:
    """The whole number that a value is, 5.0 and Fraction(5) too; None where it is none. True is no number."""
    value = plain(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, SupportsIndex):
        return operator.index(value)
    if not isinstance(value, SupportsFloat):
        return None
    given: Any = value  # whatever its library is, it is a number
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):  # NaN and infinity among them
        return None
    return number if number == given else None


def listed(value: Any, what: str, *, ordered: bool = False) -> list[Any]:
    """The members of a list of any kind; `ordered`: of one that says which comes first."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"must be {what}, got {shown(value)}")
    if ordered and isinstance(value, Set):
        raise TypeError(f"must be {what}, in order, got {shown(value)}")
    members = [plain(each) for each in islice(value, MOST_MEMBERS + 1)]
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"must have at most {MOST_MEMBERS} members")
    return members
