"""Which figures apply to some music, and which of a model's are far from people's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linnet.music.score import Score
from linnet_train.evaluation.compare import Measured, Table, interval_of
from linnet_train.evaluation.musician.table import FIGURES, AnyFigure, Figure, Texture

PIANOS = range(8)
"""General MIDI programs."""

ORCHESTRA = range(40, 80)
"""Likewise: strings, harp and timpani, voices, brass, reeds and pipes."""

FAR = 0.25
"""Standard deviations between people's pieces by which their interval is widened."""

FEWEST_KNOWN = 10
"""People's pieces that must have a figure, or it says nothing."""


def texture_of(score: Score) -> Texture:
    """What one piece is made of."""
    tracks = [track for track in score.tracks if len(track.notes)]
    pitched = [track for track in tracks if not track.is_drum]
    if not pitched:
        return "drums" if tracks else "melody"
    if len(pitched) < len(tracks):
        return "band"
    if len(pitched) > 4:
        players = sum(track.program in ORCHESTRA for track in pitched)
        return "orchestra" if 2 * players > len(pitched) else "band"
    if len(pitched) == 4:
        return "voices"
    keyboard = all(track.program in PIANOS for track in pitched)
    return "melody" if len(pitched) == 1 else "piano" if keyboard else "band"


def texture(scores: Sequence[Score]) -> Texture:
    """What most of the pieces are made of; of equals the one that comes first, and of none a melody."""
    found = [texture_of(score) for score in scores]
    return max(dict.fromkeys(found), key=found.count, default="melody")


def applying(kind: Texture, bars: int, *, barred: bool) -> tuple[Figure, ...]:
    """The figures that pieces of so many bars can be asked for."""
    return tuple(
        figure
        for figure in FIGURES
        if kind in figure.textures and bars >= figure.bars and (barred or not figure.barred)
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure of a model's pieces beside people's."""

    figure: AnyFigure
    sides: dict[str, Measured]
    """Means with bootstrap intervals, by who made the pieces."""

    limits: tuple[float, float]
    """A mean outside of these is far from people."""

    far: bool


def beside(figure: AnyFigure, values: dict[str, Table], made: str, people: str = "people") -> Beside | None:
    """Holds the values of pieces against people's.

    Far is a mean that lies outside of people's 95 % interval, after that was widened on both sides by the
    larger of FAR standard deviations of people's pieces and the smallest difference that counts, and whose
    own interval does not overlap people's: a few pieces prove little. Only the wrong side counts where one
    side is no fault. Far is, too, where no piece has what people's have.

    Args:
        figure: what they are values of.
        values: by who made the pieces, one value for each; NaN where a piece could not tell.
        made: whose pieces are judged.
        people: whose pieces they are held against.

    Returns:
        None where fewer than FEWEST_KNOWN of people's pieces have the figure.
    """
    theirs = values[people][~np.isnan(values[people])]
    if len(theirs) < FEWEST_KNOWN:
        return None
    sides = {who: interval_of(np.mean, each) for who, each in values.items()}
    margin = max(figure.heard, FAR * float(theirs.std()))
    low, high = sides[people].low - margin, sides[people].high + margin
    limits = (-np.inf if figure.wanted == "at most" else low, np.inf if figure.wanted == "at least" else high)
    ours = sides[made]
    overlap = ours.low <= sides[people].high and ours.high >= sides[people].low  # no, where ours is NaN
    return Beside(figure, sides, limits, not overlap and not limits[0] <= ours.value <= limits[1])
