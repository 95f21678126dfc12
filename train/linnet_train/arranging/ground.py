"""The ground that a band plays on: the chords of some bars, beat by beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from linnet.music.chord import Chord

EIGHTH, QUARTER = 12, 24
"""In ticks."""

LOUD, SOFT = 92, 78
"""Velocities."""

Row = tuple[int, int, int, int]
"""Onset, duration, pitch, velocity."""


class Stretch(NamedTuple):
    """A chord, and how long it lasts in its bar."""

    first: int
    end: int
    """Ticks."""

    chord: Chord


@dataclass(frozen=True, slots=True)
class Ground:
    """Chords under some bars; times are ticks from their beginning."""

    chords: tuple[Chord, ...]
    """One a beat."""

    beat: int
    bar: int

    swing: int = 0
    """By how much off-beat eighths are late."""

    @property
    def stretches(self) -> list[Stretch]:
        """The beats joined where a chord goes on in its bar."""
        found: list[Stretch] = []
        for i, chord in enumerate(self.chords):
            first, end = i * self.beat, (i + 1) * self.beat
            if found and found[-1].chord == chord and first % self.bar:
                found[-1] = Stretch(found[-1].first, end, chord)
            else:
                found.append(Stretch(first, end, chord))
        return found

    def swung(self, tick: int) -> int:
        """When what is written on a tick is played."""
        return tick + self.swing if tick % QUARTER == EIGHTH else tick
