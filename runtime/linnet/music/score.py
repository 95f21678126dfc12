"""A piece of music: tracks of notes, tempo map, time signatures. Immutable; all times in ticks."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, overload

from linnet.music.notes import MAX_TICK, Note, Notes
from linnet.music.source import Source, TimedText, decoded
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
from linnet.tools.lazy import np
from linnet.tools.say import say

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from linnet.music.chord import Beat

__all__ = [
    "MAX_TICK",
    "KeySignature",
    "Note",
    "Notes",
    "Score",
    "TempoChange",
    "TimeSignature",
    "TimedText",
    "Track",
    "rescale",
]


WRITERS = {
    ".mid": "linnet.midi",
    ".midi": "linnet.midi",
    ".wav": "linnet.sound",
    ".musicxml": "linnet.notation",
    ".svg": "linnet.picture",
    ".png": "linnet.picture",
}
"""Ends of file names under which a score can be saved, and the module whose `write` does it. These modules
know Score, so Score meets them only when needed, and by name."""

END_MARKER = "=END"
"""Marker text with which linnet's MIDI files end a piece before its last note has rung out."""

FORMATS = tuple(WRITERS)


def check_path(path: str | PathLike[str]) -> None:
    """`ValueError` unless `Score.save` knows what such a name asks for."""
    if Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"path must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, got {fspath(path)!r}")


