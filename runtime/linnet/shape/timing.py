"""Onsets: onto the grid, and into a swing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.shape._parts import at_other_times, check_strength, finer, nearest
from linnet.shape.metre import place
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Ints

__all__ = ["quantise", "swing"]

SWUNG = Fraction(2, 3)
"""Of a pair of notes, how much the first takes at full swing: as in a triplet. Straight is a half."""


def quantise(score: Score, *, grid: str | Fraction = "1/16", strength: float = 1.0) -> Score:
    """Notes begin on the nearest line of a grid, or so much nearer to it; each keeps its length.

    `grid` is a share of a whole note: 1/16 for sixteenths, 1/12 for triplet eighths. Lines are counted from
    every bar line. At 1, to do it again changes nothing.
    """
    check_strength(strength)
    unit = _unit(grid, score)
    if not strength:
        return score

    def moved(_: int, notes: Notes) -> tuple[Ints, Ints, None]:
        bar = place(score, notes.onset)
        into, (length, parts) = notes.onset - bar.start, unit.as_integer_ratio()
        line = (2 * into * parts + length) // (2 * length)
        target = np.minimum(bar.start + (2 * line * length + parts) // (2 * parts), bar.stop)
        onset = notes.onset + nearest(strength * (target - notes.onset))
        return onset, onset + notes.duration, None

    return at_other_times(score, moved)


def swing(score: Score, *, grid: str | Fraction = "1/8", strength: float = 1.0) -> Score:
    """The second of each two notes comes late: at 1 as in a triplet, two to one.

    Time itself is bent, so all that sounds in between goes along, order stays and nothing overlaps that did
    not. `grid` is the note that swings, as a share of a whole note. Nothing moves in meters whose beat
    does not hold whole pairs, such as eighths in 6/8. Scores with few ticks get more of them.
    """
    check_strength(strength)
    _unit(grid, score)
    if not strength:
        return score
    score = finer(score)
    unit = float(_unit(grid, score))
    first = 2 * (0.5 + strength * (float(SWUNG) - 0.5))  # in units

    def bent(ticks: Ints) -> Ints:
        bar = place(score, ticks)
        fits = np.mod(bar.beat, 2 * unit) == 0
        into = (ticks - bar.start).astype(np.float64)
        pair = np.floor(into / (2 * unit)) * (2 * unit)
        inside = into - pair
        late = np.where(inside < unit, inside * first, unit * first + (inside - unit) * (2 - first))
        whole = bar.start + pair + 2 * unit <= bar.stop
        moved: Ints = np.where(fits & whole, bar.start + nearest(pair + late), ticks)
        return moved

    return at_other_times(score, lambda _, notes: (bent(notes.onset), bent(notes.end), None))


def _unit(grid: str | Fraction, score: Score) -> Fraction:
    """The ticks of a grid."""
    try:
        share = Fraction(grid)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not Fraction(1, 128) <= share <= 1 or share.denominator > 192:
        raise ValueError(f"grid must be a share of a whole note from 1/128 to 1, such as 1/16, got {grid}")
    return share * 4 * score.ticks_per_beat
