"""The sampler, slow and obvious, in numpy: written from csrc/sampler.h and not from the C."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Options:
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


class AllMaskedError(Exception):
    pass


class NoLogitError(Exception):
    pass


def running_sum(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.add.accumulate(weights)  # strictly from left to right, which np.sum is not


def distribution(
    logits: NDArray[np.float32], mask: NDArray[np.uint8] | None, options: Options
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tokens left after all filters in order of id, and their weights."""
    allowed = np.ones(len(logits), bool) if mask is None else mask != 0
    if not allowed.any():
        raise AllMaskedError
    candidates = np.flatnonzero(allowed & ~np.isnan(logits) & (logits != -np.inf))
    if len(candidates) == 0:
        raise NoLogitError

    # sorted() is stable and the ids ascend: equal logits, -0 and 0 among them, stay in order of id
    ranked = np.array(sorted(candidates.tolist(), key=lambda token: -float(logits[token])))
    if options.temperature == 0 or logits[ranked[0]] == np.inf:
        return ranked[:1], np.ones(1)

    value = logits.astype(np.float64)
    with np.errstate(over="ignore"):
        argument = (value - value[ranked[0]]) / options.temperature
    weight = np.zeros(len(logits))
    in_reach = argument >= -708  # False for NaN
    weight[in_reach] = np.exp(np.minimum(argument[in_reach], 0))

    if options.top_k:
        ranked = ranked[: options.top_k]
    if options.top_p < 1:
        total = running_sum(weight[np.sort(ranked)])[-1]
        before = np.concatenate([[0.0], running_sum(weight[ranked])[:-1]])
        stays = before < options.top_p * total
        stays[0] = True
        ranked = ranked[stays]
    if options.min_p > 0:
        ranked = ranked[weight[ranked] >= options.min_p * weight[ranked[0]]]
    left = np.sort(ranked)
    return left, weight[left]


def probabilities(
    logits: NDArray[np.float32], mask: NDArray[np.uint8] | None, options: Options
) -> NDArray[np.float64]:
    """What chance each token has."""
    left, weights = distribution(logits, mask, options)
    chances = np.zeros(len(logits))
    chances[left] = weights / weights.sum()
    return chances


def draw(
    logits: NDArray[np.float32], mask: NDArray[np.uint8] | None, options: Options, u: float
) -> tuple[int, float]:
    """The token that the number u in [0, 1) picks, and the logarithm of its chance."""
    left, weights = distribution(logits, mask, options)
    sums = running_sum(weights)
    place = int(np.argmax(sums > u * sums[-1]))
    return int(left[place]), float(np.log(weights[place]) - np.log(sums[-1]))
