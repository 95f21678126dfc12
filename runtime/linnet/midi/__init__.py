"""Standard MIDI files to `Score` and back.

Reading keeps notes, programs, drums (channel 10), track names, tempos, time signatures, the text of the
first track, and where the piece ends. The sustain pedal becomes longer notes. Pitch bends, other
controllers, banks, key signatures, lyrics and system-exclusive messages are left behind.

How the odd cases are read:

- A track that uses several channels or programs becomes one `Track` for each. A note takes the latest
  program its own track chose for its channel, or else the latest that any track chose; so tracks that
  share a channel keep their own programs. Tracks without notes are dropped.
- A release ends the oldest note that sounds with its pitch, on its track and channel. A note that
  nothing ends rings until its key is struck again or its track ends. A note that ends where it begins
  lasts one tick.
- The sustain pedal (controller 64, down from 64 upwards) puts off the ends of its channel's notes until
  it comes up, the key is struck again or the track ends.
- The tracks of a format 2 file are separate patterns, and come one after the other.
- Ticks that are fractions of a SMPTE frame are kept, under the tempo nearest 120 BPM that makes a
  quarter note of whole ticks. The file's tempos are dropped, for they do not rule such ticks.
- A file that is careless is read, one that is damaged is refused; `linnet.midi.reader` draws the line.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from linnet.errors import MidiError
from linnet.midi.writer import encode
from linnet.music.score import Score, TempoChange, TimeSignature
from linnet.tools.files import write_whole

if TYPE_CHECKING:
    from linnet.midi.reader import Events

__all__ = ["dumps", "loads", "read", "write"]


def read(path: str | PathLike[str]) -> Score:
    """The music of a MIDI file; `MidiError` when there is none to be had."""
    return loads(Path(path).read_bytes(), name=fspath(path))


def loads(data: bytes, *, name: str = "MIDI data") -> Score:
    """The music of a MIDI file's bytes; `name` is what errors call them."""
    from linnet.midi import notes  # to write, all this is not needed
    from linnet.midi.reader import walk

    events = walk(data, name)
    ticks_per_beat, tempos = _timebase(events)
    return Score(
        ticks_per_beat=ticks_per_beat,
        tracks=notes.tracks(events),
        tempos=tempos,
        time_signatures=tuple(TimeSignature(*signature) for signature in events.signatures),
        end=max(events.ends, default=0) if events.end is None else events.end,
        texts=tuple(events.texts),
    )


def dumps(score: Score) -> bytes:
    """The piece as a format 1 MIDI file: tempo, meter and text in the first track, then a track for each.

    Reading it back gives the same score, apart from two things: tracks without notes are left out, and
    where a note lies within a longer one of the same pitch and track, their ends change places (MIDI
    cannot say it).
    """
    return encode(score)


def write(score: Score, path: str | PathLike[str]) -> None:
    """Save the piece as a MIDI file, whole or not at all."""
    write_whole(path, dumps(score))


def _timebase(events: Events) -> tuple[int, tuple[TempoChange, ...]]:
    """Ticks in a quarter note and tempos, from the header's division."""
    division = events.division
    if 0 < division < 0x8000:
        return division, tuple(TempoChange(*change) for change in events.tempos)
    frames, parts = 256 - (division >> 8), division & 0xFF
    if frames not in (24, 25, 29, 30) or not parts:
        raise MidiError(
            f"{events.name}, header: division 0x{division:04x} is neither ticks in a quarter note "
            "nor SMPTE frames (24, 25, 29 or 30 a second)"
        )
    per_second = parts * (30_000 / 1001 if frames == 29 else frames)
    ticks_per_beat = max(1, int(per_second / 2 + 0.5))
    return ticks_per_beat, (TempoChange(0, round(1e6 * ticks_per_beat / per_second)),)
