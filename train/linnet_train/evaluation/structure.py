"""Figures of how a piece is built: what returns, what is new, what is stuck.

Pure functions of a score, as in `figures`. Sixteenths are the positions in a bar; a drum is one more pitch.
"""

import zlib
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Score
from linnet.music.similarity import bar_contents, struck

LONGEST_STEP = 8
"""Quarters; rhythms longer than this count as this long."""

FINEST = 960
"""Ticks in a quarter; a finer grid, such as the 10,080 of files that nobody quantised, is rounded to it."""

DRUMS = 128
"""Where the pitches of drums begin in what `linnet.music.similarity` reads."""

Integers = NDArray[np.int64]


def self_similarity(score: Score, nearest: int, farthest: int) -> float:
    """How alike (Jaccard) bars are to those some number of bars later, for the best such number."""
    bars = bar_contents(score)
    found = []
    for lag in range(nearest, min(farthest, len(bars) - 2) + 1):
        pairs = [(a, b) for a, b in zip(bars, bars[lag:], strict=False) if a or b]
        if pairs:
            found.append(float(np.mean([len(a & b) / len(a | b) for a, b in pairs])))
    return max(found, default=np.nan)


def bar_repeat(score: Score) -> float:
    """Share of bars that an earlier bar held note for note."""
    bars = [bar for bar in bar_contents(score) if bar]
    return 1 - len(set(bars)) / len(bars) if bars else np.nan


def longest_same_bar_run(score: Score) -> float:
    """The most equal bars in a row."""
    return float(max((sum(1 for _ in run) for bar, run in groupby(bar_contents(score)) if bar), default=0))


def distinct(score: Score, length: int) -> float:
    """Different runs of so many (step in time, pitch), as a share of all; repeats make it small."""
    notes = _symbols(score)
    runs = [tuple(notes[i : i + length]) for i in range(len(notes) - length + 1)]
    return len(set(runs)) / len(runs) if runs else np.nan


def loop_share(score: Score, period: int = 32, times: int = 4) -> float:
    """Share of the notes in the longest stretch that plays the same up to 32 notes at least four times."""
    notes = _symbols(score)
    longest = 0
    for lag in range(1, min(period, len(notes) // times) + 1):
        again = [a == b for a, b in zip(notes, notes[lag:], strict=False)]
        run = max((sum(1 for _ in run) for same, run in groupby(again) if same), default=0)
        if run + lag >= times * lag:
            longest = max(longest, run + lag)
    return longest / len(notes) if notes else np.nan


def compressed_size(score: Score) -> float:
    """Bytes of the notes after zlib, as a share of four bytes a note; repeats make it small."""
    notes = _symbols(score)
    data = np.array(notes, "<u2").tobytes()
    return len(zlib.compress(data, 9)) / len(data) if data else np.nan


def pitch_class_entropy_in_windows(score: Score, bars: int) -> float:
    """In bits: the pitch classes of so many bars in a row, on average over all such windows with notes."""
    found = []
    contents = [[pitch % 12 for _, pitch in bar if pitch < DRUMS] for bar in bar_contents(score)]
    for i in range(len(contents) - bars + 1):
        window = [pitch for bar in contents[i : i + bars] for pitch in bar]
        if window:
            found.append(entropy(np.array(window)))
    return float(np.mean(found)) if found else np.nan


# What all of them read


def _symbols(score: Score) -> list[tuple[int, int]]:
    """(time since the note before, pitch) of each note."""
    if score.ticks_per_beat > FINEST:
        score = score.resample(FINEST)
    onset, pitch = struck(score)
    steps = np.minimum(np.diff(onset, prepend=onset[:1]), LONGEST_STEP * score.ticks_per_beat)
    return list(zip(steps.tolist(), pitch.tolist(), strict=True))


def entropy(values: NDArray[np.integer]) -> float:
    """In bits; NaN for no values."""
    if not len(values):
        return np.nan
    share = np.unique(values, return_counts=True)[1] / len(values)
    return float(-(share * np.log2(share)).sum()) + 0.0  # no -0.0
