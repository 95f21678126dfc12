"""Tempo curves: the notes stay where they are in the bar, and time around them bends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.score import Score
from linnet.music.timeline import TempoChange
from linnet.shape._parts import check_strength, nearest
from linnet.shape.metre import place
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Floats, Ints

__all__ = ["ritardando", "rubato"]

BREADTH = 0.15
"""How much longer a beat at either end of a phrase lasts than one in its middle, as a share of it."""

LAST = 0.5
"""The tempo in which a full ritardando arrives, as a share of the tempo before it."""

MOST_BARS = 100_000


def rubato(score: Score, *, bars: int = 4, strength: float = 1.0) -> Score:
    """Each phrase of so many bars begins and ends a little slower and moves on in between, on a parabola.

    What is lent is given back: under a steady tempo, a phrase lasts as long as before. A tempo for each beat.
    """
    check_strength(strength)
    _check_bars(bars)
    if not strength:
        return score
    if score.bars > MOST_BARS:
        raise ValueError(f"rubato is for at most {MOST_BARS} bars, got {score.bars}")
    starts = score.bar_ticks()
    phrase = np.append(starts[::bars], max(score.end, int(starts[-1]) + 1))
    bar = place(score, starts)
    beats = np.maximum(nearest((bar.stop - bar.start) / bar.beat), 1).astype(np.intp)
    bar_of = np.repeat(np.arange(len(starts)), beats)
    beat = np.arange(len(bar_of)) - np.repeat(np.cumsum(beats) - beats, beats)
    steps = np.unique(starts[bar_of] + nearest(beat * bar.beat[bar_of]))
    steps = steps[steps < phrase[-1]]
    lengths = np.diff(np.append(steps, phrase[-1]))
    of_phrase = np.searchsorted(phrase, steps, "right") - 1
    begin, stop = phrase[of_phrase], phrase[of_phrase + 1]
    along = (steps + lengths / 2 - begin) / (stop - begin)
    slower = (2 * along - 1) ** 2
    total = np.bincount(of_phrase, weights=slower * lengths) / np.bincount(of_phrase, weights=lengths)
    return _paced(score, steps, 1 + strength * BREADTH * (slower - total[of_phrase]))


def ritardando(score: Score, *, bars: int = 2, strength: float = 1.0) -> Score:
    """Slows down through the last bars, up to the last onset; at 1 to half the tempo.

    As a runner who brakes evenly: the square of the tempo falls on a line (Kronman and Sundberg, "Is the
    musical ritard an allusion to physical motion?", 1987). A tempo for each half of a quarter.
    """
    check_strength(strength)
    _check_bars(bars)
    if not strength or not score.notes:
        return score
    last = int(score.notes.onset[-1]) if len(score.tracks) == 1 else int(score.notes.onset.max())
    begin = last
    for _ in range(bars):
        bar = place(score, np.array([max(begin - 1, 0)]))
        begin = int(bar.start[0])
    pace = 1 - strength * (1 - LAST)
    steps = np.unique(
        np.append(begin + nearest(np.arange(begin, last, score.ticks_per_beat / 2) - begin), last)
    )
    middle = (steps[:-1] + steps[1:]) / 2
    along = np.append((middle - begin) / max(last - begin, 1), 1.0)
    return _paced(score, steps, 1 / np.sqrt(1 + (pace * pace - 1) * along))


def _check_bars(bars: int) -> None:
    if not 1 <= bars <= MOST_BARS:
        raise ValueError(f"bars must be between 1 and {MOST_BARS}, got {bars}")


def _paced(score: Score, steps: Ints, longer: Floats) -> Score:
    """The score in which, from each step on, a quarter lasts so many times as long as it did."""
    ticks = np.array([change.tick for change in score.tempos], np.int64)
    tempos = np.array([change.tempo for change in score.tempos], np.float64)
    at = np.union1d(ticks, steps)
    factor = np.append(1.0, longer)[np.searchsorted(steps, at, "right")]
    paced = np.clip(nearest(tempos[np.searchsorted(ticks, at, "right") - 1] * factor), 1, 0xFFFFFF)
    changes = zip(at.tolist(), paced.tolist(), strict=True)
    return replace(score, tempos=tuple(TempoChange(tick, tempo) for tick, tempo in changes))