@dataclass(frozen=True)
class Score:
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

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Score:
        """The music of a MIDI file, whatever its extension."""
        read: Callable[[str | PathLike[str]], Score] = import_module(WRITERS[".mid"]).read
        return read(path)

    def save(self, path: str | PathLike[str]) -> None:
        """Write what the name says: MIDI (.mid or .midi), sound (.wav), sheet music (.musicxml with the
        extra `notation`) or a picture (.svg; .png with the extra `plot`).

        All of it is written or, when something goes wrong, nothing. `linnet.sound` and `linnet.picture`
        have more to choose from.
        """
        check_path(path)
        import_module(WRITERS[Path(path).suffix.lower()]).write(self, path)

    @property
    def key(self) -> str | None:
        """The first key that the music is signed with, such as `D major`; None where nobody says."""
        return self.key_signatures[0].name if self.key_signatures else None

    @property
    def title(self) -> str:
        """What the file calls the piece: the name of its first track, where that has no notes; else empty."""
        if self.source is None or any(track.place and track.place.track == 0 for track in self.tracks):
            return ""
        return next((decoded(text) for _, text in self.source.meta(0x03, track=0) if text), "")

    @property
    def copyright(self) -> str:
        """The file's copyright notices, each on a line; empty without."""
        return "" if self.source is None else "\n".join(decoded(text) for _, text in self.source.meta(0x02))

    @property
    def markers(self) -> tuple[TimedText, ...]:
        """Names of places in the music, such as `Chorus`, as the MIDI file has them."""
        markers = self.source.timed_texts(0x06) if self.source else ()
        return tuple(marker for marker in markers if marker.text != END_MARKER)

    @property
    def lyrics(self) -> tuple[TimedText, ...]:
        """Syllables to be sung, as the MIDI file has them."""
        return self.source.timed_texts(0x05) if self.source else ()

    @property
    def cue_points(self) -> tuple[TimedText, ...]:
        """What happens on stage or screen, as the MIDI file has it."""
        return self.source.timed_texts(0x07) if self.source else ()

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        svg: Callable[[Score], str] = import_module(WRITERS[".svg"]).svg
        return svg(self)

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
        return sum(count for _, count in self._meters())

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
                for signature, count in self._meters()
            ]
        )

    def bar_tick(self, bar: int) -> int:
        """Where a bar starts, counted from 0."""
        for signature, count in self._meters():
            if bar < count:
                return signature.tick + rescale(bar, *bar_length(signature, self.ticks_per_beat))
            bar -= count
        raise IndexError("there are not so many bars")

    def _meters(self) -> list[tuple[TimeSignature, int]]:
        """Each time signature with the number of bars it rules before the end."""
        stop = max(self.end, 1)
        ticks = [*(min(signature.tick, stop) for signature in self.time_signatures), stop]
        return [
            (signature, bars_within(ticks[i + 1] - ticks[i], signature, self.ticks_per_beat))
            for i, signature in enumerate(self.time_signatures)
        ]

    def chords(self) -> tuple[Beat, ...]:
        """The chord under each beat that begins before the end, `None` where there is none.

        A melody without accompaniment has the chords that it implies. `linnet.music.harmony` says how they
        are found.
        """
        found: Callable[[Score], tuple[Beat, ...]] = import_module("linnet.music.harmony").chords_of
        return found(self)

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

    def slice_bars(self, first: int, last: int | None = None) -> Score:
        """Bars `first` up to but without `last`, counted from 0, moved to tick 0.

        It holds the notes that begin there, each at its whole length, and the tempo and meter that rule
        them. Where bars are not whole ticks long, its later bar lines may differ by one.
        """
        starts = self.bar_ticks()
        last = len(starts) if last is None else operator.index(last)
        if not 0 <= operator.index(first) < last <= len(starts):
            raise ValueError(f"bars must satisfy 0 <= first < last <= {len(starts)}, got {first} and {last}")
        begin = int(starts[first])
        stop = int(starts[last]) if last < len(starts) else max(self.end, 1)
        final = last == len(starts)

        def cut(notes: Notes) -> Notes:
            # Notes that begin after the end of the piece belong to its last bar.
            chosen = notes.select((notes.onset >= begin) & (final | (notes.onset < stop)))
            return Notes(chosen.onset - begin, chosen.duration, chosen.pitch, chosen.velocity)

        source = self.source and self.source.cut(begin, None if final else stop)
        return replace(
            self,
            source=source,
            texts=self.source.texts_left(self.texts, source) if self.source and source else self.texts,
            key_signatures=tuple(
                replace(key, tick=max(key.tick - begin, 0))
                for key in self.key_signatures
                if final or key.tick < stop
            ),
            tracks=tuple(replace(track, notes=cut(track.notes)) for track in self.tracks),
            tempos=tuple(
                replace(change, tick=max(change.tick - begin, 0))
                for change in self.tempos
                if final or change.tick < stop
            ),
            time_signatures=tuple(
                replace(signature, tick=max(signature.tick - begin, 0))
                for signature in self.time_signatures
                if final or signature.tick < stop
            ),
            end=(self.end if final else stop) - begin,
        )

    def transpose(self, semitones: int) -> Score:
        """The same music higher or lower; drums stay as they are."""
        move = operator.index(semitones)

        def moved(notes: Notes) -> Notes:
            pitch = notes.pitch.astype(np.int64) + move
            if len(pitch) and not (pitch.min() >= 0 and pitch.max() <= 127):
                raise ValueError(
                    f"semitones must keep pitches between 0 and 127, got {move} for pitches "
                    f"{notes.pitch.min()} to {notes.pitch.max()}"
                )
            return Notes(notes.onset, notes.duration, pitch, notes.velocity)

        tracks = (
            track if track.is_drum else replace(track, notes=moved(track.notes)) for track in self.tracks
        )
        keys = (key if move % 12 == 0 else key.transposed(move) for key in self.key_signatures)
        return replace(self, tracks=tuple(tracks), key_signatures=tuple(keys))

    def merge(self, other: Score) -> Score:
        """Both pieces at once: all tracks, the later end, and this piece's ticks, tempo, meter and key.

        Of what MIDI files hold beside notes (`source`) this piece's stays; the log says in one line what
        the other loses.
        """
        if other.source and (lost := other.source.beside_music()):
            say(f"merge: of the second piece the notes are taken, not its {' and '.join(lost)}")
        other = other.resample(self.ticks_per_beat)
        return replace(
            self,
            tracks=self.tracks + tuple(replace(track, place=None) for track in other.tracks),
            end=max(self.end, other.end),
            texts=self.texts + other.texts,
        )

    def resample(self, ticks_per_beat: int) -> Score:
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
