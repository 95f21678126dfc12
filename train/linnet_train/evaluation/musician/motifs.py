"""What becomes of the material: motifs that come back, openings that return, endings that are new.

Figures of one piece, or of a primer and what goes on from it; NaN where either is too short to tell.
"""

import numpy as np

from linnet.music.key import estimate_key
from linnet.music.score import Score
from linnet.music.similarity import bar_contents
from linnet_train.evaluation.musician.reading import full_bars, mean, top_line, within

Motif = tuple[tuple[int, int], ...]
"""(interval in semitones, gap between onsets in ticks) of notes in a row."""

RUN = 3
"""Steps of a motif, so one more notes."""

OPENING = 8
"""Bars."""

GRAM = 4
"""Bars in a row that are looked for as one."""


def second_half_higher(score: Score) -> float:
    """Mean pitch of the second half of the full bars less that of the first, in semitones: a tune's B part
    lies higher than its A part.
    """
    bars, notes = full_bars(score), score.pitched_notes
    middle = bars[len(bars) // 2][0]
    halves = (bars[0][0], middle), (middle, bars[-1][1])
    first, second = (mean(within(notes, half).pitch) for half in halves)
    return second - first


def new_at_the_end(score: Score) -> float:
    """Of the runs of four bars that end in the last quarter of the piece, the share not heard before."""
    bars = bar_contents(score)
    grams = [tuple(bars[i : i + GRAM]) for i in range(len(bars) - GRAM + 1)]
    last = len(bars) - max(len(bars) // 4, 1) - GRAM + 1
    if last < 1:
        return np.nan
    heard = set(grams[:last])
    new = []
    for gram in grams[last:]:
        new.append(gram not in heard)
        heard.add(gram)
    return mean(new)


def opening_returns(score: Score) -> float:
    """How much of the first eight full bars comes back: their likeness (Jaccard index of what begins in each
    bar, on average) to the eight later bars in a row that are most like them.
    """
    skipped = score.bars - len(full_bars(score))
    bars = bar_contents(score)[skipped:]
    if len(bars) < 2 * OPENING:
        return np.nan
    opening, found = bars[:OPENING], []
    for start in range(OPENING, len(bars) - OPENING + 1):
        pairs = zip(opening, bars[start : start + OPENING], strict=True)
        found.append(mean([len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs]))
    return max(found)


def motifs_of_the_primer(primer: Score, continuation: Score) -> float:
    """Share of the motifs of a continuation's top line that stand in the primer's, in any key."""
    known = set(motifs(primer))
    return mean([motif in known for motif in motifs(continuation)])


def same_key(primer: Score, continuation: Score) -> float:
    """Whether the key found is the same in a primer and its continuation: 1 or 0."""
    keys = [estimate_key(part.pitched_notes) for part in (primer, continuation)]
    return np.nan if None in keys else float(keys[0] == keys[1])


def motifs(score: Score) -> list[Motif]:
    """All runs of three steps of the top line."""
    line = top_line(score)
    scale = 24 / score.ticks_per_beat
    intervals = np.diff(line.pitch.astype(np.int64)).tolist()
    gaps = np.rint(np.diff(line.onset) * scale).astype(np.int64).tolist()
    steps = list(zip(intervals, gaps, strict=True))
    return [tuple(steps[i : i + RUN]) for i in range(len(steps) - RUN + 1)]
