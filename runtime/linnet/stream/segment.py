"""A stretch of a stream's music, where it began, and what changed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from linnet._core import Mark
from linnet.controls.loudness import Dynamics
from linnet.controls.request import Request
from linnet.generation.parts import Counts
from linnet.tokens.decoder import Reader


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different from the beginning of a segment on."""

    options: Mapping[str, Any]  # as `Options` keeps them
    """Plain values by name; None for what is taken back."""

    bars: int = 1
    """Of a latent: in how many bars, from here on, the music gets there."""

    @property
    def glides(self) -> bool:
        """Whether it is a step on the way to another latent."""
        return "latent" in self.options


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment begins, and all it takes to compose it again."""

    mark: Mark
    reader: Reader
    request: Request
    tempo: int
    """Units a tick."""

    tick: int
    counts: Counts
    dynamics: Dynamics
    """What was heard before it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A note in a segment. Times are counted in units, see `clock`."""

    onset: int
    duration: int
    pitch: int
    velocity: int
    program: int
    track: int
    """-1 for drums."""

    tick: int
    """Where it stands on the grid, which drums may be a little before or after."""


@dataclass(slots=True)
class Segment:
    """Some music and where it came from."""

    place: Place
    changes: tuple[Change, ...]
    begin: int
    """Ticks; so are `end` and the lines. It is inside its bar where the bar was changed in its midst."""

    bar_start: int
    bar_end: int
    beat: int
    given: int
    """Tokens at its beginning that the changes gave."""

    tokens: list[int] = field(default_factory=list)
    end: int = 0
    tempos: list[tuple[int, int]] = field(default_factory=list)
    """(tick, units a tick from there on), the first at `begin`."""

    sounds: list[Sound] = field(default_factory=list)
    length: int = 0
    """In units."""

    after: Place | None = None
    """Where the music goes on, once the segment is finished."""

    def next_beat(self, tick: int) -> int:
        """The first beat at this tick or after it."""
        return self.bar_end - (self.bar_end - tick) // self.beat * self.beat

    def units(self, tick: int) -> int:
        """From the segment's beginning to a tick."""
        ends = [later for later, _ in self.tempos[1:]] + [tick]
        return sum(
            (min(end, tick) - begin) * tempo
            for (begin, tempo), end in zip(self.tempos, ends, strict=True)
            if begin < tick
        )

    def tick(self, units: int) -> int:
        """The first tick at so many units from the beginning, or after them."""
        begin, tempo = list(takewhile(lambda change: self.units(change[0]) <= units, self.tempos))[-1]
        return begin - (self.units(begin) - units) // tempo
