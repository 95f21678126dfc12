"""Heads that share, slow and obvious, written from csrc/heads.h."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import vocabulary
from linnet.tokens.features import FAMILIES

NOTE, DRUM = (vocabulary.FAMILIES[name].first for name in ("note", "drum"))
SIZES = {"interval": 49, "class": 12, "tonic": 12, "chord": 84, "pointer": 1}


def headed(
    heads: Sequence[tuple[str, str, int]], row: Sequence[int], raw: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The logits of home pitches, from what the network gives."""
    logits, at = raw[: vocabulary.SIZE].copy(), vocabulary.SIZE
    for kind, name, column in heads:
        own, at = raw[at : at + SIZES[kind]], at + SIZES[kind]
        if kind == "tonic":
            for pitch in range(128):
                logits[NOTE + pitch] += own[pitch % 12]
            continue
        family = next(family for family in FAMILIES if family.name == name)
        said = row[family.first_column + column]
        if not said:
            continue
        value = (said - family.first_id) % family.count
        if kind == "pointer" and family.count == vocabulary.SIZE:
            logits[value] += own[0]
        elif kind == "pointer":
            logits[NOTE + value if value < 128 else DRUM + value - 128] += own[0]
        elif kind == "chord" and value < 84:
            root, quality = divmod(value, 7)
            for pitch in range(128):
                logits[NOTE + pitch] += own[12 * quality + (pitch - root) % 12]
        elif kind in ("interval", "class") and value < 128:
            for pitch in range(128):
                if kind == "class":
                    logits[NOTE + pitch] += own[(pitch - value) % 12]
                elif abs(pitch - value) <= 24:
                    logits[NOTE + pitch] += own[pitch - value + 24]
    return logits
