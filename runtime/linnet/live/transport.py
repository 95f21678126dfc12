"""Which beat it is: the time that two players share."""

from __future__ import annotations

import bisect
import math
import threading
import time
from collections.abc import Callable

__all__ = ["Transport"]


_BRIEF = 0.2
"""Seconds between two lines that are kept, at least."""

_MOST = 100_000
"""Lines that are kept, at most: hours, even beside a clock."""


class Transport:
    """Beats by seconds, and seconds by beats: straight lines, one after the other.

    A beat is a quarter note. Seconds are those of `clock`. Any thread may ask and tell.
    """

    def __init__(self, bpm: float = 100.0, clock: Callable[[], float] = time.perf_counter) -> None:
        """Stands still at beat 0 until `start`."""
        self.clock = clock
        self._lock = threading.Lock()
        self._now = (clock(), 0.0, bpm)
        """Seconds, beat and quarter notes a minute, from there on."""

        self._lines = [self._now]

        self.running = False
        self.restarts = 0
        """How often it jumped."""

    @property
    def bpm(self) -> float:
        """Quarter notes a minute now."""
        return self._now[2]

    def beat_at(self, seconds: float) -> float:
        """The beat then, as far as is known now."""
        start, beat, bpm = self._now
        return beat + (seconds - start) * bpm / 60

    def seconds_at(self, beat: float) -> float:
        """When a beat comes, if nothing changes."""
        start, first, bpm = self._now
        return start + (beat - first) * 60 / bpm

    @property
    def beat(self) -> float:
        """The beat now; where it stands still, the one at which it goes on."""
        return self.beat_at(self.clock()) if self.running else self._now[1]

    def start(self, *, seconds: float | None = None, beat: float = 0.0) -> None:
        """Runs from now on, or from this moment, at this beat."""
        self.restarts += 1
        self._add(self.clock() if seconds is None else seconds, beat, self.bpm)
        self.running = True

    def stop(self) -> None:
        """Stands still at the beat that is now."""
        if self.running:
            now = self.clock()
            self._add(now, self.beat_at(now), self.bpm)
            self.running = False

    def to_tempo(self, bpm: float, *, seconds: float | None = None) -> None:
        """Goes on as fast as this from now, or from this moment, on."""
        moment = self.clock() if seconds is None else seconds
        self._add(moment, self.beat_at(moment) if self.running else self._now[1], bpm)

    def follow(self, seconds: float, beat: float, bpm: float) -> None:
        """It is this beat at this moment, and goes on as fast as that: what a master says, or a player."""
        self._add(seconds, beat, bpm)

    def restart(self, seconds: float, beat: float, bpm: float) -> None:
        """As `follow`, and what was said of the time since then is forgotten: it was a guess."""
        with self._lock:
            while self._lines and self._lines[-1][0] >= seconds:
                self._lines.pop()
            self._now = (seconds, beat, bpm)
            self._lines.append(self._now)
            self.restarts += 1
        self.running = True

    def past(self, seconds: float) -> float:
        """The beat that it was at a moment, by what was known then."""
        start, beat, bpm = self._lines_from(seconds)[0]
        return beat + (seconds - start) * bpm / 60

    def tempos(self, since: float) -> list[tuple[float, float]]:
        """Beats and quarter notes a minute from there on, of what has been since a moment."""
        return [(beat, bpm) for _, beat, bpm in self._lines_from(since)]

    def _lines_from(self, seconds: float) -> list[tuple[float, float, float]]:
        with self._lock:
            first = bisect.bisect_right(self._lines, (seconds, math.inf, 0.0)) - 1
            return self._lines[max(first, 0) :]

    def _add(self, seconds: float, beat: float, bpm: float) -> None:
        with self._lock:
            while len(self._lines) > 1 and self._lines[-1][0] >= seconds - _BRIEF:
                self._lines.pop()  # nothing to speak of was played in between
            self._now = (seconds, beat, bpm)
            self._lines.append(self._now)
            if len(self._lines) > _MOST:
                del self._lines[: _MOST // 2]
