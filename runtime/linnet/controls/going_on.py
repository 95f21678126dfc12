"""Going on from a primer: what of it goes on unless the player says otherwise."""

from __future__ import annotations

from linnet.controls.form import FARTHEST, Bar, Plan
from linnet.controls.keys import scale_of_key
from linnet.controls.wishes import INDEX, LIKENESS_BARS, texture
from linnet.music import upbeat
from linnet.music.key import estimate_key
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from linnet.tools.lazy import np

__all__ = ["habits", "key_of", "plan", "scale_in", "scale_of"]

BARS = 8
"""At the primer's end that its habits are taken from."""

HABITS = ("density", "polyphony", "register")
"""Wishes that the music's own last bars stand for."""

RARE = 0.02
"""Share of the sounding time up to which a pitch class is no part of a scale."""

FITS = 0.85
"""Share of it that C major must hold to be believed."""

RETURNS = (2, 3, 6, 7)
"""Bars of eight that come back from the eight before: ends of phrases, as in the second part of a tune."""

_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def key_of(primer: Score) -> int | None:
    """The key that the primer's file says it is in; else the one that its notes seem to be in.

    Of the two keys that a signature may mean, the notes choose; and C major, which is what many files say
    that are in no such key, counts if they are in it.
    """
    found = estimate_key(primer.pitched_notes)
    if not primer.key_signatures:
        return found
    signed = primer.key_signatures[-1].key
    relative = (signed + 9) % 12 + 12 if signed < 12 else signed
    if found == relative:
        return found
    shares = _shares(primer)
    return signed if signed or sum(shares[step] for step in _MAJOR) >= FITS else found


def scale_of(primer: Score) -> tuple[int, ...] | None:
    """The pitch classes that the primer is made of; None for fewer than five."""
    shares = _shares(primer)
    classes = tuple(each for each in range(12) if shares[each] > RARE)
    return classes if len(classes) >= 5 else None


def scale_in(primer: Score, own: int | None, key: int | None) -> tuple[int, ...] | None:
    """The pitch classes of the primer in another key than its own, both in KEYS; in its own for None.

    In a key of the other mode, and where the primer has too few, they are that key's.
    """
    scale = scale_of(primer)
    if key is None or own is None:
        return scale
    if scale is None or (own < 12) != (key < 12):
        return scale_of_key(key + 1, None)
    return tuple(sorted((each + key - own) % 12 for each in scale))


def habits(primer: Score, time_base: TimeBase) -> dict[int, int]:
    """Values of HABITS by column: the median of the last bars that have one."""
    score = codec.quantise(upbeat.pad(primer), time_base)
    rows = texture(score)[-BARS:]
    found = {}
    for name in HABITS:
        values = rows[:, INDEX[name]]
        if values.any():
            found[INDEX[name]] = int(np.sort(values[values > 0])[(values > 0).sum() // 2])
    return found


def plan(primer: Score, bars: int) -> Plan | None:
    """So many bars that take up the primer: what is new may look anywhere, and the ends of phrases come back.

    None for endless music, and after a primer of fewer than four bars.
    """
    period = BARS if primer.full_bars >= BARS else 4
    if not bars or primer.full_bars < 4 or period > FARTHEST:
        return None
    returns = [place for place in RETURNS if place < period]
    likeness = {INDEX["likeness"]: LIKENESS_BARS.index(period) + 2}
    found = [
        Bar(period, 15, likeness) if bar % period in returns else Bar("anywhere", 15, {INDEX["likeness"]: 0})
        for bar in range(bars)
    ]
    return Plan(found, 0, upbeat=False)


def _shares(score: Score) -> list[float]:
    """Of the sounding time, by pitch class."""
    notes = score.pitched_notes
    weight = np.minimum(notes.duration, 4 * score.ticks_per_beat).astype(np.float64)
    total = np.bincount(notes.pitch % 12, weights=weight, minlength=12)
    return [float(each) for each in total / max(total.sum(), 1.0)]
