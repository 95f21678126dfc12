"""Streams that are saved, restored and forked."""

from __future__ import annotations

import json
import math
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

import linnet
from tests.runtime.streams import TINY, Heard, even, listen


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


@pytest.mark.parametrize("case", range(25))
def test_a_saved_stream_goes_on_as_if_it_had_not_been(model: linnet.Model, case: int) -> None:
    dice = random.Random(case)
    stream = model.stream(
        seed=case, ahead=dice.randint(1, 4), form=dice.choice(["", "AAB"]), guidance=1 + case % 2
    )
    for _ in range(dice.randint(0, 6)):
        at: Any = dice.choice(["bar", "beat", "now"])
        steps: list[Callable[[], object]] = [
            lambda: listen(stream, dice.uniform(0.1, 9)),
            lambda at=at: stream.wish(density=dice.choice([None, 1, 4]), at=at),  # type: ignore[misc]
            lambda at=at: stream.wish(bpm=dice.choice([None, 90, 133]), at=at),  # type: ignore[misc]
            lambda at=at: stream.wish(temperature=dice.uniform(0.5, 1.2), at=at),  # type: ignore[misc]
            lambda at=at: stream.restrict(scale=[0, 2, 4, 5, 7, 9, 11], at=at),  # type: ignore[misc]
            lambda: stream.advance(dice.uniform(0, 3), budget=0),
        ]
        for step in dice.choices(steps, k=3):
            step()
    other = model.restore(stream.save())

    assert (other.seconds, other.repeated) == (stream.seconds, stream.repeated)
    for after in (stream, other):
        after.prepare()  # so that neither has less time to compose
    for _ in range(3):
        assert listen(other, 8) == listen(stream, 8)
        for both in (stream, other):
            both.wish(density=2, at="now")
            both.restrict(scale="D major")


def test_a_worker_may_take_over_a_restored_stream(model: linnet.Model) -> None:
    stream = model.stream(seed=8)
    listen(stream, 5)
    with model.restore(stream.save(), worker=True) as other:
        other.prepare()
        stream.prepare()

        assert listen(other, 2) == listen(stream, 2)


def test_saving_does_not_disturb(model: linnet.Model) -> None:
    quiet, saved = model.stream(seed=8), model.stream(seed=8)
    heard: tuple[Heard, Heard] = ([], [])
    for _ in range(30):
        heard[0].extend(listen(quiet, 0.7))
        heard[1].extend(listen(saved, 0.7))
        saved.save()

    assert heard[0] == heard[1]


def test_a_change_falls_on_the_same_bar_line_however_the_tokens_were_read(model: linnet.Model) -> None:
    for count in range(60, 90):  # at a bar line, right after it, and inside the bar
        at_once, one_by_one = model.stream(seed=1), model.stream(seed=1)
        assert at_once.tokens(count) == [one_by_one.tokens(1)[0] for _ in range(count)]
        for stream in (at_once, one_by_one):
            stream.restrict(pitch_range=(72, 83))
        assert at_once.tokens(60) == [one_by_one.tokens(1)[0] for _ in range(60)]


def test_a_stream_that_is_read_can_be_saved(model: linnet.Model) -> None:
    stream = model.stream(seed=8)
    once = stream.tokens(700)
    stream.wish(density=2)
    other = model.restore(stream.save())

    assert other.tokens(800) == stream.tokens(800)
    fresh = model.restore(model.stream(seed=8).save())
    assert fresh.tokens(700) == once


def test_forks_go_their_own_ways(model: linnet.Model) -> None:
    stream = even(model)
    listen(stream, 3)
    calm, danger = stream.fork(), stream.fork()
    danger.restrict(pitch_range=(72, 83))

    assert listen(calm, 20) == listen(stream, 20)
    assert all(72 <= note[2] <= 83 for note in listen(danger, 20) if note[0] >= 4)


def test_a_stream_of_another_model_is_refused(model: linnet.Model, folk: linnet.Model) -> None:
    with pytest.raises(linnet.SnapshotError, match="another model: tiny"):
        folk.restore(model.stream(seed=1).save())


def test_damage_is_refused_in_one_line(model: linnet.Model) -> None:
    saved = model.stream(seed=1).save()
    later = bytearray(saved)
    later[13] += 1
    for damaged in (b"", b"x", saved[:20], saved[:-1], saved + b"x", bytes(100), bytes(later)):
        with pytest.raises(linnet.SnapshotError):
            model.restore(damaged)
    with pytest.raises(linnet.SnapshotError, match="format 13, this linnet reads format 12"):
        model.restore(bytes(later))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clock", "x"),
        ("clock", math.nan),  # no number is above it: to play up to it would take for ever
        ("clock", 1e300),
        ("clock", 0.0),  # what is heard was heard later
        ("schedule", [[{"options": {}}]]),
        ("schedule", [[{"options": {"hope": 1}, "bars": 1}]]),
        ("schedule", [[{"options": {"primer": 1}, "bars": 1}]]),
        ("schedule", [[{"options": {"density": 99}, "bars": 1}]]),
        ("schedule", [[{"options": {"density": 3}, "bars": 0}]]),
        ("ahead", None),
        ("ahead", 10**9),
        ("place.tempo", 0),  # bars of no length
        ("start", -(2**70)),
        ("given", -5),
        ("given", 10**6),
        ("playing", None),
        ("playing", 1),
        ("line", 10**30),
        ("place.request.first", -(2**63)),  # the plan's bar of that number is far outside it
        ("place.request.form", "A" * 10**6),
        ("place.request.form", 5),
        ("place.request.seed", -1),
        ("place.request.key", 24),
        ("place.request.wishes", [1]),
        ("place.request.wishes", [99] * 11),
        ("place.request.wishes", [0.5] * 11),
        ("place.request.scale", "H major"),
        ("place.request.latent", [0.5]),
        ("opening", [672]),
        ("read", True),
        ("place.request.instrument", 128),
        ("place.request", {}),
        ("place.request.options", {"hope": 1}),
        ("place.request.options.bpm", 0),
        ("place.request.options.programs", [999]),
        ("place.request.options.top_k", 1.5),
        ("place.request.options.guidance", 2.0),  # it needs another state of the network
        ("place.request.options.guidance", 99),
    ],
)
def test_facts_that_make_no_sense_are_damage(model: linnet.Model, name: str, value: object) -> None:
    stream = model.stream(seed=1)
    listen(stream, 5)
    saved = stream.save()
    head = struct.calcsize("<13sBI")
    magic, version, length = struct.unpack_from("<13sBI", saved)
    plain = zlib.decompress(saved[head:])
    facts = json.loads(plain[:length])
    *path, last = name.split(".")
    place = facts
    for key in path:
        place = place[key]
    assert last in place
    place[last] = value
    text = json.dumps(facts).encode()
    forged = struct.pack("<13sBI", magic, version, len(text)) + zlib.compress(text + plain[length:])
    with pytest.raises(linnet.SnapshotError, match="damaged"):
        model.restore(forged)


def test_a_nest_without_end_is_damage(model: linnet.Model) -> None:
    text = b"[" * 500_000
    forged = struct.pack("<13sBI", b"linnet stream", 12, len(text)) + zlib.compress(text)
    with pytest.raises(linnet.SnapshotError, match="damaged"):
        model.restore(forged)
