"""The plan of music that is there, read from its notes.

One definition for training, which learns people's plans, and for play, where a plan goes on from a primer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import LONGEST_PHRASE, SHAPE
from linnet.controls.wishes import ALIKE, INDEX, LIKENESS_BARS
from linnet.music.similarity import bar_contents, likeness
from linnet.tokens import features
from linnet.tokens.vocabulary import SOURCE_MOST
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from linnet.music.score import Score

__all__ = ["plan_bars", "sources", "spell_phrases"]

_DISTANCES = (*LIKENESS_BARS, *(back for back in range(1, SOURCE_MOST + 1) if back not in LIKENESS_BARS))
"""How far `Tracker.set_source` reaches; of bars equally alike the first counts, as in `linnet.wishes`."""

_PLAYS = [INDEX[name] for name in INDEX if name.startswith("plays_")]
_SHAPE = [INDEX[name] for name in SHAPE]
_WHOLE = 15


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


def plan_bars(score: Score, rows: NDArray[np.uint8], beats: int) -> list[PlanBar]:
    """The plan of a score.

    Args:
        score: quantised, on the grid.
        rows: what `linnet.controls.wishes.measure` says of its bars. (bars, ROW_WIDTH)
        beats: of a bar, that have chords.
    """
    found = [
        PlanBar(
            source=back,
            how=quarters + _WHOLE * (alike >= ALIKE) if back else 0,
            cadence=int(row[INDEX["cadence"]]),
            left=int(row[INDEX["phrase_left"]]),
            cells=row[features.CHORDS][:beats].tolist(),
            players=row[_PLAYS].tolist(),
            shape=row[_SHAPE].tolist(),
        )
        for row, (back, quarters, alike) in zip(rows, sources(score), strict=False)
    ]
    spell_phrases(found)
    return found


def spell_phrases(bars: Sequence[PlanBar]) -> None:
    """Makes phrases of more than LONGEST_PHRASE bars several; `left` may say too little of them before."""
    begin = 0
    for number, bar in enumerate(bars):
        ends = bar.left == 1 or number + 1 == len(bars) or bars[number + 1].cadence != bar.cadence
        if not ends:
            continue
        phrase = bars[begin : number + 1]
        for place, each in enumerate(phrase):
            left = len(phrase) - place
            if each.cadence:
                each.left = (left - 1) % LONGEST_PHRASE + 1
                each.cadence = each.cadence if left <= LONGEST_PHRASE else 1
        begin = number + 1
