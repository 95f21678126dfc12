"""A loop's piece as bytes: what is read is what was written, and damage is noticed or does no harm."""

import contextlib
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet import _core
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet.tokens import features, vocabulary
from linnet.tokens.vocabulary import FAMILIES

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
BOS = FAMILIES["bos"].first
PLACE = 898
"""Of `now`, `bar_start` and `bars`, behind the rules, the time base, wishes, chords, roles, shift, source."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def begun(engine: Engine, seed: int, base: str = "grid", **rules: Any) -> _core.Loop:
    tracker = _core.Tracker(base)
    tracker.restrict(**{"endless": True, **rules})
    return engine.loop(_core.Piece(tracker, _core.Rng(seed, stream=3), script=[BOS]))


def bag_and_mask(tracker: _core.Tracker) -> tuple[bytes, bytes]:
    row, mask = np.zeros(features.WIDTH, np.int64), np.zeros(vocabulary.SIZE, np.uint8)
    tracker.features(row)
    tracker.mask(mask)
    return row.tobytes(), mask.tobytes()


def counted(tracker: _core.Tracker) -> tuple[int, int, int]:
    return tracker.interventions, tracker.parallels, tracker.crossings


@pytest.mark.parametrize("case", range(16))
def test_what_was_saved_goes_on_as_if_it_had_not_been(engine: Engine, case: int) -> None:
    dice = random.Random(case)
    rules: dict[str, Any] = {"fixed_meter": dice.random() < 0.5}
    if dice.random() < 0.5:
        rules |= {"ranges": [(40, 80)], "polyphony": [2], "longest": 50, "slots": 2, "scale": [0, 2, 4, 7, 9]}
    if dice.random() < 0.5:
        rules |= {"polyphony": [1], "parallels": dice.randrange(3), "crossing": dice.randrange(3)}
    loop = begun(engine, case, dice.choice(("grid", "performance")), **rules)
    loop.tracker.wish([dice.choice((0, 1, 2)) for _ in features.WISHES])
    loop.play(dice.choice((1, 2, 3, 50, 700, 20_000)) + dice.randrange(20))
    if dice.random() < 0.5:
        loop.tracker.set_source(dice.choice(("nowhere", 1, 2, 4, 8)))
        loop.tracker.set_shift(dice.choice((None, -6, -1, 0, 5)))
        loop.tracker.set_roles([dice.randrange(12) for _ in range(dice.randrange(17))])
        loop.tracker.plan_chords([[dice.randrange(86) for _ in range(8)] for _ in range(dice.randrange(5))])
        loop.play(dice.randint(0, 5))
    saved = loop.save()
    other = begun(engine, 99, "grid")
    other.load(saved)
    assert other.save() == saved
    for _ in range(400):
        assert bag_and_mask(other.tracker) == bag_and_mask(loop.tracker)
        assert counted(other.tracker) == counted(loop.tracker)
        assert other.step() == loop.step()


def test_a_long_piece_has_a_small_snapshot(engine: Engine) -> None:
    loop = begun(engine, 1)
    loop.play(20_000)

    assert len(loop.save()) < 50_000


def test_what_has_not_begun_cannot_be_saved(engine: Engine) -> None:
    with pytest.raises(ValueError, match="has begun"):
        begun(engine, 1).save()


@pytest.mark.parametrize("size", [0, 1, 31, 32, 100])
def test_a_part_of_a_snapshot_is_refused(engine: Engine, size: int) -> None:
    loop = begun(engine, 1)
    loop.play(100)
    saved, before = loop.save(), list(loop.tokens)
    for damaged in (saved[:size], saved[:-1], saved + b"\0"):
        with pytest.raises(ValueError, match="damaged"):
            loop.load(damaged)
    assert loop.save() == saved
    assert loop.tokens == before


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (PLACE, 2**51),  # so far on that the sums of the grammar would leave their range
        (PLACE + 16, 2**60),
        (PLACE + 16, 1),  # a running bar that holds what is still to come
    ],
    ids=["tick", "bars", "another bar"],
)
def test_a_place_where_no_piece_comes_is_refused(engine: Engine, place: int, value: int) -> None:
    loop = begun(engine, 1)
    loop.play(until=loop.tracker.bar_end * 4)
    while loop.tracker.now != loop.tracker.bar_start:
        loop.step()
    head = 32 + sum(state.nbytes for state in engine.start())
    saved = bytearray(loop.save())
    assert struct.unpack_from("<qqq", saved, head + PLACE) == (
        loop.tracker.now,
        loop.tracker.now,
        loop.tracker.bars,
    )
    saved[head + place : head + place + 8] = struct.pack("<q", value)
    with pytest.raises(ValueError, match="damaged"):
        begun(engine, 2).load(bytes(saved))


def test_damage_is_noticed_or_does_no_harm(engine: Engine) -> None:
    dice = random.Random(5)
    loop, other = begun(engine, 1), begun(engine, 2)
    loop.play(500)
    saved, refused = loop.save(), 0
    for _ in range(400):
        damaged = bytearray(saved)
        for _ in range(dice.choice((1, 1, 2, 10, 100))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            other.load(bytes(damaged))
        except ValueError:
            refused += 1
            continue
        with contextlib.suppress(
            ValueError, ModelError
        ):  # a state of nonsense may leave the sampler without a
            # logit, or be refused by the network
            other.play(30)
    assert 0 < refused < 400
