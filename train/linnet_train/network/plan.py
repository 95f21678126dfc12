"""What a network is told of a piece beside its tokens: wishes, a plan, roles, the home key."""

from collections.abc import Collection, Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from linnet.controls.wishes import INDEX
from linnet.music.key import home_shift
from linnet.tokens import features
from linnet.tokens.features import FeatureFamily

Rows = NDArray[np.uint8]
"""(rows, features.ROW_WIDTH): row 0 for the header, then one for each bar."""

PLAN = ("cadence", "phrase_left", "loudness", "plays", "chords")
"""Of a row what a plan says, beside the wishes of a player: `plays` of all slots together, `chords` of all
beats."""

_WISHES = tuple(dict.fromkeys("plays" if name.startswith("plays_") else name for name in INDEX))
CHORD_FAMILIES = ("chord", "next_chord", "chord_change", "over_root")
"""Families of features that speak of chords."""

NAMES = (*_WISHES, "chords")
"""All that a row says, by names of which each is told or hidden as one."""

GROUPS = np.array(
    [NAMES.index("plays" if name.startswith("plays_") else name) for name in INDEX]
    + [NAMES.index("chords")] * (features.ROW_WIDTH - len(INDEX))
)
"""For each column of a row its place in NAMES."""


@cache
def told_of_plan(text: str) -> frozenset[str]:
    """What of the plan is told, from `all`, `none` or names with commas between.

    Raises:
        ValueError: a name that is none of PLAN.
    """
    if text in ("all", "none"):
        return frozenset(PLAN if text == "all" else ())
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PLAN:
            raise ValueError(f"plan must be all, none, or names of {', '.join(PLAN)}, got {name!r}")
    return frozenset(names)


def plan_of(wishes: Iterable[str]) -> frozenset[str]:
    """What of the plan a model has learnt, by the wishes that it has; and chords, which say nothing to one
    that has not learnt them.
    """
    return frozenset({"plays" if name.startswith("plays_") else name for name in wishes} | {"chords"}) & {
        *PLAN
    }


def only(rows: Rows, plan: Collection[str]) -> Rows:
    """The rows with no more of the plan than these names of PLAN; the wishes of a player stay."""
    hidden = [NAMES.index(name) for name in PLAN if name not in plan]
    return np.where(np.isin(GROUPS, hidden), 0, rows).astype(np.uint8) if hidden else rows


def untold(plan: Collection[str], *, roles: bool, given: bool) -> list[FeatureFamily]:
    """The families of features that are empty where chords, roles, or given music are not told."""
    names = {*(() if "chords" in plan else CHORD_FAMILIES), *(() if roles else ("role",))}
    return [
        family
        for family in features.FAMILIES
        if family.name in names or (family.name.startswith("given_") and not given)
    ]


def shift_of(rows: Rows) -> int | None:
    """Semitones from the home key to the key that the rows say; None where they say none."""
    key = int(rows[0, INDEX["key"]]) if len(rows) else 0
    return home_shift(key - 1) if key else None
