"""Heads that share, against their oracle."""

import numpy as np
import pytest

from linnet._core import Heads
from linnet.tokens import features, vocabulary
from tests.csrc.heads_oracle import SIZES, headed

PITCHES = (
    "last_pitch",
    "sounding",
    "simultaneous",
    "earlier_bars",
    "voice_sounding",
    "lowest_sounding",
    "top_struck",
)
READABLE = [
    *[(kind, name, 0) for kind in ("interval", "class", "pointer") for name in PITCHES],
    ("pointer", "suffix_match", 3),
    ("pointer", "last_token", 0),
    ("pointer", "earlier_bars", 15),
    ("chord", "chord", 0),
    ("chord", "next_chord", 0),
    ("tonic", "", 0),
]


@pytest.mark.parametrize("seed", range(40))
def test_adds_what_the_oracle_adds_to_the_bit(seed: int) -> None:
    dice = np.random.default_rng(seed)
    heads = [READABLE[i] for i in dice.integers(0, len(READABLE), dice.integers(1, 20))]
    row = np.zeros(features.WIDTH, np.int64)
    for family in features.FAMILIES:
        for column in range(family.columns):
            table = column // (family.columns // family.tables)
            said = family.first_id + table * family.count + int(dice.integers(family.count))
            row[family.first_column + column] = said if dice.random() < 0.9 else 0
    raw = dice.normal(0, 3, vocabulary.SIZE + sum(SIZES[kind] for kind, _, _ in heads)).astype(np.float32)
    wanted = headed(heads, row.tolist(), raw)

    made = Heads(heads)
    assert made.outputs == len(raw)
    made.add(row[: made.width].copy(), raw)
    assert raw[: vocabulary.SIZE].tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    "head",
    [
        ("interval", "last_token", 0),
        ("class", "chord", 0),
        ("chord", "last_pitch", 0),
        ("pointer", "last_velocity", 0),
        ("interval", "last_pitch", 1),
        ("interval", "last_pitch", -1),
        ("interval", "nothing", 0),
        ("other", "last_pitch", 0),
    ],
)
def test_a_head_that_cannot_be_is_refused(head: tuple[str, str, int]) -> None:
    with pytest.raises(ValueError, match=r"head"):
        Heads([head])


def test_there_are_only_so_many() -> None:
    with pytest.raises(ValueError, match="at most 64"):
        Heads([("tonic", "", 0)] * 65)
