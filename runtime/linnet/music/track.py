"""A track: the notes of one player."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.music.general_midi import PROGRAMS
from linnet.music.notes import Notes
from linnet.music.source import Place
from linnet.music.timeline import check_range
from linnet.tools.dataclass import dataclass, field, replace
from linnet.tools.text import printable

__all__ = ["Track", "name_of", "stem_names", "with_program"]


@dataclass(frozen=True)
class Track:
    """The notes of one player: a General MIDI program (0..127), or drums."""

    notes: Notes = field(default_factory=Notes)
    program: int = 0
    is_drum: bool = False
    name: str = ""

    place: Place | None = field(default=None, compare=False, repr=False)
    """Where the track stands in the MIDI file that the score was read from."""

    def __post_init__(self) -> None:
        check_range("program", self.program, 0, 127)


def name_of(track: Track) -> str:
    """What it is called, or else its instrument."""
    return track.name.strip() or ("Drums" if track.is_drum else PROGRAMS[track.program])


def with_program(track: Track, program: int) -> Track:
    """Played by another instrument, and named after it where it was named after its own."""
    named = track.name.strip().lower() in ("", PROGRAMS[track.program].lower())
    return replace(track, program=program, name=PROGRAMS[program] if named and track.name else track.name)


def stem_names(tracks: Sequence[Track]) -> list[str]:
    """Names of files for the tracks, without their ends: a number, and what the track is called, as far as
    every file system takes it.
    """
    names = []
    for number, track in enumerate(tracks, 1):
        plain = "".join("-" if c in '/\\:*?"<>|' else c for c in printable(name_of(track))).strip(" .")
        names.append(f"{number:02} {plain.encode()[:120].decode(errors='ignore').strip()}".strip())
    return names
