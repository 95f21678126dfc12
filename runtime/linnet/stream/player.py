"""Plays a stream in time: what is heard, what is composed ahead, and where changes fall."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from linnet.stream.composer import Composer
from linnet.stream.segment import Change, Segment, Sound

_BRIEF = 0.005
"""Seconds. A call that may take no longer keeps the GIL: to get it back could take as long."""

_NOTICE = 0.1
"""Seconds. A bar line that is nearer is too near to change what follows it."""


@dataclass(frozen=True, slots=True)
class DueNote:
    """A note that is to be played now."""

    onset: float
    """Seconds from the moment of the call."""

    duration: float
    """Seconds."""

    pitch: int
    """0..127, 60 is middle C."""

    velocity: int
    """1..127."""

    program: int
    """General MIDI program, 0..127."""

    is_drum: bool
    """Whether the drum kit plays it; `pitch` says which drum then."""


class Player:
    """One stream's place in time."""

    def __init__(self, composer: Composer, *, ahead: int) -> None:
        """Nothing is composed yet; `ahead` segments are to be, beyond the one that plays."""
        self.composer = composer
        self.ahead = ahead
        self.ready: deque[Segment] = deque()
        """Composed, and not begun to be heard."""

        self.playing: Segment | None = None
        self.start = 0
        """Where the playing segment began, in units since the music began."""

        self.given = 0
        """Notes of the playing segment that were handed out."""

        self.again = False
        """Whether the playing segment is heard once more."""

        self.clock = 0.0
        """Seconds of music that were heard."""

        self.repeated = 0
        """How often a segment was heard once more."""

    @property
    def full(self) -> bool:
        """Whether it is composed as far ahead as it is meant to be."""
        return len(self.ready) >= self.ahead

    @property
    def segments(self) -> list[Segment]:
        """What was composed to its end and is not over."""
        return [*([self.playing] if self.playing else []), *self.ready]

    # ---- the timeline

    def take(self, end: float) -> list[DueNote]:
        """What begins before `end`, which becomes the present."""
        notes: list[DueNote] = []
        if self.playing is None:
            if not self.ready:
                return notes
            self.playing = self.ready.popleft()
        unit = self.composer.unit
        while True:
            playing = self.playing
            while self.given < len(playing.sounds):
                sound = playing.sounds[self.given]
                onset = (self.start + sound.onset) * unit
                if onset >= end:
                    break
                notes.append(_due(sound, onset - self.clock, unit))
                self.given += 1
            over = self.start + playing.length
            if over * unit >= end:
                break
            self.start, self.given = over, 0
            self.again = not self.ready
            self.repeated += self.again
            if self.ready:
                self.playing = self.ready.popleft()
        self.clock = end
        return notes

    def compose_for(self, budget: float) -> None:
        """Composes ahead for so many seconds."""
        brief, until = budget <= _BRIEF, time.perf_counter() + budget
        while not self.full and (left := until - time.perf_counter()) > 0:
            self.compose_on(left, brief=brief)

    def compose_until(self, end: float) -> None:
        """Composes what begins before `end`."""
        while (self.start + sum(segment.length for segment in self.segments)) * self.composer.unit < end:
            self.compose_one()

    def compose_one(self) -> None:
        """Composes a segment to its end."""
        while not self.compose_on(None):
            pass

    def compose_on(self, seconds: float | None, *, brief: bool = False) -> bool:
        """Goes on with the next segment for so many seconds; whether it is ready."""
        segment = self.composer.compose(seconds, brief=brief)
        if segment is not None:
            self.ready.append(segment)
        return segment is not None

    # ---- changes

    def change(self, change: Change, at: str) -> None:
        """Makes a change at the next bar line, the next beat or now, going back to there if need be."""
        self.composer.check(change)
        if at == "bar":
            self._change_at_line(change, _NOTICE)
        elif self.playing is None or self.again or not self._change_inside(change, at):
            self._change_at_line(change, 0)
        if at != "bar" and self.playing is not None and not self.ready:
            self.compose_one()  # it may be wanted at once

    def glide(self, to: tuple[float, ...], bars: int) -> None:
        """Changes the latent from bar line to bar line; an earlier glide ends where this one begins."""
        glide = tuple(Change({"latent": to}, left) for left in range(bars, 0, -1))
        self.composer.check(glide[0])
        self._change_at_line(glide[0], _NOTICE, later=glide[1:])

    def _change_at_line(self, change: Change, notice: float, later: Sequence[Change] = ()) -> None:
        """From the next bar line on that is not too near: goes back to it if it was composed already.

        Changes of the same latent that were to come are taken back; those `later` come bar by bar after it.
        """
        composer = self.composer
        begun = [*self.ready, *([composer.current] if composer.current else [])]
        k = 0
        if self.playing is not None:
            left = (self.start + self.playing.length) * composer.unit - self.clock
            k = int(left < notice)
        schedule = [*(segment.changes for segment in begun[k:]), *composer.schedule, (), ()]
        place = max(k - len(begun), 0)
        if change.glides:
            schedule[place:] = [tuple(c for c in bar if not c.glides) for bar in schedule[place:]]
        schedule += [()] * (place + 1 + len(later) - len(schedule))
        for bar, each in enumerate((change, *later), place):
            schedule[bar] += (each,)
        if begun[k:]:
            composer.go_back(begun[k])
            while len(self.ready) > k:
                self.ready.pop()
        while not schedule[-1]:
            schedule.pop()
        composer.schedule = deque(schedule)

    def _change_inside(self, change: Change, at: str) -> bool:
        """From the next onset on at or after this moment, or the next beat; False where the bar has none."""
        composer, playing = self.composer, self.playing
        assert playing is not None
        tick = playing.tick(math.ceil(self.clock / composer.unit) - self.start)
        if at == "beat":
            tick = playing.next_beat(tick)
        if tick >= playing.end:
            return False
        current = [composer.current] if composer.current else []
        later = [*(segment.changes for segment in (*self.ready, *current)), *composer.schedule]
        composer.schedule.clear()
        self.ready.clear()
        if tick <= playing.begin:  # nothing of it was heard
            composer.go_back(playing)
            composer.schedule.append((*playing.changes, change))
            self.compose_one()
            self.playing = self.ready.popleft()
        elif (head := composer.cut(playing, tick)) is not None:
            self.playing = head
            composer.schedule.append((change,))
        else:  # it stands at the bar line
            first = later.pop(0) if later else ()
            composer.schedule.append((*first, change))
        composer.schedule.extend(later)
        return True


def _due(sound: Sound, onset: float, unit: float) -> DueNote:
    return DueNote(onset, sound.duration * unit, sound.pitch, sound.velocity, sound.program, sound.track < 0)
