"""Roman numerals: what a chord is in a key."""

from __future__ import annotations

import re

from linnet.music.theory import QUALITIES, SCALES, key_index
from linnet.tools.named import NamedTuple

__all__ = ["Meant", "read", "write"]

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_MARKS = {"diminished": "o", "augmented": "+", "major seventh": "maj", "half-diminished": "ø",
          "diminished seventh": "o"}  # fmt: skip
_TRIAD_FIGURES = ("", "6", "64")
_SEVENTH_FIGURES = ("7", "65", "43", "42")
_SMALL = ("minor", "diminished", "minor seventh", "half-diminished", "diminished seventh")

_DIATONIC = {
    False: "I ii iii IV V vi viio Imaj7 ii7 iii7 IVmaj7 V7 vi7 viiø7",
    True: "i iio III iv V VI VII v IV III+ viio i7 iiø7 IIImaj7 iv7 v7 VImaj7 VII7 V7 viio7",
}
"""Chords of a major key; of a minor one, with those of its raised leading note."""

_PATTERN = (
    r"(?P<accidental>[b#♭♯]?)(?P<numeral>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?P<mark>maj|M|Δ|o|°|dim|ø|h|\+|aug)?(?P<figures>7|65|64|6|43|42|2)?"
    r"(?:/(?P<bass>[b#]?[1-7]))?(?:/(?P<target>[b#♭♯]?[IViv]+))?"
)


class Meant(NamedTuple):
    """The chord that a numeral means."""

    root: int
    quality: str
    bass: int


def read(text: str, key: str) -> Meant:
    """The chord that a numeral means in a key.

    `I7` has a minor seventh, as `V7` has; `Imaj7` a major one. In minor, `viio` stands on the raised leading
    note and `VII` on the step below the tonic.
    """
    found = re.fullmatch(_PATTERN, text.strip())
    if found is None:
        raise ValueError(f"a Roman numeral is one such as ii6, V7/V, viio7 or bVI, got {text!r}")
    index = key_index(key)
    tonic, is_minor = index % 12, index >= 12
    if found["target"]:  # of a key on another step, in the mode of the chord there
        there = read(found["target"], key)
        tonic, is_minor = there.root, there.quality in _SMALL
    numeral, mark, figures = found["numeral"], found["mark"] or "", found["figures"] or ""
    figures = "42" if figures == "2" else figures
    quality = _quality(numeral, mark, is_seventh=figures in _SEVENTH_FIGURES, text=text)
    root = (tonic + _step(numeral, found["accidental"], quality, is_minor=is_minor)) % 12
    if found["bass"]:
        home = SCALES["minor" if is_minor else "major"]
        degree = found["bass"]
        bass = tonic + home[int(degree[-1]) - 1] + degree.count("#") - degree.count("b")
        return Meant(root, quality, bass % 12)
    every = _SEVENTH_FIGURES if figures in _SEVENTH_FIGURES else _TRIAD_FIGURES
    return Meant(root, quality, (root + QUALITIES[quality][every.index(figures)]) % 12)


def write(root: int, quality: str, bass: int, key: str) -> str:
    """The numeral of a chord in a key."""
    index = key_index(key)
    tonic, is_minor = index % 12, index >= 12
    chord, plain = Meant(root, quality, bass), Meant(root, quality, root)
    for name in _DIATONIC[is_minor].split():
        if read(name, key) == plain:
            return name.removesuffix("7") + _figures(chord, tonic, is_minor=is_minor)
    for name in ("V", "V7", "viio", "viiø7", "viio7"):  # leads to a step of the scale
        for target in _DIATONIC[is_minor].split()[1:7]:
            if not target.endswith("o") and read(f"{name}/{target}", key) == plain:
                there = read(target, key)
                minor_there = there.quality in _SMALL
                return f"{name.removesuffix('7')}{_figures(chord, there.root, is_minor=minor_there)}/{target}"
    accidental, numeral = _numeral(chord, tonic, is_minor=is_minor)
    mark = _MARKS.get(quality, "")
    return f"{accidental}{numeral}{mark}{_figures(chord, tonic, is_minor=is_minor)}"


def _figures(chord: Meant, tonic: int, *, is_minor: bool) -> str:
    """What tells the inversion; of a foreign bass, its step in the scale."""
    intervals = QUALITIES[chord.quality]
    every = _SEVENTH_FIGURES if len(intervals) == 4 else _TRIAD_FIGURES
    above = (chord.bass - chord.root) % 12
    if above in intervals:
        return every[intervals.index(above)]
    accidental, step = _degree((chord.bass - tonic) % 12, is_minor=is_minor)
    return f"{every[0]}/{accidental}{step + 1}"


def _degree(interval: int, *, is_minor: bool) -> tuple[str, int]:
    """Accidental and step (from 0) of so many semitones above the tonic."""
    scale = SCALES["minor" if is_minor else "major"]
    if interval in scale:
        return "", scale.index(interval)
    if interval - 1 in scale and (interval == 6 or (is_minor and interval != 1)):
        return "#", scale.index(interval - 1)
    return "b", scale.index((interval + 1) % 12)


def _numeral(chord: Meant, tonic: int, *, is_minor: bool) -> tuple[str, str]:
    accidental, step = _degree((chord.root - tonic) % 12, is_minor=is_minor)
    numeral = _NUMERALS[step].lower() if chord.quality in _SMALL else _NUMERALS[step]
    if is_minor and step == 6 and chord.quality in ("diminished", "half-diminished", "diminished seventh"):
        # Numerals of these count from the raised leading note.
        accidental = "" if accidental == "#" else "b"
    return accidental, numeral


def _step(numeral: str, accidental: str, quality: str, *, is_minor: bool) -> int:
    """Semitones above the tonic."""
    place = _NUMERALS.index(numeral.upper())
    step = SCALES["minor" if is_minor else "major"][place]
    sharp, flat = accidental in ("#", "♯"), accidental in ("b", "♭")
    if is_minor and place == 6 and quality in ("diminished", "half-diminished", "diminished seventh"):
        return step + 1 - flat  # `#viio` is another way to write `viio`
    if is_minor and flat and place in (2, 5, 6):
        return step  # bIII, bVI and bVII count from the major scale, as songwriters do
    return step + sharp - flat


def _quality(numeral: str, mark: str, *, is_seventh: bool, text: str) -> str:
    small = numeral.islower()
    if mark in ("maj", "M", "Δ") and is_seventh and not small:
        return "major seventh"
    if mark in ("o", "°", "dim") and small:
        return "diminished seventh" if is_seventh else "diminished"
    if mark in ("ø", "h") and small:
        return "half-diminished"
    if mark in ("+", "aug") and not small and not is_seventh:
        return "augmented"
    if mark:
        raise ValueError(f"a numeral with {mark!r} after it cannot be read as a chord, got {text!r}")
    if is_seventh:
        return "minor seventh" if small else "dominant seventh"
    return "minor" if small else "major"
