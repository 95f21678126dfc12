"""Notes as people write them down in Python: names of pitches, and lengths in quarter notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import SupportsFloat

from linnet.music.notes import MAX_TICK, Note, Row
from linnet.music.theory import pitch_number

__all__ = ["Written", "rows"]

Pitches = int | str | None | Sequence[int | str]
"""One pitch, several together, or None for a rest."""

Written = Note | tuple[Pitches, float] | tuple[Pitches, float, int]
"""A note in ticks; or pitch and length in quarter notes, and perhaps a velocity."""

_POSSIBLE = (
    "a note is a pitch and its length in quarter notes, such as ('C4', 1), (('C4', 'E4'), 0.5), (None, 2)"
)


def rows(notes: Iterable[Written], ticks_per_beat: int, velocity: int) -> tuple[list[Row], int]:
    """The notes with their ticks, and where they end. Pairs come one after the other, from the end of what
    came before; a `Note` stands where it says.

    Raises:
        TypeError: For what is no note.
        ValueError: For a pitch or a length out of range.
    """
    found: list[Row] = []
    quarters = Fraction(0)
    for note in notes:
        if isinstance(note, Note):
            found.append((note.onset, note.duration, note.pitch, note.velocity))
            quarters = max(quarters, Fraction(note.end, ticks_per_beat))
            continue
        if not isinstance(note, tuple | list) or not 2 <= len(note) <= 3:
            raise TypeError(f"{_POSSIBLE}; got {note!r}")
        pitches, length, *rest = note
        if not isinstance(length, SupportsFloat) or isinstance(length, str | bool):
            raise TypeError(f"{_POSSIBLE}; got {note!r}")
        # A third written as 0.333 is meant as one.
        exact = length if isinstance(length, Fraction) else Fraction(float(length)).limit_denominator(96)
        onset = _tick(quarters, ticks_per_beat)
        quarters += exact
        duration = _tick(quarters, ticks_per_beat) - onset
        if duration < 1:
            raise ValueError(
                f"a note must last at least one tick of {ticks_per_beat} a quarter, got {note!r}"
            )
        loud = rest[0] if rest else velocity
        found += [(onset, duration, pitch_number(pitch), loud) for pitch in _several(pitches)]
    return found, _tick(quarters, ticks_per_beat)


def _several(pitches: object) -> list[int | str]:
    members = pitches if isinstance(pitches, tuple | list) else [] if pitches is None else [pitches]
    for each in members:
        if not isinstance(each, int | str) or isinstance(each, bool):
            raise TypeError(f"{_POSSIBLE}; got {pitches!r}")
    return list(members)


def _tick(quarters: Fraction, ticks_per_beat: int) -> int:
    tick = int(quarters * ticks_per_beat + Fraction(1, 2))
    if tick > MAX_TICK:
        raise ValueError(f"a piece may not last longer than {MAX_TICK} ticks")
    return tick
