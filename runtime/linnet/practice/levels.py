"""Levels and instruments of exercises, as data: what teachers' graded syllabi have in common.

Of the parameters that ABRSM, Trinity College London and the Royal Conservatory of Music publish for their
sight-reading tests the order is taken in which things come: note values, sizes of intervals, keys by their
signs, meters and the range. The numbers are ours, and no syllabus is copied; whoever teaches by one sets
the options that differ.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["INSTRUMENTS", "LEVELS", "Instrument", "Level", "keys_of"]


@dataclass(frozen=True, slots=True)
class Level:
    """What an exercise of a level may have."""

    rhythm: str
    """Note values."""

    leap: int
    """Semitones of the largest interval."""

    step_share: float
    """Of the moves at least so many are steps."""

    meters: tuple[str, ...]
    signs: int
    """The most sharps or flats of a key."""

    minor: bool
    """Whether there are minor keys."""

    span: int
    """Semitones from the lowest note to the highest, if the instrument has them."""

    bpm: int
    accidentals: bool = False
    """Whether there are notes outside the key signature."""

    rest: float = 0.0
    """The largest share of rests."""


LEVELS: tuple[Level, ...] = (
    Level("1/2,1/4", 4, 0.7, ("4/4",), 1, minor=False, span=9, bpm=72),
    Level("1/2.,1/2,1/4", 5, 0.65, ("4/4", "3/4"), 1, minor=False, span=12, bpm=76),
    Level("1/2.,1/2,1/4,1/8", 5, 0.6, ("4/4", "3/4", "2/4"), 2, minor=True, span=12, bpm=80),
    Level("1/2.,1/2,1/4.,1/4,1/8", 7, 0.55, ("4/4", "3/4", "2/4"), 2, minor=True, span=16, bpm=84, rest=0.05),
    Level("1/2.,1/2,1/4.,1/4,1/8", 8, 0.5, ("4/4", "3/4", "6/8"), 3, minor=True, span=17, bpm=88, rest=0.05),
    Level(
        "1/2.,1/2,1/4.,1/4,1/8.,1/8,1/16", 9, 0.45, ("4/4", "3/4", "6/8"), 3,
        minor=True, span=19, bpm=92, accidentals=True, rest=0.1,
    ),
    Level(
        "1/2.,1/2,1/4.,1/4,1/8.,1/8,1/8t,1/16", 12, 0.4, ("4/4", "3/4", "6/8", "9/8"), 4,
        minor=True, span=21, bpm=96, accidentals=True, rest=0.1,
    ),
    Level(
        "1/2.,1/2,1/4.,1/4,1/8.,1/8,1/8t,1/16", 12, 0.3, ("4/4", "3/4", "6/8", "9/8"), 5,
        minor=True, span=24, bpm=104, accidentals=True, rest=0.15,
    ),
)  # fmt: skip
"""From the first on."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Who plays. Pitches are those that are written."""

    program: int
    lowest: int
    home: int
    """The lowest pitch of beginners."""

    highest: int


INSTRUMENTS: dict[str, Instrument] = {
    "recorder": Instrument(74, 60, 60, 86),
    "flute": Instrument(73, 60, 62, 93),
    "oboe": Instrument(68, 60, 62, 86),
    "clarinet": Instrument(71, 52, 57, 86),
    "saxophone": Instrument(65, 58, 62, 88),
    "trumpet": Instrument(56, 55, 60, 82),
    "horn": Instrument(60, 53, 58, 79),
    "trombone": Instrument(57, 40, 46, 67),
    "bassoon": Instrument(70, 36, 41, 69),
    "violin": Instrument(40, 55, 62, 91),
    "viola": Instrument(41, 48, 55, 84),
    "cello": Instrument(42, 36, 43, 72),
    "guitar": Instrument(24, 52, 60, 86),
    "piano": Instrument(0, 48, 60, 88),
    "voice": Instrument(52, 57, 60, 81),
    "xylophone": Instrument(13, 60, 60, 84),
}

_SHARPS = {
    0: ("C", "A"), 1: ("G", "E"), 2: ("D", "B"), 3: ("A", "F#"), 4: ("E", "C#"), 5: ("B", "G#"),
    -1: ("F", "D"), -2: ("Bb", "G"), -3: ("Eb", "C"), -4: ("Ab", "F"), -5: ("Db", "Bb"),
}  # fmt: skip


def keys_of(level: Level) -> list[str]:
    """The keys of a level, those with fewer signs first."""
    found = []
    for sharps in sorted(_SHARPS, key=lambda each: (abs(each), -each)):
        if abs(sharps) <= level.signs:
            major, minor = _SHARPS[sharps]
            found += [f"{major} major", *([f"{minor} minor"] if level.minor else [])]
    return found
