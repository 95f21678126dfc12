"""Chi-square for the tests in which chance is involved."""

import math

import numpy as np
from numpy.typing import ArrayLike


def chi_square_p(observed: ArrayLike, expected: ArrayLike) -> float:
    """Probability that counts drawn from `expected` lie at least as far off as `observed`.

    Classes in which fewer than five are expected are pooled; where nothing is expected, nothing may be seen.
    """
    counts, means = np.asarray(observed, float), np.asarray(expected, float)
    if counts[means == 0].any():
        return 0.0
    rare = means < 5
    if means[rare].sum() > 0:
        counts, means = (np.append(x[~rare], x[rare].sum()) for x in (counts, means))
    else:
        counts, means = counts[~rare], means[~rare]
    statistic = float(((counts - means) ** 2 / means).sum())
    return _upper_gamma((len(means) - 1) / 2, statistic / 2)


def _upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function, through the power series of the lower one."""
    if x == 0:
        return 1.0
    term = total = math.exp(a * math.log(x) - x - math.lgamma(a + 1))
    n = a
    while term > total * 1e-17:
        n += 1
        term *= x / n
        total += term
    return max(0.0, 1.0 - total)
