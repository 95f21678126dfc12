"""Music in time: the fields of a piece, its bars, and when its ticks sound. All times in ticks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self, overload

from linnet.music.notes import MAX_TICK, Notes
from linnet.music.source import Source
from linnet.music.timeline import (
    KeySignature,
    TempoChange,
    TimeSignature,
    bar_length,
    bars_within,
    check_range,
    normal_keys,
    normal_signatures,
    normal_tempos,
    rescale,
)
from linnet.music.track import Track
from linnet.tools.dataclass import dataclass, field, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Timed"]


@dataclass(frozen=True)
class Timed:
    """A piece of music.

    The constructor brings tempos and time signatures into a normal form, so that equal music compares
    equal: sorted, one at a tick (the last wins), the first at tick 0 (120 BPM and 4/4 unless given),
    nothing that merely repeats what is already running. A repeated signature inside a bar is kept: **a
    time signature starts a new bar where it stands, cutting the running bar short if need be.**
    """

    ticks_per_beat: int = 480
    """Ticks in a quarter note."""

    tracks: tuple[Track, ...] = ()
    tempos: tuple[TempoChange, ...] = ()
    time_signatures: tuple[TimeSignature, ...] = ()

    end: int = -1
    """Where the piece ends; notes may ring past it. Left out: the end of the last note."""

    texts: tuple[str, ...] = field(default=(), compare=False)
    """Free text that travels in the MIDI file and takes no part in comparisons."""

    key_signatures: tuple[KeySignature, ...] = field(default=(), compare=False)
    """The keys that the music is written in, where somebody says so; for readers, so not compared."""

    source: Source | None = field(default=None, compare=False, repr=False)
    """All that a MIDI file held beside this: lyrics, controllers, bends .. Goes back into a MIDI file."""

    def __post_init__(self) -> None:
        check_range("ticks_per_beat", self.ticks_per_beat, 1, 0x7FFF)
        check_range("end", self.end, -1, MAX_TICK)
        put = object.__setattr__  # the dataclass is frozen from here on
        put(self, "tracks", tuple(self.tracks))
        put(self, "texts", tuple(self.texts))
        put(self, "key_signatures", normal_keys(self.key_signatures))
        put(self, "tempos", normal_tempos(self.tempos))
        put(self, "time_signatures", normal_signatures(self.time_signatures, self.ticks_per_beat))
        if self.end == -1:
            put(self, "end", max((track.notes.last_end for track in self.tracks), default=0))

    @cached_property
    def notes(self) -> Notes:
        """The notes of all tracks together."""
        if len(self.tracks) == 1:
            return self.tracks[0].notes
        if not self.tracks:
            return Notes()
        names = ("onset", "duration", "pitch", "velocity")
        columns = [[getattr(track.notes, name) for track in self.tracks] for name in names]
        return Notes(*(np.concatenate(column) for column in columns))

    @cached_property
    def pitched_notes(self) -> Notes:
        """The notes of all tracks but drums."""
        return replace(self, tracks=tuple(track for track in self.tracks if not track.is_drum)).notes

    @property
    def bars(self) -> int:
        """How many bars the piece has, the last one perhaps cut short; at least one."""
        return sum(count for _, count in self.meters())

    @property
    def upbeat(self) -> int:
        """Ticks of the upbeat, a first bar that is cut short by the one after it; 0 where there is none."""
        if len(self.time_signatures) < 2 or self.end <= self.time_signatures[1].tick:
            return 0
        first, second = self.time_signatures[:2]
        whole = [rescale(1, *bar_length(each, self.ticks_per_beat)) for each in (first, second)]
        return second.tick if second.tick <= whole[0] and second.tick < whole[1] else 0

    @property
    def full_bars(self) -> int:
        """Bars after the upbeat: what `Model.generate` counts."""
        return self.bars - (self.upbeat > 0)

    def bar_ticks(self) -> NDArray[np.int64]:
        """Where each bar starts. (bars,)"""
        return np.concatenate(
            [
                signature.tick + rescale(np.arange(count), *bar_length(signature, self.ticks_per_beat))
                for signature, count in self.meters()
            ]
        )

    def bar_tick(self, bar: int) -> int:
        """Where a bar starts, counted from 0."""
        for signature, count in self.meters():
            if bar < count:
                return signature.tick + rescale(bar, *bar_length(signature, self.ticks_per_beat))
            bar -= count
        raise IndexError("there are not so many bars")

    def meters(self) -> list[tuple[TimeSignature, int]]:
        """Each time signature with the number of bars it rules before the end."""
        stop = max(self.end, 1)
        ticks = [*(min(signature.tick, stop) for signature in self.time_signatures), stop]
        return [
            (signature, bars_within(ticks[i + 1] - ticks[i], signature, self.ticks_per_beat))
            for i, signature in enumerate(self.time_signatures)
        ]

    @cached_property
    def _tempo_map(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Tick, second and seconds per tick at each tempo change."""
        ticks = np.array([change.tick for change in self.tempos], np.int64)
        pace = np.array([change.tempo for change in self.tempos], np.float64) / (1e6 * self.ticks_per_beat)
        seconds = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * pace[:-1])])
        return ticks, seconds, pace

    @overload
    def seconds(self, ticks: int) -> float: ...
    @overload
    def seconds(self, ticks: ArrayLike) -> NDArray[np.float64]: ...
    def seconds(self, ticks: int | ArrayLike) -> float | NDArray[np.float64]:
        """When these ticks sound, in seconds from the start."""
        if isinstance(ticks, int):
            return self._second(ticks)
        starts, seconds, pace = self._tempo_map
        at = np.asarray(ticks, np.int64)
        i = np.maximum(np.searchsorted(starts, at, "right") - 1, 0)
        found: NDArray[np.float64] = seconds[i] + (at - starts[i]) * pace[i]
        return found if found.ndim else float(found)

    def _second(self, tick: int) -> float:
        """As the arrays come to it, without them."""
        second, last = 0.0, self.tempos[0]
        for change in self.tempos[1:]:
            if change.tick > tick:
                break
            second += (change.tick - last.tick) * (last.tempo / (1e6 * self.ticks_per_beat))
            last = change
        return second + (tick - last.tick) * (last.tempo / (1e6 * self.ticks_per_beat))

    @overload
    def ticks(self, seconds: float) -> int: ...
    @overload
    def ticks(self, seconds: ArrayLike) -> NDArray[np.int64]: ...
    def ticks(self, seconds: float | ArrayLike) -> int | NDArray[np.int64]:
        """The ticks nearest to these moments, given in seconds from the start."""
        starts, begin, pace = self._tempo_map
        at = np.asarray(seconds, np.float64)
        i = np.maximum(np.searchsorted(begin, at, "right") - 1, 0)
        found: NDArray[np.int64] = starts[i] + np.floor((at - begin[i]) / pace[i] + 0.5).astype(np.int64)
        return found if found.ndim else int(found)

    def onset_seconds(self, notes: Notes) -> NDArray[np.float64]:
        """When each note begins, in seconds from the start."""
        return self.seconds(notes.onset)

    def duration_seconds(self, notes: Notes) -> NDArray[np.float64]:
        """How long each note lasts, in seconds."""
        return self.seconds(notes.end) - self.seconds(notes.onset)

    def resample(self, ticks_per_beat: int) -> Self:
        """The same music on another grid, at its nearest ticks; no note gets shorter than one tick."""
        old, new = self.ticks_per_beat, ticks_per_beat
        if old == new:
            return self
        check_range("ticks_per_beat", new, 1, 0x7FFF)
        last = max(self.notes.last_end, self.end)
        check_range("the last tick on the new grid", rescale(last, new, old), 0, MAX_TICK)

        def moved(notes: Notes) -> Notes:
            onset = rescale(notes.onset, new, old)
            duration = np.maximum(rescale(notes.end, new, old) - onset, 1)
            return Notes(onset, duration, notes.pitch, notes.velocity)

        return replace(
            self,
            ticks_per_beat=new,
            source=self.source and self.source.retimed(lambda ticks: rescale(ticks, new, old)),
            key_signatures=tuple(replace(k, tick=rescale(k.tick, new, old)) for k in self.key_signatures),
            tracks=tuple(replace(track, notes=moved(track.notes)) for track in self.tracks),
            tempos=tuple(replace(change, tick=rescale(change.tick, new, old)) for change in self.tempos),
            time_signatures=tuple(
                replace(signature, tick=rescale(signature.tick, new, old))
                for signature in self.time_signatures
            ),
            end=rescale(self.end, new, old),
        )
