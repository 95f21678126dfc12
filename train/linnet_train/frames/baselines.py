"""Two count models of frames. Anyone can count, so their figures show that an evaluator is right."""

import numpy as np
from numpy.typing import NDArray

from linnet_train.frames.sets import Rolls

MARGINAL_PRIOR = 0.5
MARKOV_PRIOR = 0.2
"""Added to every count, as in the figures these are compared with."""


def marginal(train: Rolls, scored: Rolls) -> NDArray[np.float64]:
    """Nats of each frame when a pitch sounds as often as in training, whatever came before; (frames,)."""
    p = (train.roll.sum(axis=0) + MARGINAL_PRIOR) / (len(train.roll) + 2 * MARGINAL_PRIOR)
    return _bernoulli_nats(scored.roll, np.broadcast_to(p, scored.roll.shape))


def markov(train: Rolls, scored: Rolls) -> NDArray[np.float64]:
    """Nats of each frame when a pitch looks only at itself one frame ago, (frames,); first frames cost 0."""
    later = train.place > 0
    now, before = train.roll[later], train.roll[np.flatnonzero(later) - 1]
    p = np.stack(
        [
            ((now & (before == sounded)).sum(axis=0) + MARKOV_PRIOR)
            / ((before == sounded).sum(axis=0) + 2 * MARKOV_PRIOR)
            for sounded in (False, True)
        ]
    )  # (silent or sounding before, pitches)
    before = np.roll(scored.roll, 1, axis=0)
    nats = _bernoulli_nats(scored.roll, np.where(before, p[1], p[0]))
    nats[scored.place == 0] = 0.0
    return nats


def _bernoulli_nats(roll: NDArray[np.bool_], p: NDArray[np.float64]) -> NDArray[np.float64]:
    nats: NDArray[np.float64] = -np.log(np.where(roll, p, 1 - p)).sum(axis=1)
    return nats
