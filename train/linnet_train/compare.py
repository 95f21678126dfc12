"""How near the figures of some pieces come to those of others."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from linnet_train.musical import SPREAD

DRAWS = 50

Figures = Sequence[Mapping[str, float]]


def range_hit(made: Figures, human: Figures) -> float:
    """Share of all figures of all pieces that lie between the 5th and the 95th percentile of people's.

    About 0.9 for people, more where a figure has few values.
    """
    hits = []
    for name in SPREAD:
        low, high = np.nanpercentile(_column(human, name), [5, 95])
        values = _column(made, name)
        values = values[~np.isnan(values)]
        hits += ((values >= low) & (values <= high)).tolist()
    return float(np.mean(hits))


def mean_ks(made: Figures, human: Figures) -> float:
    """Largest distance between the two cumulative distributions of a figure, averaged over the figures."""
    return float(np.mean([_ks(_column(made, name), _column(human, name)) for name in SPREAD]))


def _ks(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    at = np.concatenate([a, b])
    difference = np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)
    return float(np.abs(difference).max())


def _column(figures: Figures, name: str) -> NDArray[np.float64]:
    return np.array([row[name] for row in figures], np.float64)


def among_people(human: Figures, size: int, compare: Callable[[Figures, Figures], float]) -> float:
    """What a comparison says of so many of people's pieces beside all their others, on average over draws:
    the best a model can hope for.
    """
    draw = np.random.default_rng(0)
    size = min(size, len(human) // 2)
    found = []
    for _ in range(DRAWS):
        order = draw.permutation(len(human)).tolist()
        found.append(compare([human[i] for i in order[:size]], [human[i] for i in order[size:]]))
    return float(np.mean(found))
