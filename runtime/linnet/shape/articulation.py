"""How long notes last: bound to the next, and not longer than they can."""

from __future__ import annotations

from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.shape._parts import check_strength, each_track, nearest, next_of_pitch
from linnet.tools.lazy import np

__all__ = ["legato", "repair"]

LONGEST = 32
"""Quarters. A note that lasts longer was most likely never released."""


def legato(score: Score, *, strength: float = 1.0) -> Score:
    """Notes last until the next of their track begins, where less than a beat is missing.

    A beat of silence or more is a rest, and stays one; drums stay too.
    """
    check_strength(strength)
    if not strength:
        return score

    def bound(notes: Notes) -> Notes:
        moments = np.unique(notes.onset)
        following = np.searchsorted(moments, notes.onset, "right")
        begins = np.append(moments, 0)[following]
        gap = begins - notes.end
        closes = (gap > 0) & (gap < score.ticks_per_beat)
        duration = notes.duration + np.where(closes, nearest(strength * gap), 0)
        return Notes(notes.onset, duration, notes.pitch, notes.velocity)

    return each_track(score, bound, drums=False)


def repair(score: Score, *, longest: float = LONGEST, strength: float = 1.0) -> Score:
    """No note sounds twice at once, and none hangs.

    Of notes of one pitch that begin together the longest stays, as loud as the loudest. A note ends where its
    pitch is struck again in its track. One of more than `longest` quarters is taken for one that nobody
    released, and gets the length that most have. Below 1 only so much of an excess is cut off; at 1, to do it
    again changes nothing.
    """
    check_strength(strength)
    if not longest > 0:
        raise ValueError(f"longest must be above 0, got {longest}")
    if not strength:
        return score
    most = max(longest * score.ticks_per_beat, 1)

    def mended(notes: Notes) -> Notes:
        notes = _single(notes)
        duration, hanging = notes.duration, notes.duration > most
        usual = (
            int(np.median(duration[~hanging])) if not hanging.all() else min(score.ticks_per_beat, int(most))
        )
        target = np.where(hanging, usual, duration)
        following = next_of_pitch(notes)
        until = np.where(following >= 0, notes.onset[following] - notes.onset, duration)
        target = np.minimum(target, until)
        return Notes(
            notes.onset, duration - nearest(strength * (duration - target)), notes.pitch, notes.velocity
        )

    return each_track(score, mended, drums=True)


def _single(notes: Notes) -> Notes:
    """Of notes that begin together with one pitch one."""
    kind = notes.onset * 128 + notes.pitch
    first = np.flatnonzero(np.diff(kind, prepend=-1))
    if len(first) == len(notes):
        return notes
    duration, velocity = (np.maximum.reduceat(column, first) for column in (notes.duration, notes.velocity))
    return Notes(notes.onset[first], duration, notes.pitch[first], velocity)
