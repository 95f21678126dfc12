"""What a wish brings: shares of bars with it and without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linnet_train.evaluation.compare import Measured, interval_of


@dataclass(frozen=True)
class Adherence:
    """How far a wish is fulfilled."""

    values: list[int]
    """What was asked for, by turns."""

    conditional: Measured
    """Share of bars within one bin of what was asked for (of wishes without order: exactly that)."""

    unconditional: Measured
    """The same of pieces without the wish."""

    exact: Measured
    """Share of bars in the very bin, with the wish."""


def mean(shares: Sequence[float]) -> Measured:
    """Over pieces, with its interval."""
    return interval_of(np.mean, np.array(shares, np.float64))
