"""Deals pieces out to train, valid and test: the same pieces and seed, the same split, near-duplicates
together.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linnet_train.corpus.corpus import SPLITS, Split

FULL, TOO_FULL = 0.95, 1.25
"""A split gets groups until it has this much of its share, and none that would bring it above the second."""


def split(
    groups: NDArray[np.int64],
    tokens: NDArray[np.int64],
    styles: NDArray[np.int64],
    keys: Sequence[str],
    *,
    valid: float,
    test: float,
    seed: int,
) -> NDArray[np.uint8]:
    """The split of each piece, as an index into SPLITS.

    Groups come in an order that depends on the seed and the music in them (`keys`). In each style they go to
    test and then to valid until these have their share of the style's tokens; a group too large for that is
    passed over. A split that would stay empty gets the first group left, as long as there are enough for
    train.
    """
    members = _members(groups)
    lots = {group: min(keys[i] for i in rows.tolist()) for group, rows in members.items()}
    order = sorted(members, key=lambda group: hashlib.sha256(f"{seed} {lots[group]}".encode()).digest())
    weights = {group: int(tokens[rows].sum()) for group, rows in members.items()}
    homes = {group: int(styles[rows[0]]) for group, rows in members.items()}
    dealt: dict[int, Split] = {}
    shares: tuple[tuple[Split, float], ...] = (("test", test), ("valid", valid))
    for name, share in shares:
        for style in sorted(set(homes.values())):
            pool = [group for group in order if homes[group] == style]
            target, given = share * sum(weights[group] for group in pool), 0
            for group in pool:
                if given >= FULL * target:
                    break
                if group not in dealt and given + weights[group] <= TOO_FULL * target:
                    dealt[group] = name
                    given += weights[group]
    for name, share in shares:
        left = [group for group in order if group not in dealt]
        if share and name not in dealt.values() and len(left) > 1:
            dealt[left[0]] = name
    result = np.zeros(len(groups), np.uint8)
    for group, name in dealt.items():
        result[members[group]] = SPLITS.index(name)
    return result


def _members(groups: NDArray[np.int64]) -> dict[int, NDArray[np.intp]]:
    order = np.argsort(groups, kind="stable")
    labels, starts = np.unique(groups[order], return_index=True)
    return dict(zip(labels.tolist(), np.split(order, starts[1:]), strict=True)) if len(groups) else {}
