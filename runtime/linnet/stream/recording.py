"""What was heard of a stream, as a score: notes at their ticks, tempos and meters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from linnet.music.notes import Notes, Row
from linnet.music.score import Score, TempoChange, TimeSignature, Track
from linnet.music.track import name_of
from linnet.stream.clock import SECOND
from linnet.stream.segment import Segment, Sound
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tools.dataclass import dataclass, field, replace

__all__ = ["Recording"]

_MOST = 200_000
"""Notes, and bars, that are kept: some hours of music. Of a longer stream the last ones."""

_FINE = 20
"""Ticks of a recording in a tick of the grid: 480 in a quarter note."""

_LONGEST = 0xFFFFFF
"""Microseconds of a quarter note in MIDI."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A segment that began to be heard."""

    start: int
    """Units since the music began."""

    begin: int
    """Ticks of the grid; so is its end."""

    end: int
    length: int
    """In units."""

    beats: tuple[int, int] | None
    """Of its time signature; None where it does not begin a bar."""

    tempos: tuple[tuple[int, int], ...]
    """(tick, units a tick)."""

    sounds: tuple[Sound, ...]


@dataclass(slots=True)
class Recording:
    """The bars that were heard, each with the notes that were."""

    grid: bool
    """Whether the music has bars."""

    bars: deque[_Bar] = field(default_factory=lambda: deque(maxlen=_MOST))
    _last: Segment | None = None
    """What was heard last."""

    def hear(self, segment: Segment, start: int, sounds: Iterable[Sound]) -> None:
        """Some of a segment that began at so many units was heard."""
        heard = tuple(sounds)
        if not heard and self._last is segment and self.bars and self.bars[-1].start == start:
            return
        self._last = segment
        if self.bars and self.bars[-1].start == start and self.bars[-1].begin == segment.begin:
            last = self.bars.pop()
            self.bars.append(
                _Bar(
                    start,
                    segment.begin,
                    segment.end,
                    segment.length,
                    last.beats,
                    tuple(segment.tempos),
                    last.sounds + heard,
                )
            )
            return
        whole = segment.begin == segment.bar_start
        beats = segment.signature if whole and self.grid else None
        self.bars.append(
            _Bar(start, segment.begin, segment.end, segment.length, beats, tuple(segment.tempos), heard)
        )

    def score(self, until: int) -> Score:
        """All that was heard, up to so many units since the music began."""
        per_beat = _FINE * TICKS_PER_BEAT["grid"] if self.grid else 50 * _FINE
        tempos: list[TempoChange] = []
        meters: list[TimeSignature] = []
        rows: dict[tuple[int, int], list[Row]] = {}
        tick, unit = 0, self.bars[0].start if self.bars else 0
        for bar in self.bars:
            pace = bar.tempos[0][1]
            tick += _FINE * max(bar.start - unit, 0) // max(pace, 1)  # what was skipped
            if bar.beats is not None:
                meters.append(TimeSignature(tick, *bar.beats))
            for number, (at, units) in enumerate(bar.tempos):
                tempo = _microseconds(units, per_beat)
                tempos.append(TempoChange(tick + _FINE * (at - bar.begin) * (number > 0), tempo))
            for sound in bar.sounds:
                onset = tick + _ticks(bar, sound.onset)
                end = tick + _ticks(bar, sound.onset + sound.duration)
                player = (sound.track, sound.program)
                rows.setdefault(player, []).append(
                    (max(onset, 0), max(end - onset, 1), sound.pitch, sound.velocity)
                )
            heard = min(bar.length, max(until - bar.start, 0))
            tick += _ticks(bar, heard)
            unit = bar.start + heard
        tracks = []
        for (number, program), found in sorted(rows.items()):
            track = Track(Notes.of_rows(found), program, is_drum=number < 0)
            tracks.append(replace(track, name=name_of(track)))
        return Score(per_beat, tuple(tracks), tuple(tempos), tuple(meters), end=tick)


def _ticks(bar: _Bar, units: int) -> int:
    """Ticks of the recording from the beginning of a segment to so many units after it."""
    ends = [*(at for at, _ in bar.tempos[1:]), None]
    ticks = 0
    for (at, pace), end in zip(bar.tempos, ends, strict=True):
        whole = None if end is None else (end - at) * pace
        if whole is None or units < whole:
            return ticks + (2 * _FINE * units + pace) // (2 * pace)
        ticks += _FINE * ((end or 0) - at)
        units -= whole
    return ticks


def _microseconds(units: int, per_beat: int) -> int:
    """Of a quarter note, where a tick of the grid takes so many units."""
    return min(max((2_000_000 * units * per_beat // _FINE + SECOND) // (2 * SECOND), 1), _LONGEST)
