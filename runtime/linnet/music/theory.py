"""Names that musicians use, as numbers: pitches, keys, scales, chords."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "QUALITIES",
    "SCALES",
    "SUFFIXES",
    "key_index",
    "pitch_class",
    "pitch_name",
    "pitch_number",
    "scale_classes",
]

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
"""Steps above the tonic, in semitones."""

QUALITIES = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "augmented": (0, 4, 8),
    "major seventh": (0, 4, 7, 11),
    "minor seventh": (0, 3, 7, 10),
    "dominant seventh": (0, 4, 7, 10),
    "diminished": (0, 3, 6),
    "half-diminished": (0, 3, 6, 10),
    "diminished seventh": (0, 3, 6, 9),
}
"""Semitones above the root: root, third, fifth and, where there is one, seventh."""

SUFFIXES = dict(zip(QUALITIES, ("", "m", "aug", "maj7", "m7", "7", "dim", "m7b5", "dim7"), strict=True))
"""What a chord symbol has after its root."""


def pitch_class(name: str) -> int:
    """`C` is 0, `F#` is 6, `Bb` is 10."""
    match = re.fullmatch(r"([A-Ga-g])([#♯b♭]*)", name.strip())
    if not match:
        raise ValueError(f"a note is a letter from A to G with # or b, such as F# or Bb, got {name!r}")
    letter, accidentals = match.groups()
    sharps = sum(1 if sign in "#♯" else -1 for sign in accidentals)
    return (_STEPS[letter.upper()] + sharps) % 12


def pitch_number(name: str | int) -> int:
    """The MIDI pitch of a number or of a name such as `C4` (60, the middle one) or `F#5`."""
    if isinstance(name, int) or name.strip().isdigit():
        number = int(name)
    else:
        match = re.fullmatch(r"(.+?)(-?\d+)", name.strip())
        if not match:
            raise ValueError(f"a pitch is a number from 0 to 127 or a name such as C4 or F#5, got {name!r}")
        letter = match[1].strip()[:1].upper()
        # The octave belongs to the letter: B#3 is C4, Cb4 is B3.
        signs = pitch_class(match[1]) - _STEPS.get(letter, 0)
        number = 12 * (int(match[2]) + 1) + _STEPS.get(letter, 0) + (signs + 6) % 12 - 6
    if not 0 <= number <= 127:
        raise ValueError(f"a pitch must be between 0 and 127, got {name}")
    return number


def pitch_name(pitch: int) -> str:
    """60 is `C4`."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def key_index(name: str) -> int:
    """Index into `linnet.wishes.KEYS` of a key such as `D major`, `A minor`, `F#m` or `Bb`."""
    words = name.strip().split()
    tonic, mode = (words[0], " ".join(words[1:]).lower()) if words else ("", "")
    if not mode and tonic.endswith("m"):
        tonic, mode = tonic[:-1], "minor"
    if mode not in ("", "major", "minor"):
        raise ValueError(
            f"key must be a note with major or minor, such as 'D major' or 'A minor', got {name!r}"
        )
    return pitch_class(tonic) + (12 if mode == "minor" else 0)


def scale_classes(scale: str | Iterable[int]) -> frozenset[int]:
    """Pitch classes (C is 0) of a scale such as `D dorian` or `A minor pentatonic`, or of any set of them."""
    if not isinstance(scale, str):
        classes = frozenset(scale)
        if not classes or not all(isinstance(c, int) and 0 <= c <= 11 for c in classes):
            raise ValueError(f"scale must hold pitch classes between 0 and 11, got {sorted(classes)}")
        return classes
    tonic, _, mode = scale.strip().partition(" ")
    steps = SCALES.get(mode.strip().lower() or "major")
    if steps is None:
        raise ValueError(f"scale must be a note and one of {', '.join(SCALES)}, got {scale!r}")
    return frozenset((pitch_class(tonic) + step) % 12 for step in steps)
