"""The entry points of linnet._core under any buffers and arguments: an answer, or a Python exception."""

from __future__ import annotations

import array
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from linnet import _core
from linnet.engine.engine import Engine
from linnet.tokens import features, vocabulary

_SIZES = (0, 1, 10, 11, features.WIDTH - 1, features.WIDTH, vocabulary.SIZE - 1, vocabulary.SIZE, 2000)
_TYPES = (np.uint8, np.int8, np.uint16, np.int32, np.int64, np.uint64, np.float16, np.float32, np.float64)
_TYPES += (np.bool_, np.complex64, ">i8", ">f4", "S3", "U1", "M8[s]")
_NUMBERS = (0, 1, 2, -1, 7, 11, 127, 255, 671, 672, 2**31, -(2**31), 2**63, 2**64 - 1, 2**64, 10**30)
_OTHERS = (
    None,
    True,
    1.5,
    -0.5,
    float("nan"),
    float("inf"),
    1e300,
    "",
    "grid",
    "anywhere",
    b"x",
    (),
    [1, 2],
    {},
)


def _buffer(dice: random.Random) -> Any:
    """Something that may have a buffer, and seldom the right one."""
    kind, size = dice.randrange(12), dice.choice(_SIZES)
    if kind == 0:
        return dice.choice(_OTHERS)
    if kind == 1:
        return bytearray(size)
    if kind == 2:
        return bytes(size)
    if kind == 3:
        return array.array(dice.choice("bBhHiIlLqQfd"), [0] * size)
    if kind == 4:
        return memoryview(bytearray(size * 8 + 9))[1 : 1 + size * 8].cast(
            dice.choice("BHilqfd")
        )  # out of line
    values = np.zeros(size, dice.choice(_TYPES))
    if values.dtype.kind in "fiu" and dice.random() < 0.5:
        values = np.frombuffer(dice.randbytes(values.nbytes), values.dtype).copy()
    shape = dice.randrange(8)
    if shape == 0:
        return values[::2]
    if shape == 1:
        return values[::-1]
    if shape == 2:
        return values.reshape(1, -1)
    if shape == 3:
        return values.reshape(-1, 1).T
    if shape == 4:
        values.flags.writeable = False
    if shape == 5:
        return values.reshape(*(1,) * 9, -1)
    return values


def _number(dice: random.Random) -> Any:
    return dice.choice(_OTHERS) if dice.random() < 0.2 else dice.choice(_NUMBERS)


def _numbers(dice: random.Random) -> Any:
    if dice.random() < 0.2:
        return _buffer(dice)
    return [_number(dice) for _ in range(dice.choice((0, 1, 2, 3, 11, 16, 17, 40)))]


def _calls(
    dice: random.Random, engine: Engine, tracker: _core.Tracker, loop: _core.Loop
) -> list[Callable[[], Any]]:
    def b() -> Any:
        return _buffer(dice)

    def n() -> Any:
        return _number(dice)

    def many() -> Any:
        return _numbers(dice)

    def piece() -> _core.Piece:
        tracker = _core.Tracker(dice.choice(("grid", "performance")))
        return _core.Piece(
            tracker, _core.Rng(1), script=many(), temperature=n(), top_k=n(), top_p=n(), min_p=n()
        )

    def loop_of() -> _core.Loop:
        states = [(state.input, state.output, b()) for state in engine.info.states]
        return _core.Loop(engine._session, states[: dice.randrange(3)], [piece()])

    rng, one, session = _core.Rng(1), loop.pieces[0], engine._session
    rules = (
        "scale",
        "ranges",
        "polyphony",
        "programs",
        "slot_programs",
        "drums",
        "slots",
        "bars",
        "ticks",
        "longest",
        "endless",
    )
    return [
        lambda: _core.sample(b(), mask=b(), temperature=n(), top_k=n(), top_p=n(), min_p=n(), rng=rng),
        lambda: _core.sample(b(), rng=rng),
        lambda: _core.Rng(n(), stream=n()).uniform(),
        lambda: setattr(rng, "state", (n(), n())),
        lambda: setattr(one, "rng", many()),
        lambda: (_core.exp(n()), _core.log(n())),
        lambda: tracker.advance(n()),
        lambda: tracker.mask(b()),
        lambda: tracker.features(b()),
        lambda: tracker.features_of(b(), b(), b()),
        lambda: tracker.features_of(np.zeros(4, np.uint16), b(), np.zeros(4 * features.WIDTH, np.int32)),
        lambda: tracker.wish(many()),
        lambda: tracker.set_source(n()),
        lambda: tracker.restrict(**{dice.choice(rules): dice.choice((n, many))()}),
        lambda: tracker.restrict(ranges=[many(), many()]),
        lambda: one.set_sampling(temperature=n(), top_k=n(), top_p=n(), min_p=n()),
        lambda: one.plan([(n(), n(), {n(): n()}), (4, n(), {n(): 1})], again=n(), first=n()),
        lambda: one.cadence(n(), line=many(), chord=many(), notes=n()),
        lambda: loop.append(n()),
        lambda: loop.follow(many()),
        lambda: loop.play(min(n(), 50), until=n(), seconds=n(), brief=bool(n())),
        lambda: loop.load(b()),
        lambda: loop.load(dice.randbytes(2000)),
        lambda: loop.rewind(n()),
        lambda: loop_of().play(3),
        lambda: _core.Session(
            b(),
            threads=dice.choice((1, 0, -1, 2**31 - 1, 2**40, None)),
            settings=dice.choice((None, n(), {"a": "b"}, {"session.x": n()})),
        ),
        lambda: session.run({"features": b(), "h_0": b(), "c_0": b()}, {"logits": b()}),
        lambda: session.run({"features": b()}, {n(): b()}),
        lambda: session.run(n(), n()),
    ]


def fuzz(engine: Engine, count: int, seed: int) -> int:
    """So many calls; how many were answered. After each the tracker and the loop go on as ever."""
    answered, dice = 0, random.Random(seed)
    mask, row = np.zeros(vocabulary.SIZE, np.uint8), np.zeros(features.WIDTH, np.int64)
    for number in range(count):
        if number % 50 == 0:
            tracker = _core.Tracker()
            loop = engine.loop(_core.Piece(_core.Tracker(), _core.Rng(seed), script=[1]))
            loop.play(20)
        try:
            dice.choice(_calls(dice, engine, tracker, loop))()
            answered += 1
        except SystemError:  # C that says neither yes nor no
            raise
        except Exception:  # whatever it says: the arguments were wrong
            pass
        allowed = tracker.mask(mask)
        assert allowed == mask.sum()
        assert allowed > 0 or tracker.finished
        tracker.features(row)
        assert 0 <= row.min() <= row.max() < features.COUNT
    return answered
