"""Which bars of a piece come back, and from where."""

import numpy as np

from linnet.controls.wishes import ALIKE, LIKENESS_BARS
from linnet.music.score import Score
from linnet.music.similarity import bar_contents, likeness
from linnet.tokens.vocabulary import SOURCE_MOST

_DISTANCES = (*LIKENESS_BARS, *(back for back in range(1, SOURCE_MOST + 1) if back not in LIKENESS_BARS))
"""How far `Tracker.set_source` reaches; of bars equally alike the first counts, as in `linnet.wishes`."""


def sources(score: Score) -> list[tuple[int, int, float]]:
    """The earlier bar that each bar has most in common with.

    Returns:
        For each bar how many bars ago that was, which of its quarters are the same there (bits), and how much
        of all that either holds is in both (0 to 1); (0, 0, 0) for a new bar.
    """
    bars = bar_contents(score)
    alike, found = likeness(bars), []
    sixteenths = -(-np.diff(np.append(score.bar_ticks(), max(score.end, 1))) * 4 // score.ticks_per_beat)
    for bar, content in enumerate(bars):
        back = max(
            (back for back in _DISTANCES if back <= bar), key=lambda back: alike[bar, bar - back], default=0
        )
        common = float(alike[bar, bar - back]) if back else 0.0
        differ = {position * 4 // int(sixteenths[bar]) for position, _ in content ^ bars[bar - back]}
        quarters = sum(1 << quarter for quarter in range(4) if quarter not in differ)
        found.append((back, quarters, common) if common and quarters else (0, 0, 0.0))
    return found


def likeness_wish(measured: int, back: int, alike: float) -> int:
    """The wish for likeness of a bar when its form is played.

    Args:
        measured: the wish that the bar fulfils.
        back: how many bars ago its source was; 0: none.
        alike: how much the two have in common, 0 to 1.

    Returns:
        The value of the wish; a source at a distance that has none stands for "8 bars ago".
    """
    if back and alike >= ALIKE and back not in LIKENESS_BARS:
        return LIKENESS_BARS.index(8) + 2
    return measured
