"""Where in its bar a tick stands, and how much weight that place has. For any ticks, also past the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.notes import MAX_TICK
from linnet.music.score import Score
from linnet.music.timeline import bar_length
from linnet.tools.lazy import np
from linnet.tools.named import NamedTuple

if TYPE_CHECKING:
    from linnet.shape._parts import Bools, Floats, Ints

BAR, HALF_BAR, BEAT, HALF_BEAT, QUARTER_BEAT, BETWEEN = 5, 4, 3, 2, 1, 0
"""Weights. In compound meters (6/8, 9/8, 12/8) the beat is a dotted note; its thirds stand in for halves."""


class Place(NamedTuple):
    """The bars that some ticks lie in; an array for each, all equally long."""

    start: Ints
    stop: Ints
    """Where the next bar starts."""

    beat: Floats
    """Ticks in a beat."""

    compound: Bools


def place(score: Score, ticks: Ints) -> Place:
    """The bar of each tick."""
    signatures = score.time_signatures
    at = np.array([signature.tick for signature in signatures], np.int64)
    lengths = np.array([bar_length(s, score.ticks_per_beat) for s in signatures], np.int64)
    is_compound = np.array(
        [s.numerator % 3 == 0 and s.numerator > 3 and s.denominator >= 8 for s in signatures]
    )
    which = np.searchsorted(at, ticks, "right") - 1
    length, parts = lengths[which].T
    # Bar n starts at (2 n length + parts) // (2 parts): the largest n for which that is not past the tick.
    n = ((2 * (ticks - at[which]) + 1) * parts - 1) // (2 * length)
    start, stop = (at[which] + (2 * m * length + parts) // (2 * parts) for m in (n, n + 1))
    stop = np.minimum(stop, np.append(at, MAX_TICK + 1)[which + 1])
    beat = 4.0 * score.ticks_per_beat / parts * np.where(is_compound[which], 3, 1)
    return Place(start, stop, beat, is_compound[which])


def weights(score: Score, ticks: Ints) -> Ints:
    """How strong the place of each tick is, from BAR down to BETWEEN; people's timing is forgiven."""
    near = score.ticks_per_beat / 12  # 40 ms at 120 BPM
    bar = place(score, ticks + int(near))
    into = (ticks - bar.start).astype(np.float64)

    def on(unit: Floats) -> Bools:
        lines = np.floor(into / unit + 0.5)
        on_line: Bools = np.abs(into - lines * unit) <= near
        return on_line

    beats = np.maximum(np.floor((bar.stop - bar.start) / bar.beat + 0.5), 1)  # a bar may be cut short
    half_beat = np.where(bar.compound, bar.beat / 3, bar.beat / 2)
    levels = [
        (np.abs(into) <= near, BAR),
        ((beats >= 4) & (beats % 2 == 0) & on(bar.beat * beats / 2), HALF_BAR),
        (on(bar.beat), BEAT),
        (on(half_beat), HALF_BEAT),
        (on(half_beat / 2), QUARTER_BEAT),
    ]
    return np.select([held for held, _ in levels], [weight for _, weight in levels], BETWEEN).astype(np.int64)
