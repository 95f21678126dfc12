"""The beats of a piece: where each one lies, and how strong it is in its bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.timeline import TimeSignature, rescale
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.score import Score

__all__ = ["BAR", "HALF", "WEAK", "BeatGrid", "beat_grid", "beats_of"]

WEAK, HALF, BAR = 0, 1, 2
"""How strong a beat is: weak, the middle of a bar, the bar line."""


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """All beats of a piece as columns. (beats,)"""

    tick: NDArray[np.int64]
    end: NDArray[np.int64]
    """Where the next beat begins; of the last one, where the piece ends, or its last note."""

    bar: NDArray[np.int64]
    """From 0."""

    beat: NDArray[np.int64]
    """In its bar, from 0."""

    strength: NDArray[np.int64]
    """WEAK, HALF or BAR."""

    def __len__(self) -> int:
        return len(self.tick)

    def joined(self, starts: NDArray[np.bool_]) -> BeatGrid:
        """The grid with one beat from each start to the next. (beats,)"""
        last = np.append(np.flatnonzero(starts)[1:], len(self)) - 1
        columns = (self.bar, self.beat, self.strength)
        return BeatGrid(self.tick[starts], self.end[last], *(column[starts] for column in columns))


def beats_of(signature: TimeSignature) -> tuple[int, tuple[int, int]]:
    """How many beats a bar has, and the length of one as a fraction of a quarter note.

    A beat is what people tap: a dotted quarter in 6/8, 9/8 and 12/8, else a quarter, or the metre's own
    unit where that is shorter (5/8). Also 2/2 and 3/2 are counted in quarters, in which their chords change.
    """
    numerator, denominator = signature.numerator, signature.denominator
    if denominator >= 8 and numerator % 3 == 0 and numerator > 3:
        return numerator // 3, (12, denominator)
    if denominator < 4:
        return numerator * 4 // denominator, (1, 1)
    return numerator, (4, denominator)


def beat_grid(score: Score) -> BeatGrid:
    """The beats that begin before the end of a piece; at least one."""
    starts = score.bar_ticks()
    signature_ticks = np.array([signature.tick for signature in score.time_signatures])
    ruling = np.searchsorted(signature_ticks, starts, "right") - 1
    columns: list[tuple[NDArray[np.int64], ...]] = []
    for i, signature in enumerate(score.time_signatures):
        bars = np.flatnonzero(ruling == i)
        count, (quarters, parts) = beats_of(signature)
        beat = np.arange(count)
        offset = rescale(beat, quarters * score.ticks_per_beat, parts)
        tick = starts[bars][:, None] + offset
        strength = _strengths(count, doubled=signature.denominator < 4)
        columns.append(
            (
                tick.ravel(),
                np.repeat(bars, count),
                np.tile(beat, len(bars)),
                np.tile(strength, len(bars)),
            )
        )
    tick, bar, beat, strength = (np.concatenate(column) for column in zip(*columns, strict=True))
    # A bar may be cut short, and on a coarse grid two beats may fall on one tick.
    end = max(score.end, 1)
    inside = tick < np.minimum(np.append(starts, end)[bar + 1], end)
    tick, bar, beat, strength = tick[inside], bar[inside], beat[inside], strength[inside]
    apart = np.append(True, np.diff(tick) > 0)
    tick, bar, beat, strength = tick[apart], bar[apart], beat[apart], strength[apart]
    last = max(end, int(tick[-1]) + 1)
    return BeatGrid(tick, np.append(tick[1:], last), bar, beat, strength)


def _strengths(count: int, *, doubled: bool) -> NDArray[np.int64]:
    """Of the beats of one bar; `doubled` where two of them make one of the metre's own."""
    strength = np.full(count, WEAK)
    if doubled:
        strength[::2] = HALF
    elif count % 2 == 0 and count > 2:
        strength[count // 2] = HALF
    strength[:1] = BAR
    return strength
