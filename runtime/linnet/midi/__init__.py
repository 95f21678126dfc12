"""Standard MIDI files to `Score` and back.

Reading makes notes, programs, drums (channel 10), track names, tempos, time and key signatures, the text of
the first track, and where the piece ends. The sustain pedal becomes longer notes. Everything else stands in
`Score.source`, as it came: lyrics, markers, controllers and the pedal itself, banks, bends, aftertouch,
system-exclusive messages, ports. It comes back when the score is written, and so do the events of all notes,
tempos and names that are what they were: a score that nobody changed is written with the events of its file,
to the tick and the byte. `Score.lyrics`, `Score.markers` and the like read them.

How the odd cases are read:

- A track that uses several channels or programs becomes one `Track` for each. A note takes the latest
  program its own track chose for its channel, or else the latest that any track chose; so tracks that
  share a channel keep their own programs. Tracks without notes are no `Track`, but are written again.
- A release ends the oldest note that sounds with its pitch, on its track and channel. Where a key ends with a
  note that nothing released, a release was lost: since the key was last silent, each strike of it ends the
  note before. A note that nothing ends rings until its key is struck again or its track ends. A note
  that ends where it begins lasts one tick.
- The sustain pedal (controller 64, down from 64 upwards) puts off the ends of its channel's notes until
  it comes up, the key is struck again or the track ends. What happens at one tick happens in file order.
- The tracks of a format 2 file are separate patterns, and come one after the other. Each begins anew: program
  0, the pedal up, 120 BPM and 4/4 unless it says otherwise.
- Ticks that are fractions of a SMPTE frame are kept, under the tempo nearest 120 BPM that makes a
  quarter note of whole ticks. The file's tempos are dropped, for they do not rule such ticks.
- A file that is careless is read, one that is damaged is refused; `linnet.midi.reader` draws the line. One
  that stops too early is read as far as it goes, and the log says so.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from linnet.midi.writer import encode
from linnet.music.score import Score
from linnet.music.track import stem_names
from linnet.tools.dataclass import replace
from linnet.tools.files import write_whole
from linnet.tools.say import say

__all__ = ["dumps", "loads", "read", "write", "write_stems"]


def read(path: str | PathLike[str]) -> Score:
    """The music of a MIDI file; `MidiError` when there is none to be had."""
    return loads(Path(path).read_bytes(), name=fspath(path))


def loads(data: bytes, *, name: str = "MIDI data") -> Score:
    """The music of a MIDI file's bytes; `name` is what errors call them."""
    from linnet.midi import notes, timeline  # to write, all this is not needed
    from linnet.midi.reader import walk

    events = walk(data, name)
    if events.cut:
        say(f"{name}: cut short, read as far as it goes: {events.cut}")
    return timeline.score(events, notes.tracks(events))


def dumps(score: Score) -> bytes:
    """The piece as a MIDI file: the one that it was read from, with what changed, or a new one of format 1.

    In a new one tempo, meter, key and text stand in the first track, then comes a track for each. Reading it
    back gives the same score, apart from two things: tracks without notes are left out, and
    where a note lies within a longer one of the same pitch and track, their ends change places (MIDI
    cannot say it). What of the file cannot stay is named in the log, in one line.
    """
    if score.source is None:
        return encode(score)
    from linnet.midi.rewriter import rewrite

    return rewrite(score)


def write_stems(score: Score, folder: str | PathLike[str]) -> list[Path]:
    """Save each track with notes as a MIDI file of its own, `01 Violin.mid` and so on, and return the paths.

    All of them have the tempos, meters, keys and markers of the piece, and are as long as it is; mixed, they
    are the piece.
    """
    tracks = [track for track in score.tracks if len(track.notes)]
    paths = [Path(folder, f"{name}.mid") for name in stem_names(tracks)]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path, track in zip(paths, tracks, strict=True):
        write(replace(score, tracks=(track,)), path)
    return paths


def write(score: Score, path: str | PathLike[str]) -> None:
    """Save the piece as a MIDI file, whole or not at all."""
    write_whole(path, dumps(score))
