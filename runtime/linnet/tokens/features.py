"""The features: what the network sees at each step, computed by one C tracker everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet import _core
from linnet.tokens.vocabulary import FAMILIES as FAMILIES_OF_TOKENS
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "BARS_EARLIER",
    "CHORDS",
    "COUNT",
    "FAMILIES",
    "ROW_WIDTH",
    "WIDTH",
    "WISHES",
    "FeatureFamily",
    "compute",
    "has_rare_meters",
    "home",
    "table",
    "wish_table",
]


@dataclass(frozen=True, slots=True)
class FeatureFamily:
    """Feature ids of one kind and the columns that hold them; table after table, ids and columns alike."""

    name: str
    first_id: int
    first_column: int
    columns: int
    count: int
    tables: int


def _families() -> tuple[FeatureFamily, ...]:
    families, first_id, first_column = [], 1, 0
    for name, columns, count, tables in _core.feature_families():
        families.append(FeatureFamily(name, first_id, first_column, columns, count, tables))
        first_id += count * tables
        first_column += columns
    return tuple(families)


FAMILIES = _families()
WIDTH = _core.feature_width()
"""Columns of a row."""
BARS_EARLIER = tuple(_core.bars_earlier())
"""How many bars ago the bars were of which features speak."""

COUNT = _core.feature_count()
"""Rows of the embedding table; row 0 is the pad and stays zero."""

EARLIER = (26, 31, 52, 53, 62)
"""Families of rows that this one is grown from: they are its first ones."""

WISHES = tuple((f.name.removeprefix("wish_"), f.count) for f in FAMILIES if f.name.startswith("wish_"))
"""Each wish and how many values it takes, 0 ("no wish") included."""


ROW_WIDTH, CHORD_CELLS, CHORD_COUNT, ROLE_COUNT, LOWEST_SHIFT, SHIFTS = _core.plan_layout()
"""A row of the plan has a value for each of WISHES, then the chord at each beat of the bar
(csrc/feature_layout.h)."""

CHORDS = slice(ROW_WIDTH - CHORD_CELLS, ROW_WIDTH)
"""The columns of a row that hold chords."""

_NOTE = FAMILIES_OF_TOKENS["note"]


def compute(
    tokens: NDArray[np.uint16],
    time_base: str,
    plan: NDArray[np.uint8] | None = None,
    sources: NDArray[np.uint8] | None = None,
    *,
    shift: int | None = None,
    roles: Sequence[int] = (),
    given: _core.Given | None = None,
) -> NDArray[np.int32]:
    """The features of a whole piece, (n, WIDTH): row i is what the network sees after tokens[0..i].

    Args:
        tokens: of sounding pitches. (n,)
        time_base: of the tokens.
        plan: what is wished for and planned: row 0 serves the header, row b bar b, the last one whatever
            follows, but for its chords. (rows, ROW_WIDTH)
        sources: likewise, where features that look back find it, as the form of a piece says it (see
            `linnet.controls.form.Bar`): how many bars ago, 0 for nowhere, and in which quarters; without,
            anywhere. (rows, 2)
        shift: semitones from the home key to the sounding one, -6 to 5; None if that is not known.
        roles: of slot 0, 1, ..., by number; 0 is not told.
        given: music of which is known what lies ahead (`linnet.tokens.given`).
    """
    tokens = np.ascontiguousarray(tokens, np.uint16)
    if plan is not None:
        plan = np.ascontiguousarray(plan, np.uint8)
        if plan.ndim != 2 or plan.shape[1] != ROW_WIDTH:
            raise ValueError(f"plan must have shape (rows, {ROW_WIDTH}), got {plan.shape}")
    if sources is not None:
        sources = np.ascontiguousarray(sources, np.uint8)
        if sources.ndim != 2 or sources.shape[1] != 2:
            raise ValueError(f"sources must have shape (rows, 2), got {sources.shape}")
    rows = np.empty((len(tokens), WIDTH), np.int32)
    tracker = _core.Tracker(time_base)
    tracker.set_shift(shift)
    tracker.set_roles(roles)
    tracker.give(given)
    tracker.features_of(tokens, plan, rows, sources)
    return rows


def home(tokens: NDArray[np.uint16], shift: int | None) -> NDArray[np.uint16]:
    """The tokens of the same music in its home key, as a network of home keys reads and writes them. (n,)

    A pitch that there is not lies an octave aside, as in csrc/tracker.h.
    """
    pitch = tokens.astype(np.int64) - _NOTE.first
    notes = (pitch >= 0) & (pitch < _NOTE.count)
    moved = pitch - (shift or 0)
    moved += 12 * ((moved < 0).astype(np.int64) - (moved >= _NOTE.count))
    return np.where(notes, moved + _NOTE.first, tokens).astype(np.uint16)


def has_rare_meters(families: int | None = None) -> bool:
    """Whether these many first families, or all, tell of the meters that came last to the vocabulary."""
    return any(f.name == "rare_time_signature" for f in FAMILIES[:families])


def table(families: int | None = None) -> dict[str, object]:
    """The layout of the features, or of their first so many families, as plain data, as in a model file."""
    told = FAMILIES[:families]
    return {
        "width": sum(f.columns for f in told),
        "count": 1 + sum(f.count * f.tables for f in told),
        "families": [[f.name, f.columns, f.count, f.tables] for f in told],
    }


def wish_table(families: int | None = None) -> list[list[object]]:
    """(name, count) of each wish among the first so many families, or among all, as in a model file."""
    told = {f.name for f in FAMILIES[:families]}
    return [[name, count] for name, count in WISHES if f"wish_{name}" in told]
