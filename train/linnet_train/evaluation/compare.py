"""How near a set of pieces comes to another, by the figures of each piece.

Sets are tables: a row for each piece, a column for each figure that is compared; NaN where a piece could not
tell. Each comparison says little by itself: what it says of people beside other people (`among`) is the best
a model can hope for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet_train.evaluation.figures import SIXTEEN

Table = NDArray[np.float64]
"""(pieces, figures)"""

Comparison = Callable[[Table, Table], float]
"""What it says of pieces that were made, beside people's."""

FARTHEST = 3.0
"""Standard deviations; what lies farther out counts as this far, or one odd piece would decide."""

SHRINKAGE = 0.1
"""How far the covariances are shrunk towards no correlation: a hundred pieces say little about 136
numbers."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """For tables."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def table(figures: Sequence[Mapping[str, float]], names: Sequence[str] = SIXTEEN) -> Table:
    """One row for each piece."""
    return np.array([[row[name] for name in names] for row in figures], np.float64).reshape(-1, len(names))


# Comparisons


def range_hit(made: Table, people: Table) -> float:
    """Share of all figures of all pieces that lie between the 5th and the 95th percentile of people's.

    Args:
        made: (pieces, figures).
        people: (pieces, figures).

    Returns:
        0 to 1; about 0.9 for people, more where a figure has few values.
    """
    hits: list[bool] = []
    for a, b in _pairs(made, people):
        low, high = np.percentile(b, [5, 95])
        hits += ((a >= low) & (a <= high)).tolist()
    return float(np.mean(hits))


def mean_ks(made: Table, people: Table) -> float:
    """Largest distance between the two cumulative distributions of a figure, averaged over the figures."""
    return float(np.mean([_ks(a, b) for a, b in _pairs(made, people)]))


def ks(made: Table, people: Table) -> Table:
    """The largest distance for each figure; NaN where either side has no values. (figures)"""
    columns = zip(made.T, people.T, strict=True)
    return np.array([_ks(_known(a), _known(b)) for a, b in columns], np.float64)


def mean_overlap(made: Table, people: Table) -> float:
    """Area under both histograms of a figure (ten bins at the deciles of both together), averaged over the
    figures: 1 for the same distribution.
    """
    return float(np.mean([_overlap(a, b) for a, b in _pairs(made, people)]))


def frechet_distance(made: Table, people: Table) -> float:
    """Squared distance between two normal distributions (Dowson and Landau 1982), fitted to the figures after
    people's means and deviations were taken out.
    """
    (mean_a, spread_a), (mean_b, spread_b) = (
        _normal(standardised(pieces, people)) for pieces in (made, people)
    )
    values, vectors = np.linalg.eigh(spread_b)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    between = np.sqrt(np.linalg.eigvalsh(root @ spread_a @ root).clip(0)).sum()
    return float(((mean_a - mean_b) ** 2).sum() + np.trace(spread_a) + np.trace(spread_b) - 2 * between)


def classifier_auc(made: Table, people: Table, *, repeats: int = 10) -> float:
    """How often a classifier ranks a made piece above one of people's (area under its ROC curve): 0.5 when
    it cannot tell the two apart. A two-sample test that also sees what many small differences add up to.
    """
    return area(*classifier_scores(made, people, repeats=repeats))


