"""Statistics that every report needs: shares, intervals, and which pieces are held out."""

import numpy as np

from linnet_train.corpus.corpus import Corpus, Split
from linnet_train.evaluation import compare, figures
from linnet_train.evaluation.compare import Measured, Table
from linnet_train.evaluation.figures import YES_OR_NO
from linnet_train.evaluation.reference import COPYING

LONGEST_PIECE = 8192
"""Tokens after which a piece that no rule ends counts as endless."""


NAMES = (*figures.FIGURES, "degenerate", *COPYING)


MEANS = (*YES_OR_NO, *COPYING[:-1])
"""Figures of which the mean says more than the median."""


def share(hits: int, count: int) -> Measured:
    """A share with Wilson's 95 % interval, which does not take 100 of 100 for certainty."""
    z = 1.96
    middle, spread = hits / count, z**2 / count
    centre = (middle + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (middle * (1 - middle) / count + spread / count / 4) ** 0.5
    return Measured(middle, max(0.0, centre - half), min(1.0, centre + half))


def statistic(figure: str, values: Table) -> Measured:
    """The share, the mean or the median of a figure, whichever says most, with its interval."""
    if figure in YES_OR_NO:
        known = values[~np.isnan(values)]
        return share(int(known.sum()), len(known)) if len(known) else Measured(np.nan, np.nan, np.nan)
    return compare.interval_of(np.mean if figure in MEANS else np.median, values)


def held_out_split(corpus: Corpus) -> Split:
    """The one that is scored: test, or valid where nothing was kept for testing."""
    return "test" if any(piece.notes for piece in corpus.pieces("test")) else "valid"
