"""A piece of music: tracks of notes, tempo map, time signatures. Immutable; all times in ticks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from linnet.music.general_midi import PROGRAMS, program_numbers
from linnet.music.notes import MAX_TICK, Note, Notes
from linnet.music.source import END_MARKER, LYRIC, MARKER, Source, TimedText, decoded
from linnet.music.timed import Timed
from linnet.music.timeline import (
    KeySignature,
    TempoChange,
    TimeSignature,
    bar_numbers,
    rescale,
)
from linnet.music.track import Track, name_of, with_program
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import later, np

if TYPE_CHECKING:
    from linnet.music import joining, pace, writing
    from linnet.music.chord import Beat
    from linnet.music.writing import Written
else:
    joining, pace = later("linnet.music.joining"), later("linnet.music.pace")
    writing = later("linnet.music.writing")

__all__ = [
    "END_MARKER",
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
    ".flac": "linnet.sound",
    ".ogg": "linnet.sound",
    ".mp3": "linnet.sound",
    ".musicxml": "linnet.notation",
    ".mxl": "linnet.notation",
    ".abc": "linnet.notation",
    ".pdf": "linnet.notation",
    ".svg": "linnet.picture",
    ".png": "linnet.picture",
}
"""Ends of file names under which a score can be saved, and the module whose `write` does it. These modules
know Score, so Score meets them only when needed, and by name."""

SHEETS = (".musicxml", ".xml", ".mxl", ".abc")
"""Ends of names of files that are opened as sheet music."""

MOST_TIMES = 10_000
"""That a piece is repeated."""

FORMATS = tuple(WRITERS)


def check_path(path: str | PathLike[str]) -> None:
    """`ValueError` unless `Score.save` knows what such a name asks for."""
    if Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"path must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, got {fspath(path)!r}")


@dataclass(frozen=True)
class Score(Timed):
    """A piece of music.

    The constructor brings tempos and time signatures into a normal form, so that equal music compares
    equal: sorted, one at a tick (the last wins), the first at tick 0 (120 BPM and 4/4 unless given),
    nothing that merely repeats what is already running. A repeated signature inside a bar is kept: **a
    time signature starts a new bar where it stands, cutting the running bar short if need be.**
    """

    @classmethod
    def from_notes(
        cls,
        notes: Iterable[Written],
        *,
        bpm: float = 120,
        time_signature: str = "4/4",
        key: str | None = None,
        instrument: str | int = 0,
        velocity: int = 80,
        ticks_per_beat: int = 480,
    ) -> Score:
        """A piece of one track from notes that are written down.

        Args:
            notes: (pitch, length) each, the length in quarter notes, one after the other: `("C4", 1)`, a
                chord `(("C4", "E4", "G4"), 2)`, a rest `(None, 0.5)`; a third number is a velocity. A
                `linnet.Note`, which has its onset and duration in ticks, stands where it says.
            bpm: quarter notes a minute.
            time_signature: such as `6/8`.
            key: what it is signed with, such as `D major`; None for nothing.
            instrument: a General MIDI program, 0 to 127, or a name such as `violin`.
            velocity: of notes that say none, 1 to 127.
            ticks_per_beat: ticks in a quarter note.

        Raises:
            TypeError: For what is no note.
            ValueError: For a value out of range.
        """
        found, end = writing.rows(notes, ticks_per_beat, velocity)
        (program,) = program_numbers(instrument)
        track = Track(Notes.of([Note(*row) for row in found]), program, name=PROGRAMS[program])
        return cls(
            ticks_per_beat,
            (track,),
            (TempoChange.at_bpm(0, bpm),),
            (TimeSignature.named(time_signature),),
            end=max(end, track.notes.last_end),
            key_signatures=() if key is None else (KeySignature.named(key),),
        )

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Score:
        """The music of a file: sheet music where its name ends in .musicxml, .xml, .mxl or .abc (with the
        extra `notation`), else MIDI, whatever its extension.

        `linnet.notation` says what of sheet music is kept; what is not, one line in the log says.

        Raises:
            MidiError: Or `NotationError`, for a file that cannot be read.
        """
        is_sheet = Path(path).suffix.lower() in SHEETS
        read: Callable[[str | PathLike[str]], Score] = import_module(
            "linnet.notation" if is_sheet else "linnet.midi"
        ).read
        return read(path)

    def save(self, path: str | PathLike[str], *, tail: float | None = None, loop: bool | None = None) -> None:
        """Write what the name says: MIDI (.mid or .midi), sound (.wav; .flac, .ogg or .mp3 with the extra
        `formats`), sheet music (.musicxml or .mxl with the extra `notation`, .pdf with `score` too; .abc for
        a single line) or a picture (.svg; .png with the extra `plot`).

        All of it is written or, when something goes wrong, nothing. `linnet.sound` and `linnet.picture`
        have more to choose from.

        Args:
            path: where to.
            tail: of sound, how many seconds follow the end, in which notes die away; 1.5 unless given, with
                0 it is exactly as long as the piece.
            loop: of sound, whether it is to be played round and round; unless given, where the score is
                marked as a loop.
        """
        check_path(path)
        module = WRITERS[Path(path).suffix.lower()]
        how = {name: value for name, value in (("tail", tail), ("loop", loop)) if value is not None}
        if how and module != "linnet.sound":
            raise ValueError(f"tail and loop are for sound, got them for {fspath(path)!r}")
        import_module(module).write(self, path, **how)

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
        markers = self.source.timed_texts(MARKER) if self.source else ()
        return tuple(marker for marker in markers if marker.text != END_MARKER)

    @property
    def lyrics(self) -> tuple[TimedText, ...]:
        """Syllables to be sung, as the MIDI file has them."""
        return self.source.timed_texts(LYRIC) if self.source else ()

    @property
    def cue_points(self) -> tuple[TimedText, ...]:
        """What happens on stage or screen, as the MIDI file has it."""
        return self.source.timed_texts(0x07) if self.source else ()

    def _repr_html_(self) -> str:
        """What a notebook shows: a roll that plays itself."""
        html: Callable[[Score], str] = import_module("linnet.ui").html
        return html(self)

    def _repr_svg_(self) -> str:
        """What a notebook prints on paper."""
        svg: Callable[[Score], str] = import_module(WRITERS[".svg"]).svg
        return svg(self)

    def chords(self) -> tuple[Beat, ...]:
        """The chord under each beat that begins before the end, `None` where there is none.

        A melody without accompaniment has the chords that it implies. `linnet.music.harmony` says how they
        are found.
        """
        found: Callable[[Score], tuple[Beat, ...]] = import_module("linnet.music.harmony").chords_of
        return found(self)

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

    def mix(self, other: Score) -> Score:
        """Both pieces at once: all tracks, the later end, and this piece's ticks, tempo, meter and key.

        Lyrics and markers of both stay; of what MIDI files hold beside them (`source`) this piece's does, and
        the log says in one line what the other loses.
        """
        joining.say_what_is_lost("mix", other.source)
        other = other.resample(self.ticks_per_beat)
        return replace(
            self,
            tracks=self.tracks + tuple(replace(track, place=None) for track in other.tracks),
            end=max(self.end, other.end),
            texts=self.texts + other.texts,
            source=joining.with_words_of(self.source, other.source, 0),
        )

    def __add__(self, other: Score) -> Score:
        """One after the other: the second piece begins at the bar line at which this one is over.

        Its tempo, meter and key go along, and so do lyrics and markers. Its tracks go on with those of the
        same instrument; what finds none is a track of its own. Where it begins with an upbeat for which the
        last bar here has left room, the upbeat stands there.
        """
        if not isinstance(other, Score):
            return NotImplemented
        joining.say_what_is_lost("+", other.source)
        return joining.chain([self, other])

    def repeat(self, times: int) -> Score:
        """The piece so many times, 1 to 10,000, one after the other as with `+`."""
        if not 1 <= operator.index(times) <= MOST_TIMES:
            raise ValueError(f"times must be between 1 and {MOST_TIMES}, got {times}")
        return joining.chain([self] * times)

    def slice(self, bars: str | int) -> Score:
        """Some bars, as people count them: `"5-8"` or `5`, from 1, both included; 0 is the upbeat.

        `"5-"` goes to the end. It holds the notes that begin there, each at its whole length, and the tempo
        and meter that rule them. `ValueError` for bars that the piece does not have.
        """
        first, last = bar_numbers(bars, self.full_bars, upbeat=self.upbeat > 0)
        skipped = int(self.upbeat > 0) - 1
        return self.slice_bars(first + skipped, last + skipped + 1)

    def with_bars(self, bars: str | int, other: Score) -> Score:
        """With the notes of another piece, one of the same tracks, in some bars: `"5-8"`, as in `slice`.

        They are those that begin there. `ValueError` for other tracks, and for bars that it does not have.
        """
        first, last = bar_numbers(bars, self.full_bars, upbeat=self.upbeat > 0)
        lines = [*self.bar_ticks().tolist(), MAX_TICK][first + int(self.upbeat > 0) - 1 :]
        return replace(self, tracks=joining.replaced(self, other, lines[0], lines[last - first + 1]))

    def part(self, track: str | int) -> Score:
        """One track alone, by its number from 1 on or by its name, such as `"Violin"` or `"Drums"`.

        A track without a name has that of its instrument; upper and lower case are the same. `ValueError`,
        with the names that there are, for one that the piece does not have.
        """
        names = [name_of(each) for each in self.tracks]
        wanted = str(track).strip().lower()
        found = [i for i, name in enumerate(names) if wanted in (name.lower(), str(i + 1))]
        if not found:
            there = ", ".join(f"{i} {name}" for i, name in enumerate(names, 1)) or "none"
            raise ValueError(f"there is no track {track!r} (there are: {there})")
        return replace(self, tracks=tuple(self.tracks[i] for i in found))

    def stretch(
        self, times: float | None = None, *, bpm: float | None = None, seconds: float | None = None
    ) -> Score:
        """The same notes in the same bars, faster or slower: all tempos change, and nothing else.

        Args:
            times: so many times as long.
            bpm: its first tempo in quarter notes a minute; later ones change as much.
            seconds: how long it lasts up to its end, exactly; for that the tempo may be a millionth of a
                second a quarter slower towards the end.

        Raises:
            ValueError: Not one of the three is given, or it leads to a tempo that MIDI does not have.
        """
        return pace.stretched(self, times, bpm, seconds)

    def with_instruments(self, instruments: str | int | Sequence[str | int]) -> Score:
        """Played by others: General MIDI programs or names such as `"strings, harp"`, one a track, in order.

        The last one plays the rest; drums stay. Tracks that are named after their instrument are named anew.
        """
        programs = program_numbers(instruments)
        melodic = iter([*programs, *[programs[-1]] * len(self.tracks)])
        return replace(
            self,
            tracks=tuple(
                track if track.is_drum else with_program(track, next(melodic)) for track in self.tracks
            ),
        )

    def with_markers(self, markers: Iterable[tuple[int, str]]) -> Score:
        """With more markers, (tick, text) each: names of sections, or chords, for whoever opens the file."""
        words = [TimedText(operator.index(tick), str(text)) for tick, text in markers]
        words.sort(key=lambda word: word.tick)
        source = Source.empty(self.end) if self.source is None else self.source
        return replace(self, source=source.with_words(words, MARKER))