def area(made: Table, people: Table) -> float:
    """Share of pairs in which the made piece scores higher; ties count half."""
    everything = np.concatenate([made, people])
    _, place, count = np.unique(everything, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    above = rank[: len(made)].sum() - len(made) * (len(made) + 1) / 2
    return float(above / (len(made) * len(people)))


def classifier_scores(made: Table, people: Table, *, repeats: int = 10) -> tuple[Table, Table]:
    """How much each piece seems made (log-odds) to ridge logistic regressions that were fitted without it.

    Five folds, each with its share of both sets, drawn anew for each repeat; the mean of all repeats counts.
    """
    both = np.concatenate([made, people])
    both = standardised(both, both)
    truth = np.arange(len(both)) < len(made)
    scores, draw = np.zeros(len(both)), np.random.default_rng(0)
    for _ in range(repeats):
        fold = np.empty(len(both), np.int64)
        for side in (truth, ~truth):
            fold[side] = draw.permutation(np.arange(side.sum()) % FOLDS)
        for held_out in range(FOLDS):
            known = fold != held_out
            weights = _fit(both[known], truth[known])
            scores[~known] += _with_constant(both[~known]) @ weights / repeats
    return scores[truth], scores[~truth]


def standardised(pieces: Table, people: Table) -> Table:
    """Figures as distances from people's mean in their standard deviations, at most FARTHEST; 0 for NaN."""
    mean, deviation = np.zeros(pieces.shape[1]), np.zeros(pieces.shape[1])
    for i, column in enumerate(people.T):
        if len(known := _known(column)):
            mean[i], deviation[i] = known.mean(), known.std()
    away = (pieces - mean) / np.maximum(deviation, 1e-9)  # where people never differ, any difference is far
    return np.nan_to_num(away).clip(-FARTHEST, FARTHEST)


# How sure they are


def interval(
    comparison: Comparison, made: Table, people: Table, *, draws: int = 200, seed: int = 0
) -> Measured:
    """A comparison with its bootstrap interval over the pieces of both sides.

    Resampled sets hold pieces twice and so look less alike than they are; the interval has the spread of the
    resampled values, around the measured one.
    """
    value, draw = comparison(made, people), np.random.default_rng(seed)
    found = np.array([comparison(_again(made, draw), _again(people, draw)) for _ in range(draws)])
    low, high = value + np.percentile(found, [2.5, 97.5]) - found.mean()
    return Measured(value, float(low), float(high))


def interval_of(statistic: Callable[..., Table], values: Table, *, draws: int = 500) -> Measured:
    """The median, say, of one figure (np.median) with its bootstrap interval over the pieces."""
    values, draw = _known(values), np.random.default_rng(0)
    if not len(values):
        return Measured(np.nan, np.nan, np.nan)
    found = statistic(values[draw.integers(0, len(values), (draws, len(values)))], axis=1)
    return Measured(float(statistic(values)), *(float(x) for x in np.percentile(found, [2.5, 97.5])))


def among(people: Table, size: int, comparison: Comparison, *, draws: int = 50) -> Measured:
    """What a comparison says of so many of people's pieces beside as many others: the mean of random draws,
    and the interval that 95 % of them lie in.
    """
    found = [comparison(a, b) for a, b in halves(people, size, draws)]
    return Measured(float(np.mean(found)), *(float(x) for x in np.percentile(found, [2.5, 97.5])))


def halves(people: Table, size: int, draws: int) -> list[tuple[Table, Table]]:
    """Pairs of sets without a piece in common, of `size` pieces or as many as there are."""
    draw, size = np.random.default_rng(0), min(size, len(people) // 2)
    orders = [draw.permutation(len(people)) for _ in range(draws)]
    return [(people[order[:size]], people[order[size : 2 * size]]) for order in orders]


# What all of them use


def _known(values: Table) -> Table:
    return values[~np.isnan(values)]


def _pairs(made: Table, people: Table) -> list[tuple[Table, Table]]:
    """The known values of each figure that both sides have."""
    columns = [(_known(a), _known(b)) for a, b in zip(made.T, people.T, strict=True)]
    return [(a, b) for a, b in columns if len(a) and len(b)]


def _again(pieces: Table, draw: np.random.Generator) -> Table:
    return pieces[draw.integers(0, len(pieces), len(pieces))]


def _ks(a: Table, b: Table) -> float:
    if not len(a) or not len(b):
        return np.nan
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    difference = np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)
    return float(np.abs(difference).max())


def _overlap(a: Table, b: Table) -> float:
    edges = np.unique(np.percentile(np.concatenate([a, b]), np.arange(10, 100, 10)))
    shares = [
        np.bincount(np.searchsorted(edges, x, "right"), minlength=len(edges) + 1) / len(x) for x in (a, b)
    ]
    return float(np.minimum(*shares).sum())


def _normal(away: Table) -> tuple[Table, Table]:
    covariance = np.cov(away, rowvar=False)
    return away.mean(axis=0), (1 - SHRINKAGE) * covariance + SHRINKAGE * np.eye(away.shape[1])


def _with_constant(away: Table) -> Table:
    return np.hstack([away, np.ones((len(away), 1))])


def _fit(away: Table, truth: NDArray[np.bool_], ridge: float = 1.0) -> Table:
    """Weights of a logistic regression by Newton's method; both sides count the same, whatever their size."""
    x, penalty = _with_constant(away), np.full(away.shape[1] + 1, ridge)
    penalty[-1] = 1e-6  # the constant is free
    share = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum()) * len(truth)
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-(x @ weights)))
        slope = x.T @ (share * (chance - truth)) + penalty * weights
        bend = (x * (share * chance * (1 - chance))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights
