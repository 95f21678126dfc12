"""Chords: what they are called, which pitch classes they hold, and how their names are read and written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linnet.music.theory import QUALITIES, SUFFIXES, pitch_class
from linnet.music.timeline import KeySignature
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import later

if TYPE_CHECKING:
    from linnet.music import roman
else:
    roman = later("linnet.music.roman")

__all__ = ["NO_CHORD", "Beat", "Chord", "chord_bars", "is_symbol"]

NO_CHORD = ("N.C.", "NC", "N")
"""How lead sheets and chord tables write that there is none."""

_READ = {
    "major": ("", "maj", "M"),
    "minor": ("m", "min", "mi", "-"),
    "diminished": ("dim", "o", "°"),
    "augmented": ("aug", "+"),
    "dominant seventh": ("7", "dom7"),
    "major seventh": ("maj7", "ma7", "M7", "Δ", "Δ7"),
    "minor seventh": ("m7", "min7", "mi7", "-7"),
    "half-diminished": ("m7b5", "min7b5", "-7b5", "m7(b5)", "ø", "ø7", "hdim7", "hdim"),
    "diminished seventh": ("dim7", "o7", "°7"),
}
_SYMBOL = (
    r"[A-G][#b♯♭]*:?(m|min|mi|maj|ma|M|dim|hdim|aug|add|no|dom|alt|o(?!o)|°|ø|Δ|[+#b()0-9-])*(/\w[#b♯♭]*)?"
)
"""What may stand in one; which chord it is says `Chord.nearest`."""

_QUALITY_OF = {suffix: quality for quality, suffixes in _READ.items() for suffix in suffixes}

# Steps on the line of fifths from the root to the tones of the chord, by semitones.
_FIFTHS_OF = {0: 0, 3: -3, 4: 4, 6: -6, 7: 1, 8: 8, 9: -9, 10: -2, 11: 5}
_LOWEST, _LOWEST_OF_LEADING = -5, -2
"""Flattest place on the line of fifths around the tonic, where C is 0: Db; of diminished chords, which lead
upwards, Bb, so that C major has C#dim and G#dim but Db and Ab."""

_FLATTEST, _SHARPEST = -8, 12
"""Fb and B#, beyond which a bass is not spelt as the chord's third, fifth or seventh."""

_NEAREST = (
    (r"(hdim|ø|(m|min|-)7?b5).*", "half-diminished"),
    (r"(dim|o|°)7.*", "diminished seventh"),
    (r"(dim|o|°).*", "diminished"),
    (r"(aug|\+).*|.*#5", "augmented"),
    (r"(m|min|-)(maj|M|Δ).*", "minor"),
    (r"(maj|ma|M|Δ)(7|9|11|13).*|Δ", "major seventh"),
    (r"(maj|ma|M)?(6|69|add\d+)?", "major"),
    (r"(m|min|mi|-)(7|9|11|13).*", "minor seventh"),
    (r"(m|min|mi|-)(6|69|add\d+)?", "minor"),
    (r"(7|9|11|13)(?!.*sus).*", "dominant seventh"),
)


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: its root, its quality and the note in its bass. `str` writes its symbol."""

    root: int
    """Pitch class, C is 0."""

    quality: str = "major"
    """One of `linnet.theory.QUALITIES`."""

    bass: int = -1
    """Pitch class of the lowest note; the root unless given."""

    def __post_init__(self) -> None:
        if not 0 <= self.root <= 11:
            raise ValueError(f"root must be a pitch class between 0 and 11, got {self.root}")
        if self.quality not in QUALITIES:
            raise ValueError(f"quality must be one of {', '.join(QUALITIES)}, got {self.quality!r}")
        if not -1 <= self.bass <= 11:
            raise ValueError(f"bass must be a pitch class between 0 and 11, got {self.bass}")
        if self.bass == -1:
            object.__setattr__(self, "bass", self.root)

    @classmethod
    def parse(cls, symbol: str, *, key: str | None = None) -> Chord:
        """The chord of a symbol such as `C`, `Am`, `F#dim`, `G7` or `Bb/D`, or of a Roman numeral in a key.

        Args:
            symbol: A chord symbol, or a Roman numeral such as `ii6`, `V7/V` or `bVI`.
            key: What numerals count from, such as `C major`; not needed for symbols.

        Raises:
            ValueError: No such symbol, one that says more than a `Chord` holds (`C9`, `Gsus4`: see
                `nearest`), or a numeral without a key.
        """
        text = symbol.strip()
        if re.match(r"[b#♭♯]*[IViv]", text):
            if key is None:
                raise ValueError(f"a Roman numeral needs a key to count from, got {symbol!r} and no key")
            return cls(*roman.read(text, key))
        found = re.fullmatch(r"([A-G][#♯b♭]*)([^/]*)(?:/([A-G][#♯b♭]*))?", text)
        quality = _QUALITY_OF.get(found[2].strip()) if found else None
        if found is None or quality is None:
            raise ValueError(
                "a chord is a note with nothing or one of "
                f"{', '.join(suffix for suffix in SUFFIXES.values() if suffix)} after it and perhaps a bass, "
                f"such as Am or Bb/D, got {symbol!r}"
            )
        return cls(pitch_class(found[1]), quality, pitch_class(found[3]) if found[3] else -1)

    @classmethod
    def nearest(cls, symbol: str) -> Chord | None:
        """The chord left of a symbol that may say more than a `Chord` holds: `Dm7` of `Dm9`, `C` of `C6`.

        Reads lead sheets (`G7(b9)`, `Bbm6/Db`) and the words of chord tables after Harte (`C:maj7`, `G:9/3`).

        Returns:
            None where there is no chord (`N`), or none with a third (`Gsus4`, `C5`).

        Raises:
            ValueError: It does not begin with a note.
        """
        text = symbol.strip()
        if text in (*NO_CHORD, "X", "?"):
            return None
        found = re.fullmatch(r"([A-G][#♯b♭]*):?([^/]*)(?:/(.+))?", text)
        if found is None:
            raise ValueError(f"a chord symbol begins with a note from A to G, got {symbol!r}")
        root = pitch_class(found[1])
        # Of what stands in brackets only an altered fifth belongs to the nine qualities.
        kind = re.sub(
            r"\(([^)]*)\)", lambda inside: "".join(re.findall("[b#]5", inside[1])), found[2]
        ).strip()
        for pattern, quality in _NEAREST:
            if re.fullmatch(pattern, kind):
                return cls(root, quality, _bass_of(found[3], root))
        return None

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones of its tones above the root."""
        return QUALITIES[self.quality]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its tones from the root upwards; the bass stands among them unless it is foreign to the chord."""
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    @property
    def inversion(self) -> int | None:
        """0 with the root in the bass, 1 the third, 2 the fifth, 3 the seventh; None with another note."""
        classes = self.pitch_classes
        return classes.index(self.bass) if self.bass in classes else None

    @property
    def triad(self) -> Chord:
        """Root, third and fifth alone, in root position."""
        third, fifth = self.intervals[1:3]
        kinds = {(4, 7): "major", (3, 7): "minor", (3, 6): "diminished", (4, 8): "augmented"}
        return Chord(self.root, kinds[third, fifth])

    def transposed(self, semitones: int) -> Chord:
        """The same chord higher or lower."""
        return Chord((self.root + semitones) % 12, self.quality, (self.bass + semitones) % 12)

    def symbol(self, key: str | None = None) -> str:
        """As in a lead sheet, spelt as one does in that key: `Gb` in Db major, `F#` in D major."""
        leading = self.quality.startswith(("dim", "half"))
        if key is None:
            # As most often seen: Db and Ab, but C#m, G#m and F#.
            sharper = leading or self.quality.startswith("minor")
            tonic, flattest = 0, _LOWEST
            lowest = -3 if sharper else flattest
        else:
            signature = KeySignature.named(key)
            tonic = signature.fifths + 3 * (signature.is_minor and not leading)
            flattest = _LOWEST - (
                signature.is_minor and not leading
            )  # no raised fourth: C in F# minor, not B#
            lowest = _LOWEST_OF_LEADING if leading else flattest
        root = _place(self.root, tonic + lowest)
        name = _name(root) + SUFFIXES[self.quality]
        if self.bass == self.root:
            return name
        bass = _place(self.bass, tonic + flattest)
        interval = (self.bass - self.root) % 12
        if interval in self.intervals:
            in_chord = root + _FIFTHS_OF[interval]
            if _FLATTEST <= in_chord <= _SHARPEST:
                bass = in_chord
        return f"{name}/{_name(bass)}"

    def roman(self, key: str) -> str:
        """As a Roman numeral in a key such as `C major`: `I`, `ii6`, `V65`, `viio7/V`.

        Capitals have a major third. Figures tell the inversion as in figured bass; a bass that is foreign to
        the chord is a step of the scale after a slash (`IV/5`). Chromatic chords that lead to a step of the
        scale are named after it (`V7/V`).
        """
        return roman.write(self.root, self.quality, self.bass, key)

    def __str__(self) -> str:
        return self.symbol()


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat of a piece and the chord under it."""

    tick: int
    bar: int
    """From 0."""

    beat: int
    """In its bar, from 0. Three eighths long in 6/8, 9/8 and 12/8, else a quarter, or the metre's own unit
    where that is shorter."""

    chord: Chord | None
    """None where there is none: in silence, under drums alone, where nothing fits."""


def is_symbol(text: str, *, sus: bool = False) -> bool:
    """Whether it is written as a chord symbol is, and not as the name of a section: `Bm`, not `Bridge`.

    `sus`: such as Gsus4 too, of which no `Chord` is left.
    """
    return bool(re.fullmatch(_SYMBOL, re.sub("sus[24]?", "", text) if sus else text))


def chord_bars(text: str, *, key: str | None = None) -> tuple[tuple[Chord | None, ...], ...]:
    """The chords of each bar of a line such as `C | Am | F . . G7 | C`.

    Args:
        text: Chord symbols or Roman numerals with spaces between them and `|` between bars; `.` for a chord
            that goes on, `N.C.` for none.
        key: What numerals count from, such as `A minor`.

    Returns:
        The words of each bar as chords, `None` for no chord. How long each lasts is for the reader to say:
        usually the bar is shared out evenly.

    Raises:
        ValueError: A word is no chord; the bar is named.
    """
    bars: list[tuple[Chord | None, ...]] = []
    before: list[Chord | None] = []
    for number, bar in enumerate(text.strip().strip("|").split("|"), 1):
        first = len(before)
        for word in bar.split():
            if word == "." and before:
                before.append(before[-1])
                continue
            try:
                before.append(None if word in NO_CHORD else Chord.parse(word, key=key))
            except ValueError as error:
                raise ValueError(f"bar {number}: {error}") from error
        bars.append(tuple(before[first:]))
    return tuple(bars)


def _place(pitch: int, lowest: int) -> int:
    """Where a pitch class lies on the line of fifths (C is 0) in the twelve places from `lowest` up."""
    return (7 * pitch - lowest) % 12 + lowest


def _name(place: int) -> str:
    """The note at a place on the line of fifths."""
    sharps = (place + 1) // 7
    return "FCGDAEB"[(place + 1) % 7] + ("#" * sharps if sharps > 0 else "b" * -sharps)


def _bass_of(text: str | None, root: int) -> int:
    """The pitch class after the slash: a note, or a degree above the root as `b7`."""
    if not text:
        return -1
    degree = re.fullmatch(r"([b#]*)(\d+)", text)
    if degree is None:
        return pitch_class(text)
    step = (0, 2, 4, 5, 7, 9, 11)[(int(degree[2]) - 1) % 7]
    return (root + step + degree[1].count("#") - degree[1].count("b")) % 12
