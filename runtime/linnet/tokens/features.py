"""The features: what the network sees at each step, computed by one C tracker everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linnet import _core
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BARS_EARLIER", "COUNT", "FAMILIES", "WIDTH", "WISHES", "FeatureFamily", "compute", "table"]


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

EARLIER = (26,)
"""Families of rows that this one is grown from: they are its first ones."""

WISHES = tuple((f.name.removeprefix("wish_"), f.count) for f in FAMILIES if f.name.startswith("wish_"))
"""Each wish and how many values it takes, 0 ("no wish") included."""


def compute(
    tokens: NDArray[np.uint16],
    time_base: str,
    wishes: NDArray[np.uint8] | None = None,
    sources: NDArray[np.uint8] | None = None,
) -> NDArray[np.int32]:
    """The features of a whole piece, (n, WIDTH): row i is what the network sees after tokens[0..i].

    `wishes`, (rows, len(WISHES)): row 0 serves the header, row b bar b, the last one whatever follows.
    `sources`, likewise (rows, 2): where features that look back find it, as the form of a piece says it (see
    `linnet.form.Bar`): how many bars ago, 0 for nowhere, and in which quarters; without, anywhere.
    """
    tokens = np.ascontiguousarray(tokens, np.uint16)
    if wishes is not None:
        wishes = np.ascontiguousarray(wishes, np.uint8)
        if wishes.ndim != 2 or wishes.shape[1] != len(WISHES):
            raise ValueError(f"wishes must have shape (rows, {len(WISHES)}), got {wishes.shape}")
    if sources is not None:
        sources = np.ascontiguousarray(sources, np.uint8)
        if sources.ndim != 2 or sources.shape[1] != 2:
            raise ValueError(f"sources must have shape (rows, 2), got {sources.shape}")
    rows = np.empty((len(tokens), WIDTH), np.int32)
    _core.Tracker(time_base).features_of(tokens, wishes, rows, sources)
    return rows


def table(families: int | None = None) -> dict[str, object]:
    """The layout of the features, or of their first so many families, as plain data, as in a model file."""
    told = FAMILIES[:families]
    return {
        "width": sum(f.columns for f in told),
        "count": 1 + sum(f.count * f.tables for f in told),
        "families": [[f.name, f.columns, f.count, f.tables] for f in told],
    }
