"""Levels and instruments of exercises, as data: what teachers' graded syllabi have in common.

What examination boards ask for in their sight-reading tests says in which order things come. Looked up:

- ABRSM, Woodwind review, Sight-reading requirements (gb.abrsm.org/en/our-exams/woodwind-review): short
  tests at the lower grades; keys and ranges are those of the scales up to the grade before.
- Sight-reading for the piano, ABRSM grade 1 (pianoandtheory.co.nz, 2020; hampsteadpianoacademy.com, with
  Trinity's beside it): C, G and F major, A and D minor; 2/4, 3/4, 4/4; four bars or six; each hand by itself,
  in a position of five fingers; quarter notes from 73 to 109 a minute.
- Sight-reading for the violin (musicalchildren.co.uk/music-exams): grade 1 D and A major (Trinity G too),
  grade 2 G major and E minor too, grade 3 C, F and B flat major, A, D and G minor too; four bars, then eight.
- Quick reference guide to the ABRSM syllabus, grades 1 to 5 (mymusictheory.com, 2011): three signs from
  grade 2 on, four from grade 3, five from grade 4; 6/8 and 9/8 from grade 3.

From there on the levels go by what teachers' methods have in common: signs one by one, dotted notes before
sixteenths, steps before leaps. The numbers are ours, and no syllabus is copied; whoever teaches by one sets
the options that differ.
"""

from __future__ import annotations

from linnet.tools.dataclass import dataclass

__all__ = ["HANDS", "INSTRUMENTS", "LEVELS", "Instrument", "Level", "keys_for", "keys_of"]


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


_Keys = tuple[tuple[str, ...], ...]

_PIANO: _Keys = (
    ("C major", "G major", "F major", "A minor", "D minor"),
    ("D major", "E minor", "G minor"),
    ("A major", "Bb major", "Eb major", "B minor"),
)
_VIOLIN: _Keys = (
    ("D major", "A major"),
    ("G major", "E minor"),
    ("C major", "F major", "Bb major", "A minor", "D minor", "G minor"),
)
_LOW_STRINGS: _Keys = (  # the same on strings a fifth lower
    ("G major", "D major"),
    ("C major", "A minor"),
    ("F major", "Bb major", "Eb major", "D minor", "G minor", "C minor"),
)
"""The keys that come with the first levels, those of the levels before included."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Who plays. Pitches and keys are those that are written."""

    program: int
    lowest: int
    home: int
    """The lowest pitch of beginners."""

    highest: int
    above: int = 0
    """Semitones by which it is written above what is heard."""

    pitched_in: str = ""
    """What is heard where C is written, where that is another note."""

    keys: _Keys = ()
    """Of the first levels, where they are others than fewer signs first."""

    left: tuple[int, int] | None = None
    """The lowest and the highest pitch of a left hand."""


INSTRUMENTS: dict[str, Instrument] = {
    "recorder": Instrument(74, 60, 60, 86),
    "flute": Instrument(73, 60, 62, 93),
    "oboe": Instrument(68, 60, 62, 86),
    "clarinet": Instrument(71, 52, 57, 86, above=2, pitched_in="Bb"),
    "saxophone": Instrument(65, 58, 62, 88, above=9, pitched_in="Eb"),
    "trumpet": Instrument(56, 55, 60, 82, above=2, pitched_in="Bb"),
    "horn": Instrument(60, 53, 58, 79, above=7, pitched_in="F"),
    "trombone": Instrument(57, 40, 46, 67),
    "bassoon": Instrument(70, 36, 41, 69),
    "violin": Instrument(40, 55, 62, 91, keys=_VIOLIN),
    "viola": Instrument(41, 48, 55, 84, keys=_LOW_STRINGS),
    "cello": Instrument(42, 36, 43, 72, keys=_LOW_STRINGS),
    "guitar": Instrument(24, 52, 60, 86),
    "piano": Instrument(0, 60, 60, 88, keys=_PIANO, left=(41, 59)),
    "voice": Instrument(52, 57, 60, 81),
    "xylophone": Instrument(13, 60, 60, 84),
}

_SHARPS = {
    0: ("C", "A"), 1: ("G", "E"), 2: ("D", "B"), 3: ("A", "F#"), 4: ("E", "C#"), 5: ("B", "G#"),
    -1: ("F", "D"), -2: ("Bb", "G"), -3: ("Eb", "C"), -4: ("Ab", "F"), -5: ("Db", "Bb"),
}  # fmt: skip


HANDS = ("apart", "together", "together")
"""How two hands play at the first levels: one by itself, then both at once; later each goes its own way."""


def keys_for(number: int, player: Instrument) -> list[str]:
    """The keys of the level of a number, from 1 on, for an instrument."""
    own = [key for keys in player.keys[:number] for key in keys]
    more = keys_of(LEVELS[number - 1]) if number > len(player.keys) else []
    return own + [key for key in more if key not in own]


def keys_of(level: Level) -> list[str]:
    """The keys of a level, those with fewer signs first."""
    found = []
    for sharps in sorted(_SHARPS, key=lambda each: (abs(each), -each)):
        if abs(sharps) <= level.signs:
            major, minor = _SHARPS[sharps]
            found += [f"{major} major", *([f"{minor} minor"] if level.minor else [])]
    return found
