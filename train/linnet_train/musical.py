"""Figures of a piece of music, for comparing what a model makes with what people made.

Each is a pure function of a score. None is a mark: collections of good music differ more from each other
than good music from bad, so figures mean something only beside those of people in the same style, cropped to
the same number of bars (`opening`), because most of them depend on length.

Sixteenths are the positions in a bar. NaN stands where a piece is too short to tell. Drums take no part in
what is about pitch and sound; in rhythm and structure a drum is one more pitch.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from linnet.score import Notes, Score
from linnet.similarity import bar_contents, struck
from linnet.theory import SCALES
from linnet.wishes import estimate_key

FEWEST_NOTES = 16
"""A piece with fewer notes is no piece: it is counted, and stays out of all other figures."""

LONGEST_STEP = 8
"""Quarters; rhythms longer than this count as this long."""

Integers = NDArray[np.int64]


def measure(score: Score) -> dict[str, float]:
    """All figures of one piece by name; yes is 1 and no is 0."""
    figures = {name: figure(score) for name, figure in FIGURES.items()}
    return figures | {"degenerate": float(is_degenerate(figures))}


def opening(score: Score, bars: int) -> Score:
    """The first bars of a piece, no note ringing on past them."""
    score = score.slice_bars(0, min(bars, score.bars))

    def within(notes: Notes) -> Notes:
        notes = notes.select(notes.onset < score.end)
        return Notes(notes.onset, np.minimum(notes.end, score.end) - notes.onset, notes.pitch, notes.velocity)

    return replace(score, tracks=tuple(replace(track, notes=within(track.notes)) for track in score.tracks))


# Tonality


def pitch_class_entropy(score: Score) -> float:
    """In bits, of how often each of the twelve is struck; at most 3.58."""
    return _entropy(_pitched(score).pitch % 12)


def scale_consistency(score: Score) -> float:
    """Share of notes inside the major scale that holds most of them. Natural minors are the same scales."""
    counts = np.bincount(_pitched(score).pitch % 12, minlength=12)
    inside = [sum(counts[(tonic + step) % 12] for step in SCALES["major"]) for tonic in range(12)]
    return float(max(inside) / counts.sum()) if counts.any() else np.nan


def key_nearness(score: Score) -> float:
    """Share of eight-bar windows in the key of the piece or one next to it: relative, parallel, a fifth
    away. A window starts every four bars.
    """
    notes, starts = _pitched(score), np.append(score.bar_ticks(), max(score.end, 1))
    home = estimate_key(notes)
    if len(starts) <= 8 or home is None:
        return np.nan
    windows = [(starts[i], starts[i + 8]) for i in range(0, len(starts) - 8, 4)]
    keys = [estimate_key(notes.select((notes.onset >= a) & (notes.onset < b))) for a, b in windows]
    near = [key in _neighbours(home) for key in keys if key is not None]
    return float(np.mean(near)) if near else np.nan


def _neighbours(key: int) -> set[int]:
    tonic, minor = key % 12, key >= 12
    mode, other = (12, 0) if minor else (0, 12)
    relative = (tonic + (3 if minor else 9)) % 12 + other
    return {key, relative, tonic + other, (tonic + 7) % 12 + mode, (tonic + 5) % 12 + mode}


# Rhythm and texture


def notes_per_beat(score: Score) -> float:
    """Notes a quarter, rests included."""
    return len(score.notes) * score.ticks_per_beat / max(score.end, 1)


def polyphony(score: Score) -> float:
    """Notes sounding together, on average over the time when any does."""
    sounding = _sounding(score)
    return float(sounding[sounding > 0].mean()) if sounding.any() else np.nan


def silence(score: Score) -> float:
    """Share of the time without a note."""
    return float(np.mean(_sounding(score) == 0))


def longest_gap(score: Score) -> float:
    """The longest time without a note, in quarters."""
    gaps = [sum(1 for _ in run) for silent, run in groupby((_sounding(score) == 0).tolist()) if silent]
    return max(gaps, default=0) / score.ticks_per_beat


def onset_entropy(score: Score) -> float:
    """In bits, of the times from one onset to the next."""
    onsets = np.unique(score.notes.onset)
    return _entropy(np.minimum(np.diff(onsets), LONGEST_STEP * score.ticks_per_beat))


def duration_entropy(score: Score) -> float:
    """In bits, of the lengths of notes."""
    return _entropy(np.minimum(_pitched(score).duration, LONGEST_STEP * score.ticks_per_beat))


def groove_consistency(score: Score) -> float:
    """How much the onsets of each bar fall where those of the bar before did: 1 for the same rhythm."""
    starts = np.append(score.bar_ticks(), max(score.end, 1))
    sixteenths = -(-np.diff(starts) * 4 // score.ticks_per_beat)
    rhythms = [{position for position, _ in bar} for bar in bar_contents(score)]
    same = [
        1 - len(a ^ b) / size
        for (a, b), (size, next_size) in zip(pairwise(rhythms), pairwise(sixteenths.tolist()), strict=True)
        if size == next_size
    ]
    return float(np.mean(same)) if same else np.nan


# Structure


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
    symbols = _symbols(score)
    runs = [tuple(symbols[i : i + length]) for i in range(len(symbols) - length + 1)]
    return len(set(runs)) / len(runs) if runs else np.nan


def loop_share(score: Score, period: int = 32, times: int = 4) -> float:
    """Share of the notes in the longest stretch that plays the same up to 32 notes at least four times."""
    symbols = _symbols(score)
    longest = 0
    for lag in range(1, min(period, len(symbols) // times) + 1):
        again = [a == b for a, b in zip(symbols, symbols[lag:], strict=False)]
        run = max((sum(1 for _ in run) for same, run in groupby(again) if same), default=0)
        if run + lag >= times * lag:
            longest = max(longest, run + lag)
    return longest / len(symbols) if symbols else np.nan


def is_degenerate(figures: Mapping[str, float]) -> bool:
    """Stuck in a loop, or silent for long."""
    looping = figures["loop share"] > 0.25 or figures["longest same-bar run"] > 4
    return looping or figures["longest gap"] > 16


# Endings


def ends_on_tonic(score: Score) -> float:
    """1 when the lowest note of the last onset is the tonic of the key the piece seems to be in, else 0."""
    notes = _pitched(score)
    key = estimate_key(notes)
    if key is None:
        return np.nan
    lowest = int(notes.pitch[notes.onset == notes.onset[-1]].min())
    return float(lowest % 12 == key % 12)


def ends_long(score: Score) -> float:
    """1 when the last note is at least as long as most, else 0."""
    durations = _pitched(score).duration
    return float(durations[-1] >= np.median(durations)) if len(durations) else np.nan


FIGURES: dict[str, Callable[[Score], float]] = {
    "pitch-class entropy": pitch_class_entropy,
    "scale consistency": scale_consistency,
    "key nearness": key_nearness,
    "notes per beat": notes_per_beat,
    "polyphony": polyphony,
    "silence": silence,
    "longest gap": longest_gap,
    "onset entropy": onset_entropy,
    "duration entropy": duration_entropy,
    "groove consistency": groove_consistency,
    "self-similarity 1-4": lambda score: self_similarity(score, 1, 4),
    "self-similarity 5-8": lambda score: self_similarity(score, 5, 8),
    "bar repeat": bar_repeat,
    "longest same-bar run": longest_same_bar_run,
    "distinct 4": lambda score: distinct(score, 4),
    "loop share": loop_share,
    "ends on tonic": ends_on_tonic,
    "ends long": ends_long,
}

YES_OR_NO = ("ends on tonic", "ends long", "degenerate")
SPREAD = tuple(name for name in FIGURES if name not in YES_OR_NO)
"""Figures with a distribution worth comparing."""


# What all of them read


def _pitched(score: Score) -> Notes:
    return replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum)).notes


def _entropy(values: NDArray[np.integer]) -> float:
    if not len(values):
        return np.nan
    share = np.unique(values, return_counts=True)[1] / len(values)
    return float(-(share * np.log2(share)).sum()) + 0.0  # no -0.0


def _sounding(score: Score) -> Integers:
    """Notes sounding at each tick, from the first note or the second bar: the rest before an upbeat is no
    silence.
    """
    notes, end = _pitched(score), max(score.end, 1)
    change = np.zeros(end + 1, np.int64)
    np.add.at(change, np.minimum(notes.onset, end), 1)
    np.add.at(change, np.minimum(notes.end, end), -1)
    second_bar = int(np.append(score.bar_ticks(), end)[1])
    begin = int(notes.onset.min(initial=second_bar))
    return np.cumsum(change)[begin if begin < end else 0 : end]


def _symbols(score: Score) -> list[Hashable]:
    """(time since the note before, pitch) of each note."""
    onset, pitch = struck(score)
    steps = np.minimum(np.diff(onset, prepend=onset[:1]), LONGEST_STEP * score.ticks_per_beat)
    return list(zip(steps.tolist(), pitch.tolist(), strict=True))
