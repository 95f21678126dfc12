"""A track: the notes of one player."""

from __future__ import annotations

from dataclasses import dataclass, field

from linnet.music.notes import Notes
from linnet.music.source import Place
from linnet.music.timeline import check_range

__all__ = ["Track"]


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
