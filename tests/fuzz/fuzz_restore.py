"""Saved streams that are damaged or made up: a SnapshotError, or a stream that plays."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

import linnet
from linnet.model import Model
from linnet.stream import Stream, snapshot
from tests.fuzz.mutate import other_bytes, other_json
from tests.fuzz.watch import within

_SECONDS = 20
"""For one input; usual is some milliseconds."""


def streams(model: Model) -> list[bytes]:
    """Streams in several moods, saved."""
    saved = [model.stream(seed=1).save()]
    heard = model.stream(seed=2, bpm=100, key="D major", form="AABA", ahead=3)
    heard.advance(7.3, budget=None)
    saved.append(heard.save())
    heard.wish(density=3)
    heard.wish(bpm=140, at="beat")
    heard.restrict(longest=1, pitch_range=[("C3", "C6"), (40, 90)], scale=[0, 2, 4, 7], at="now")
    saved.append(heard.save())
    heard.advance(60, budget=None)
    heard.wish(temperature=0.8, top_k=30)
    saved.append(heard.save())
    heard.wish(mood="sad", key=None)
    heard.advance(2, budget=None)
    heard.wish(mood=(0.5, 1))
    saved.append(heard.save())
    read = model.stream(seed=4, polyphony=3)
    read.tokens(3)
    saved.append(read.save())
    read.tokens(600)
    return [*saved, read.save()]


def _pack(text: bytes, piece: bytes) -> bytes:
    head = struct.pack(snapshot._HEAD, snapshot._MAGIC, snapshot._VERSION, len(text))
    return head + zlib.compress(text + piece, 1)


def _unpack(saved: bytes) -> tuple[bytes, bytes]:
    head = struct.calcsize(snapshot._HEAD)
    length = struct.unpack_from(snapshot._HEAD, saved)[2]
    text = zlib.decompress(saved[head:])
    return text[:length], text[length:]


def mutant(dice: random.Random, saved: bytes) -> bytes:
    """One of many ways in which a saved stream can be wrong."""
    kind = dice.randrange(8)
    if kind == 0:
        return other_bytes(dice, saved)
    text, piece = _unpack(saved)
    if kind < 4:
        return _pack(text, other_bytes(dice, piece))
    if kind == 4:
        return _pack(other_bytes(dice, text), piece)
    return _pack(other_json(dice, text).encode(), piece)


def play(dice: random.Random, stream: Stream) -> None:
    """A stream that was accepted does all that streams do."""
    read = stream._read or (dice.random() < 0.2 and not stream._player.is_heard)
    for _ in range(4):
        if read:
            tokens = stream.tokens(dice.choice((1, 30, 100)))
            assert all(0 <= token < linnet.vocabulary.SIZE for token in tokens)
            continue
        dt = dice.choice((0.016, 0.3, 2.0))
        for note in stream.advance(dt, budget=None):
            assert 0 <= note.onset < dt, note
            assert note.duration > 0, note
            assert 0 <= note.pitch <= 127, note
            assert 1 <= note.velocity <= 127, note
            assert 0 <= note.program <= 127, note
    at: Any = "bar" if read else dice.choice(("bar", "beat", "now"))
    stream.wish(density=2, at=at)
    stream.restrict(longest=1.5, at=at)
    other = stream.fork()
    for _ in range(2):
        assert (
            (other.tokens(40) == stream.tokens(40))
            if read
            else (other.advance(1, budget=None) == stream.advance(1, budget=None))
        )


def fuzz(
    model: Model, count: int, seed: int, *, report: Callable[[bytes, Exception], None] | None = None
) -> int:
    """Tries so many damaged streams; how many were accepted all the same."""
    saved, accepted = streams(model), 0
    for number in range(count):
        dice = random.Random(f"{seed} {number}")
        data = mutant(dice, dice.choice(saved))
        try:
            with within(_SECONDS):
                try:
                    stream = model.restore(data)
                except linnet.SnapshotError:
                    continue
                accepted += 1
                play(dice, stream)
        except Exception as error:
            if report is None:
                raise AssertionError(f"seed {seed}, number {number}") from error
            report(data, error)
    return accepted
