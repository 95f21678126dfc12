"""Heads that share: outputs beside the logits, added to tokens that the features name.

A note is scored by its interval to a few pitches and by its place in the key and in the chord, with weights
that all pitches share; and what the features point at, the note that stood here a bar ago say, is scored by a
number of its own. What is learnt of one pitch is so known of every other. In play csrc/heads.c does the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from linnet.tokens import features
from linnet.tokens.features import FeatureFamily
from linnet.tokens.vocabulary import FAMILIES, SIZE

REACH = 24
"""Semitones up and down that an interval head scores."""

QUALITIES = 7
SIZES = {"interval": 2 * REACH + 1, "class": 12, "tonic": 12, "chord": QUALITIES * 12, "pointer": 1}
"""Outputs of a head of each kind. Heads stand in a model in this order of kinds."""

_FAMILIES = {family.name: family for family in features.FAMILIES}
_PITCHES, _ONSETS = FAMILIES["note"].count, FAMILIES["note"].count + FAMILIES["drum"].count


@dataclass(frozen=True, slots=True)
class Head:
    """One head, as the metadata of a model has it."""

    kind: str
    """interval, class, tonic, chord or pointer."""

    family: str = ""
    """Of features, to which it refers; a tonic head refers to the key alone."""

    column: int = 0
    """Of that family."""

    @property
    def size(self) -> int:
        """How many outputs it has."""
        return SIZES[self.kind]


def _columns(kind: str, family: str) -> tuple[Head, ...]:
    return tuple(Head(kind, family, column) for column in range(_FAMILIES[family].columns))


SETS: dict[str, tuple[Head, ...]] = {
    "none": (),
    "intervals": tuple(
        Head("interval", family)
        for family in (
            "last_pitch",
            "lowest_sounding",
            "highest_sounding",
            "earlier_bars",
            "top_struck",
            "voice_sounding",
        )
    ),
    "classes": (Head("class", "lowest_sounding"), Head("class", "highest_sounding")),
    "tonic": (Head("tonic"),),
    "chords": (Head("chord", "chord"), Head("chord", "next_chord")),
    "pointers": _columns("pointer", "suffix_match") + _columns("pointer", "earlier_bars"),
}
"""Heads by the names that a recipe may give."""

SETS["all"] = tuple(head for heads in list(SETS.values()) for head in heads)
SETS["given"] = (
    *_columns("interval", "given_next"),
    *_columns("interval", "given_beat"),
    Head("interval", "given_own"),
    Head("pointer", "given_own"),
)


@cache
def heads_of(text: str) -> tuple[Head, ...]:
    """The heads that a recipe names, as they stand in the model.

    Args:
        text: names of SETS, `kind:family` or `kind:family:column`, with commas between; one with a minus
            before it takes heads away again: `all,-interval:last_pitch`.

    Raises:
        ValueError: a name that is unknown.
    """
    chosen: dict[Head, None] = {}
    for name in filter(None, (part.strip() for part in text.split(","))):
        for head in _named(name.removeprefix("-")):
            if name.startswith("-"):
                chosen.pop(head, None)
            else:
                chosen[head] = None
    kinds = list(SIZES)
    return tuple(sorted(chosen, key=lambda head: kinds.index(head.kind)))


def table(heads: Sequence[Head]) -> list[list[str | int]]:
    """The heads as plain data, as in a model file."""
    return [[head.kind, head.family, head.column] for head in heads]


def _named(name: str) -> tuple[Head, ...]:
    if name in SETS:
        return SETS[name]
    kind, _, rest = name.partition(":")
    family, _, column = rest.partition(":")
    if kind in SIZES and kind != "tonic" and family in _FAMILIES and _suits(kind, _FAMILIES[family]):
        every = _columns(kind, family)
        if not column:
            return every
        if column.isascii() and column.isdigit() and int(column) < len(every):
            return (every[int(column)],)
    raise ValueError(
        f"heads must be names of {', '.join(SETS)}, or kind:family or kind:family:column "
        f"with a kind of {', '.join(SIZES)}; got {name!r}"
    )


def _suits(kind: str, family: FeatureFamily) -> bool:
    """Whether a family holds what a kind of head can refer to."""
    if kind == "chord":
        return family.name in ("chord", "next_chord")
    pitches = family.count in (_PITCHES, _ONSETS) and family.name != "program"
    return pitches or (kind == "pointer" and family.count == SIZE)
