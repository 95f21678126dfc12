"""The vocabulary: which token id stands for what. The table itself lives in csrc/vocabulary.h."""

from __future__ import annotations

from linnet import _core
from linnet.errors import VocabularyError
from linnet.tools.dataclass import dataclass

__all__ = [
    "COMMON_METERS",
    "FAMILIES",
    "LONGEST_DURATION",
    "METERS",
    "SIGNATURE_INDEX",
    "SIGNATURE_TOKENS",
    "SIZE",
    "SOURCE_MOST",
    "TEMPOS",
    "TICKS_PER_BEAT",
    "TIME_SIGNATURES",
    "WHOLE_NOTE",
    "Family",
    "common_meter",
    "describe",
    "family_of",
    "table",
    "tempo_index",
    "time_signature_index",
    "time_signature_token",
]


@dataclass(frozen=True, slots=True)
class Family:
    """Token ids of one kind: id `first + i` stands for `value + i * step`."""

    name: str
    first: int
    count: int
    value: int
    step: int

    @property
    def ids(self) -> range:
        """The ids of this family."""
        return range(self.first, self.first + self.count)

    def token(self, value: int) -> int:
        """The id that stands for a value; VocabularyError when there is none."""
        i, rest = divmod(value - self.value, self.step)
        if rest or not 0 <= i < self.count:
            raise VocabularyError(f"{self.name} has no token for {value}")
        return self.first + i

    def value_of(self, token: int) -> int:
        """The value an id of this family stands for."""
        return self.value + (token - self.first) * self.step


FAMILIES = {row[0]: Family(*row) for row in _core.token_families()}
SIZE = sum(family.count for family in FAMILIES.values())

TIME_SIGNATURES = tuple(_core.time_signatures())
"""(numerator, denominator, ticks of a bar) for each time-signature token; see TICKS_PER_BEAT."""

SIGNATURE_INDEX = {row[:2]: i for i, row in enumerate(TIME_SIGNATURES)}
"""Index of a time signature by its numerator and denominator."""

METERS: tuple[str, ...] = tuple(f"{numerator}/{denominator}" for numerator, denominator, _ in TIME_SIGNATURES)
"""The time signatures by name, as people write them."""

COMMON_METERS = FAMILIES["time_signature"].count
"""How many of them models know that learnt before there were the others."""

SIGNATURE_TOKENS: tuple[int, ...] = (*FAMILIES["time_signature"].ids, *FAMILIES["rare_time_signature"].ids)
"""Their tokens."""

TEMPOS = tuple(_core.tempos_bpm())
"""Beats per minute for each tempo token: 32 steps of about 7 % from 30 to 240."""

TICKS_PER_BEAT, WHOLE_NOTE, LONGEST_DURATION, SOURCE_MOST = _core.constants()
"""Ticks of the grid in a quarter note, in a whole note and in the longest note; and how many bars ago the bar
may have been at which features are told to look."""


def time_signature_index(name: str) -> int:
    """The index in TIME_SIGNATURES of `6/8` and the like; ValueError for one that is not there."""
    if name.strip() not in METERS:
        raise ValueError(f"time_signature must be one of {', '.join(METERS)}, got {name!r}")
    index: int = METERS.index(name.strip())
    return index


def time_signature_token(name: str) -> int:
    """The token of `6/8` and the like; ValueError for one that is not there."""
    return SIGNATURE_TOKENS[time_signature_index(name)]


def common_meter(index: int) -> int:
    """The place among the common meters of one that counts as many beats as this one: itself, or of the same
    numerator the one whose unit is nearest (2/2 for 2/1, 4/4 for 4/2, 7/8 for 7/16).
    """
    if index < COMMON_METERS:
        return index
    numerator, denominator, _ = TIME_SIGNATURES[index]
    same = [i for i in range(COMMON_METERS) if TIME_SIGNATURES[i][0] == numerator]
    units = [max(TIME_SIGNATURES[i][1] / denominator, denominator / TIME_SIGNATURES[i][1]) for i in same]
    return same[units.index(min(units))]


def tempo_index(bpm: float) -> int:
    """The index in TEMPOS of the tempo nearest to so many quarter notes a minute, by their ratio."""
    return min(range(len(TEMPOS)), key=lambda i: max(TEMPOS[i] / bpm, bpm / TEMPOS[i]))


_FAMILY_BY_ID = tuple(family for family in FAMILIES.values() for _ in family.ids)


def family_of(token: int) -> Family:
    """The family of an id; VocabularyError outside 0..SIZE - 1."""
    if not 0 <= token < SIZE:
        raise VocabularyError(f"a token must be between 0 and {SIZE - 1}, got {token}")
    return _FAMILY_BY_ID[token]


def describe(token: int) -> str:
    """A token in words, such as `note 60` or `time_signature 6/8`."""
    family = family_of(token)
    value = family.value_of(token)
    if token in SIGNATURE_TOKENS:
        return f"time_signature {METERS[value]}"
    if family.name == "tempo":
        return f"tempo {TEMPOS[value]} bpm"
    return family.name if family.count == 1 else f"{family.name} {value}"


def table(*, rare: bool = True) -> dict[str, object]:
    """The vocabulary as plain data, the way it travels in a model file; that of before there were rare
    meters, whose tokens were in reserve then, has none of them.
    """
    families = [[f.name, f.first, f.count, f.value, f.step] for f in FAMILIES.values()]
    if not rare:
        first = FAMILIES["rare_time_signature"].first
        families[-2:] = [["reserved", first, SIZE - first, 0, 1]]
    return {
        "size": SIZE,
        "families": families,
        "time_signatures": [list(row) for row in TIME_SIGNATURES[: None if rare else COMMON_METERS]],
        "tempos_bpm": list(TEMPOS),
    }
