"""MIDI clock: 24 ticks a beat, sent and followed, with start, stop, continue and song position."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from linnet.live.transport import Transport
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLOCK_TYPES", "ClockFollower", "ClockSender", "TICKS"]

TICKS = 24
"""A quarter note."""

_SIXTEENTH = 6
"""Ticks of the unit of song positions."""

CLOCK_TYPES = ("clock", "start", "stop", "continue", "songpos")

_FEWEST, _MOST = 6, 96
"""Ticks by which the tempo is known, and by which it is known best."""

_JUMP, _IN_A_ROW = 0.15, 6
"""Of a tick: so far off, so many times, is another tempo and no jitter."""


class ClockSender:
    """The messages of a clock that goes with a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._next: int | None = None
        """Tick that is to be sent next, while it runs."""

    def until(self, seconds: float) -> Iterator[tuple[float, Any]]:
        """What is to be sent up to that moment and was not yet: moments and messages of mido."""
        from mido import Message

        transport = self._transport
        if not transport.running:
            if self._next is not None:
                self._next = None
                yield transport.clock(), Message("stop")
            return
        if self._next is None:
            begin = max(math.ceil(transport.beat * TICKS - 1e-6), 0)
            if begin:
                sixteenth = -(-begin // _SIXTEENTH)  # a song goes on at a sixteenth
                self._next = sixteenth * _SIXTEENTH
                yield transport.clock(), Message("songpos", pos=min(sixteenth, 16383))
                yield transport.seconds_at((self._next - 0.5) / TICKS), Message("continue")
            else:
                self._next = 0
                yield transport.clock(), Message("start")
        while (moment := transport.seconds_at(self._next / TICKS)) <= seconds:
            yield moment, Message("clock")
            self._next += 1


class ClockFollower:
    """Keeps a transport with the clock of another machine.

    Ticks come with jitter, as cables and systems have it: a straight line through the latest ones says which
    beat it is, and how fast. Where they leave it for good, the tempo has changed and a new line begins.
    """

    def __init__(self, transport: Transport, *, delay: float = 0.0) -> None:
        """`delay` is how many seconds ticks are on their way."""
        self._transport, self._delay = transport, delay
        self._times: deque[float] = deque(maxlen=_MOST)
        self._tick = 0
        """Number of the next tick."""

        self._away = 0
        self._period = 0.0
        """Seconds from tick to tick; 0: not known."""

    @property
    def known(self) -> bool:
        """Whether the tempo is known."""
        return len(self._times) >= _FEWEST

    def receive(self, message: Any, seconds: float) -> None:
        """A message of the clock, and when it came. Any: mido's."""
        kind = message.type
        if kind == "clock":
            self._hear(seconds - self._delay)
        elif kind == "start":
            self._begin(0)
            self._transport.start(seconds=seconds)
        elif kind == "continue":
            self._transport.start(seconds=seconds, beat=self._tick / TICKS)
            self._begin(self._tick)
        elif kind == "stop":
            self._transport.stop()
        elif kind == "songpos":
            self._tick = message.pos * _SIXTEENTH
            self._times.clear()
            if not self._transport.running:
                self._transport.follow(seconds, self._tick / TICKS, self._transport.bpm)

    def _begin(self, tick: int) -> None:
        """The next tick is this one; how far apart they are may be known from before."""
        self._tick = tick
        self._times.clear()
        self._away = 0

    def _hear(self, seconds: float) -> None:
        running = self._transport.running
        self._times.append(seconds)
        self._tick += running
        if self._period and len(self._times) < _FEWEST:
            back = np.arange(len(self._times))[::-1]
            last = float((np.array(self._times) + back * self._period).mean())
        elif len(self._times) > 1:
            self._period, last = self._line(np.array(self._times))
        else:
            return
        self._away = self._away + 1 if abs(seconds - last) > _JUMP * self._period else 0
        if self._away >= _IN_A_ROW:
            recent = list(self._times)[-_IN_A_ROW:]
            self._times = deque(recent, maxlen=_MOST)
            self._away = 0
            self._period, last = self._line(np.array(recent))
        bpm = 60 / self._period / TICKS
        if running:
            self._transport.follow(last, (self._tick - 1) / TICKS, bpm)
        else:  # a clock may tick before it starts, and says how fast
            self._transport.follow(seconds, self._transport.beat, bpm)

    @staticmethod
    def _line(times: NDArray[np.float64]) -> tuple[float, float]:
        """Seconds from tick to tick, and when the last one was, by a straight line through them."""
        number = np.arange(len(times)) - (len(times) - 1) / 2
        middle = float(times.mean())
        slope = float((number * (times - middle)).sum() / (number**2).sum())
        return max(slope, 1e-4), middle + slope * (len(times) - 1) / 2
