"""Rhythm as people write it: each beat is divided by two or by three, and notes have the lengths of notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from linnet.music.notes import Row
from linnet.tools.dataclass import dataclass

TICKS = 24
"""In a quarter note: 32nds and triplets of 16ths are whole."""

_GRIDS = {6: 0.0, 8: 0.0, 3: 2.0, 4: 2.0}
"""Ticks of 16ths, of triplets, of 32nds and of sextuplets, and how many ticks of straying a line of each is
worth: finer ones fit everything."""

_ENDS = 0.25
"""What the straying of an end counts beside that of an onset; people let go where they like."""

_STRAIGHT = (96, 72, 48, 36, 24, 18, 12, 9, 6, 3, 2, 1)
"""Ticks of a whole note and its parts, and of dotted ones."""

_TRIPLETS = (16, 8, 4)
"""Those that stand in triplets: quarters, eighths and sixteenths."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A stretch of time that is divided in one way."""

    start: int
    stop: int
    grid: int
    """Ticks from one line to the next."""

    @property
    def in_three(self) -> bool:
        """Whether what begins and ends in it stands in triplets."""
        return self.grid in (4, 8)

    def line(self, tick: int) -> int:
        """The line nearest to a tick of this beat."""
        steps = (2 * (tick - self.start) + self.grid) // (2 * self.grid)
        return min(self.start + steps * self.grid, self.stop)


class Beats:
    """The beats of a part, each on the grid that suits its notes best."""

    def __init__(self, rows: Iterable[Row], bars: Iterable[tuple[int, int, int]]) -> None:
        """`bars`: where each starts and stops, and the ticks of its beat (24, or 12 where eighths count)."""
        rows = list(rows)
        onsets = sorted(onset for onset, *_ in rows)
        ends = sorted(onset + duration for onset, duration, *_ in rows)
        self._beats: list[Beat] = []
        for start, stop, size in bars:
            for at in range(start, stop, size):
                until = min(at + size, stop)
                struck, released = _between(onsets, at, until), _between(ends, at, until)
                self._beats.append(Beat(at, until, _grid(until - at, struck, released)))
        self._starts = [beat.start for beat in self._beats]

    def at(self, tick: int) -> Beat:
        """The beat of a tick; the last one for what comes later."""
        return self._beats[max(bisect_right(self._starts, tick) - 1, 0)]

    def tidied(self, rows: Iterable[Row]) -> list[Row]:
        """The notes with onsets and ends on the lines of their beats, none shorter than from line to line."""
        found = []
        for onset, duration, pitch, velocity in rows:
            beat = self.at(onset)
            begin = beat.line(onset)
            end = self.at(onset + duration - 1)
            stop = end.line(onset + duration)
            if stop <= begin:
                stop = begin + self.at(begin).grid
            found.append((begin, stop - begin, pitch, velocity))
        return found

    def lengths(self, start: int, stop: int) -> Iterator[int]:
        """Ticks of the notes, tied to one another, that last from `start` to `stop`; both in one bar."""
        while start < stop:
            beat = self.at(start)
            if self._is_split(beat, start, stop):
                until, into = min(stop, beat.stop), start - beat.start
                length = next(
                    each for each in _TRIPLETS if each <= until - start and (each == 4 or into % 8 == 0)
                )
                yield length
                start += length
                continue
            until = start
            while until < stop and not self._is_split(beat := self.at(until), until, stop):
                until = min(stop, beat.stop)
            while start < until:
                length = next(each for each in _STRAIGHT if each <= until - start)
                yield length
                start += length

    def _is_split(self, beat: Beat, start: int, stop: int) -> bool:
        """Whether a note has to be written in triplets here: it is not there for the whole beat."""
        whole = start <= beat.start and stop >= beat.stop
        return beat.in_three and not whole and beat.start <= start < beat.stop


def _between(ticks: Sequence[int], start: int, stop: int) -> Sequence[int]:
    return [tick - start for tick in ticks[bisect_right(ticks, start - 1) : bisect_right(ticks, stop - 1)]]


def _grid(size: int, onsets: Sequence[int], ends: Sequence[int]) -> int:
    """The grid on which these ticks of a beat stray least."""
    grids = [grid for grid in _GRIDS if size % grid == 0] or [3 if size % 3 == 0 else 1]

    def strays(ticks: Sequence[int], grid: int) -> float:
        return sum(min(tick % grid, -tick % grid) for tick in ticks)

    for grid in grids:
        if not strays(onsets, grid) and not strays(ends, grid):
            return grid
    return min(
        grids, key=lambda grid: strays(onsets, grid) + _ENDS * strays(ends, grid) + _GRIDS.get(grid, 0.0)
    )
