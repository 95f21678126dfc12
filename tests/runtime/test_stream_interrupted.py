"""Ctrl-C at any point leaves a stream as it was, or as it is after the call: never half done."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

import linnet
from tests.runtime.streams import TINY, even, listen

CASES = 25
"""Interruptions of each call, at points chosen from all its bytecodes."""

Step = Callable[[linnet.Stream], object]


def nothing(stream: linnet.Stream) -> None:
    """What most begin with."""


def wished_now(stream: linnet.Stream) -> None:
    """The bar that plays is to be cut."""
    stream.wish(density=2, at="now")


CALLS: dict[str, tuple[Step, Step]] = {
    "save": (nothing, lambda stream: stream.save()),
    "fork": (nothing, lambda stream: stream.fork()),
    "prepare": (nothing, lambda stream: stream.prepare()),
    "advance": (nothing, lambda stream: stream.advance(0.7, budget=None)),
    "advance within a budget": (nothing, lambda stream: stream.advance(0.01, budget=0.005)),
    "a hitch": (nothing, lambda stream: stream.advance(1000)),
    "wish": (nothing, lambda stream: stream.wish(density=2, bpm=90)),
    "wish now": (nothing, wished_now),
    "restrict": (nothing, lambda stream: stream.restrict(pitch_range=(60, 72), at="beat")),
    "prepare after a wish": (wished_now, lambda stream: stream.prepare()),
    "advance after a wish": (wished_now, lambda stream: stream.advance(0.7, budget=None)),
    "save after a wish": (wished_now, lambda stream: stream.save()),
}


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


class Interrupter:
    """Counts the bytecodes that Python runs under a call, and raises KeyboardInterrupt before one of them."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.count = at, 0

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:  # what settrace asks for
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.count += 1
            if self.count == self.at:
                raise KeyboardInterrupt
        return self

    def run(self, call: Callable[[], object]) -> bool:
        """Whether it was interrupted."""
        tracing = sys.gettrace()
        sys.settrace(self)
        try:
            call()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(tracing)
        return False


def under_way(model: linnet.Model, **settings: Any) -> linnet.Stream:
    """A stream in the midst of a bar, with a change to come."""
    stream = even(model, form="AAB", **settings)
    listen(stream, 4.6)
    stream.wish(density=4)
    return stream


def check(
    begin: Callable[[], linnet.Stream],
    call: Step,
    dice: random.Random,
    hear: Callable[[linnet.Stream], object],
) -> None:
    """The stream is one of two, before the call or after it, and goes on as that one does."""
    before, after, whole = begin(), begin(), Interrupter()
    whole.run(lambda: call(after))
    states = {stream.save(): hear(stream) for stream in (before, after)}
    interrupted = 0
    for _ in range(CASES):
        stream = begin()
        interrupted += Interrupter(dice.randint(1, whole.count)).run(partial(call, stream))
        state = stream.fork().save()
        assert state in states
        assert hear(stream) == states[state]
    assert interrupted > CASES // 3  # with a budget, a call comes less far on a busy machine


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_interrupted_is_done_or_not_begun(model: linnet.Model, name: str) -> None:
    first, call = CALLS[name]
    saved = under_way(model).save()

    def begin() -> linnet.Stream:
        stream = model.restore(saved)
        stream.advance(0.001, budget=0.0003)  # some of what comes is composed
        first(stream)
        return stream

    check(begin, call, random.Random(name), lambda stream: listen(stream, 5))


def test_reading_tokens_too(model: linnet.Model) -> None:
    def begin() -> linnet.Stream:
        stream = model.stream(seed=1)
        stream.tokens(40)
        stream.wish(density=2)
        return stream

    dice, whole = random.Random(1), Interrupter()
    unread, read = begin(), begin()
    whole.run(lambda: read.tokens(60))
    ends = [unread.tokens(100), read.tokens(100)]
    for _ in range(100):
        stream = begin()
        Interrupter(dice.randint(1, whole.count)).run(partial(stream.tokens, 60))
        assert (stream if dice.random() < 0.5 else stream.fork()).tokens(100) in ends


def test_gliding_too() -> None:
    model = linnet.load(TINY.with_name("tiny-latent.onnx"))
    goal = [1.0] * model.sample_latent(1).size
    saved = model.stream(seed=1).save()
    check(
        lambda: model.restore(saved),
        lambda stream: stream.glide(goal, bars=3),
        random.Random(2),
        lambda stream: listen(stream, 5),
    )


@pytest.mark.parametrize("worker", [False, True])
def test_real_interrupts_leave_the_music_as_it_is(model: linnet.Model, worker: bool) -> None:
    """200 of them, at any time, in the midst of all there is to do; the music stays that of the seed."""
    dice, main = random.Random(5), threading.main_thread().ident
    assert main is not None
    expected = listen(even(model), 60, step=0.05)
    stream, heard, clock = even(model, worker=worker), list[Any](), 0.0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(200):
            wait = dice.uniform(0, 0.004)
            rung = threading.Event()

            def ring(wait: float = wait, rung: threading.Event = rung) -> None:
                time.sleep(wait)
                signal.pthread_kill(main, signal.SIGINT)
                rung.set()

            thread = threading.Thread(target=ring)
            try:
                thread.start()
                while not rung.is_set():
                    stream.prepare()
                    stream.save()
                    stream.wish(density=None)
                    stream.fork()
                thread.join()
                time.sleep(0.01)
            except KeyboardInterrupt:
                rung.wait(5)
            stream.prepare()
            now = stream.seconds
            heard += [(now + note.onset, note.pitch) for note in stream.advance(0.05, budget=None)]
            clock += 0.05
    finally:
        signal.signal(signal.SIGINT, before)
        stream.close()

    assert stream.seconds == pytest.approx(clock)
    assert [(round(onset, 6), pitch) for onset, pitch in heard] == [
        (onset, pitch) for onset, _, pitch, *_ in expected if onset < stream.seconds - 1e-9
    ]
