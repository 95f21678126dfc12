"""A score as sheet music, and sheet music as a score: MusicXML (also packed, MXL) and ABC.

Needs the extra `notation` (music21), but for writing ABC.

Opened are notes with their ties, parts and instruments, drums, tempos, meters, keys, upbeats, chord symbols
(as `Score.markers`), the first verse of lyrics (`Score.lyrics`), rehearsal marks (markers too) and dynamics
(as loudness); repeats are played. One line in the log says what else there is, and is left out.

Written are notes, keys, meters, tempos, markers (those that are chords above the staff, others as rehearsal
marks) and lyrics.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from linnet.music.score import Score
from linnet.notation import abc, musicxml
from linnet.notation.musicxml import TICKS
from linnet.tools.files import write_whole

__all__ = ["TICKS", "dumps", "read", "write"]

dumps = musicxml.dumps


def read(path: str | PathLike[str]) -> Score:
    """The music of a MusicXML file (.musicxml, .xml, .mxl) or of the first tune of an ABC file (.abc).

    `NotationError` when there is none to be had, `LinnetError` without music21.
    """
    from linnet.notation.opening import read as read_with_music21

    return read_with_music21(Path(path))


def write(score: Score, path: str | PathLike[str]) -> None:
    """Save the piece as MusicXML, packed where the name ends in .mxl, as ABC where it ends in .abc, or
    engraved where it ends in .pdf, .svg or .png; whole or not at all. Its title is the file's name.
    """
    title, suffix = Path(path).stem, Path(path).suffix.lower()
    if suffix in (".pdf", ".svg", ".png"):
        from linnet.notation import engraving  # with what it needs, for these alone

        engraving.write(score, path)
    elif suffix == ".abc":
        write_whole(path, abc.dumps(score, title=title).encode())
    elif suffix == ".mxl":
        write_whole(path, musicxml.packed(musicxml.dumps(score, title=title)))
    else:
        write_whole(path, musicxml.dumps(score, title=title))
