"""How the harmony of a composed plan comes home.

Where a phrase closes, its last beat has the tonic's triad, as .97 of people's closed phrases have
(benchmarks.music.composed). Where a piece does, its last bar goes there by the tonic, the subdominant and the
dominant alone and stays, and the bar before leads into it from one of the last two: so 9 of 10 hymns have it,
in the bass.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from linnet.controls.plan_draft import Ask, Draft
from linnet.controls.plan_rows import NO_CHORD_CELL, chord_of

if TYPE_CHECKING:
    from linnet.music.chord import Chord

__all__ = ["coming_home"]

CLOSED = 3
HOME = (0, 9)
"""Pitch classes of the tonic at home, in major and in minor."""

TRIADS = (frozenset({"major"}), frozenset({"major", "minor"}))
"""That a piece in major ends on, and one in minor."""

LEADING = (5, 7)
"""Semitones from the tonic up to the roots that lead to it."""


def coming_home(ask: Ask, draft: Draft) -> bytes:
    """1 for each possible answer with which the phrase and the piece end at home; all where they need not."""
    minor = draft.conditions.minor
    if minor is None or draft.cadence != CLOSED or ask.name not in ("copy", "chord", "until"):
        return ask.possible
    inside = last = bytes([1]) * NO_CHORD_CELL
    stays = False
    if draft.place + 1 == draft.length:
        last = _chords(minor, home=True)
        stays = draft.bars_left == 0
        inside = _chords(minor, home=True, leading=True) if stays else inside
    elif draft.bars_left == 1:
        last = _chords(minor, leading=True)
    if ask.name == "copy":
        fits = bytes(_agrees(cells, inside, last, stays=stays) for cells in ask.options) + b"\1"
    elif ask.name == "chord":
        fits = last if ask.place + 1 == draft.conditions.beats else inside
    else:
        fits = _ends(ask, draft.conditions.beats, last, stays=stays)
    return bytes(a & b for a, b in zip(ask.possible, fits, strict=True))


def _ends(ask: Ask, beats: int, last: bytes, *, stays: bool) -> bytes:
    """Of a chord: at the end of the bar (the first answer) if it may be the last one; before the last beat
    only if another one may. It `stays` to the end where it may.
    """
    chord = ask.reference[0] - 1
    fits = bytearray([not (stays and last[chord])]) * len(ask.possible)
    fits[0] = last[chord]
    if beats - 1 < len(fits):
        fits[beats - 1] = 1 in last[:chord] + last[chord + 1 :]
    return bytes(fits)


def _agrees(cells: Sequence[int], inside: bytes, last: bytes, *, stays: bool) -> bool:
    """Whether a bar can be taken over."""
    may_be_last = [last[cell - 1] for cell in cells]
    if cells and not (all(inside[cell - 1] for cell in cells) and may_be_last[-1]):
        return False
    return not stays or may_be_last == sorted(may_be_last)


@cache
def _chords(minor: bool, *, home: bool = False, leading: bool = False) -> bytes:
    """1 for each chord, as it is answered, that is a triad on the tonic, or leads to it."""

    def fits(chord: Chord) -> bool:
        above = (chord.root - HOME[minor]) % 12
        return (home and not above and chord.quality in TRIADS[minor]) or (leading and above in LEADING)

    chords = (chord_of(cell) for cell in range(1, NO_CHORD_CELL + 1))
    return bytes(chord is not None and fits(chord) for chord in chords)
