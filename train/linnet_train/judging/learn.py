"""Learns a judge: logistic regression on what is heard in sections, a weight for each range of each number.

The ranges are found by quantiles, so that too little and too much can both speak against a section.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.controls.judge import HEARD, SILENT, UNIT, Judge, Table
from linnet_train.judging.sections import Sections

CELLS = 12
"""Ranges of a number at most, beside that of nothing to say."""

RIDGE = 10.0
"""How much the sum of the squared weights costs: a range that few sections have stays near 0."""

ROUNDS = 30

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A judge, and how well it tells sections of pieces apart that it did not learn from."""

    judge: Judge
    auc: float
    """Share of pairs, a section of people's and one of the model's, in which it prefers people's."""

    auc_learnt: float
    """Likewise of the sections that it learnt from."""

    sections: tuple[int, int]
    """Of people and of the model, that were held out."""


def learn(
    people: Sections,
    people_held_out: Sections,
    made: Sections,
    made_held_out: Sections,
    *,
    section: int,
    names: Sequence[str] = HEARD,
    ridge: float = RIDGE,
) -> Learnt:
    """A judge from people's sections and a model's own.

    Args:
        people: to learn from.
        people_held_out: of other pieces, to measure by.
        made: the model's own, to learn from.
        made_held_out: of its other pieces.
        section: full bars after which a piece goes on; goes into the judge.
        names: what may speak, of `judge.HEARD`.
        ridge: see RIDGE.
    """
    columns = [HEARD.index(name) for name in names]
    both = np.concatenate([people.heard, made.heard])
    edges = {name: _edges(both[:, column]) for name, column in zip(names, columns, strict=True)}
    edges = {name: at for name, at in edges.items() if len(at) > 1}
    labels = np.concatenate([np.ones(len(people)), np.zeros(len(made))])
    shares = np.where(labels > 0, 0.5 / max(len(people), 1), 0.5 / max(len(made), 1)) * len(labels)
    weights = _fit(_cells(both, edges), labels, shares, ridge)
    judge = Judge(section, _tables(edges, weights))
    return Learnt(
        judge,
        auc(scores(judge, people_held_out), scores(judge, made_held_out)),
        auc(scores(judge, people), scores(judge, made)),
        (len(people_held_out), len(made_held_out)),
    )


def scores(judge: Judge, sections: Sections) -> NDArray[np.int64]:
    """What the judge says of each section."""
    found = np.zeros(len(sections), np.int64)
    for name, table in judge.tables.items():
        cell = np.searchsorted(np.array(table.at), sections.heard[:, HEARD.index(name)], "right")
        found += np.array(table.weights)[cell]
    return found


def auc(higher: NDArray[np.int64], lower: NDArray[np.int64]) -> float:
    """Share of pairs of which the first is the larger number; equals count half."""
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(below.mean() / 2 / len(lower))


def _edges(values: NDArray[np.int32]) -> tuple[int, ...]:
    """Where ranges begin: the first at the least number that says something, the others by quantiles."""
    said = values[values != SILENT]
    if not len(said):
        return ()
    kinds = np.unique(said)
    if len(kinds) <= CELLS:
        starts = kinds.tolist()
    else:
        inner = np.quantile(said, np.arange(1, CELLS) / CELLS, method="higher")
        starts = sorted({int(kinds[0]), *(int(edge) for edge in inner)})
    return (SILENT + 1, *(each for each in starts[1:]))


def _cells(heard: NDArray[np.int32], edges: dict[str, tuple[int, ...]]) -> Floats:
    """1 for the range that each number is in, 0 for the others of it. (sections, ranges)"""
    blocks = [np.ones((len(heard), 1))]
    for name, at in edges.items():
        cell = np.searchsorted(np.array(at), heard[:, HEARD.index(name)], "right")
        blocks.append((cell[:, None] == np.arange(1, len(at) + 1)).astype(np.float64))
    return np.concatenate(blocks, axis=1)


def _fit(cells: Floats, labels: Floats, shares: Floats, ridge: float) -> Floats:
    """Weights by Newton's method."""
    weights = np.zeros(cells.shape[1])
    cost = np.full(len(weights), ridge)
    cost[0] = 1e-6  # of the odds on the whole
    for _ in range(ROUNDS):
        odds = 1 / (1 + np.exp(-np.clip(cells @ weights, -30, 30)))
        slope = cells.T @ (shares * (labels - odds)) - cost * weights
        bend = (cells * (shares * odds * (1 - odds))[:, None]).T @ cells + np.diag(cost)
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _tables(edges: dict[str, tuple[int, ...]], weights: Floats) -> dict[str, Table]:
    tables, begin = {}, 1
    for name, at in edges.items():
        whole = tuple(round(float(UNIT * each)) for each in weights[begin : begin + len(at)])
        tables[name] = Table(at, (0, *whole))
        begin += len(at)
    return tables
