"""Figures of a piece of music, for comparing what a model makes with what people made.

Each is a pure function of a score. None is a mark: collections of good music differ more from each other
than good music from bad, so figures mean something only beside those of people in the same style, cropped to
the same number of bars (`opening`), because most of them depend on length.

Sixteenths are the positions in a bar. NaN stands where a piece is too short to tell. Drums take no part in
what is about pitch and sound; in rhythm and structure a drum is one more pitch.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from linnet.music.key import estimate_key
from linnet.music.score import Notes, Score
from linnet.music.similarity import bar_contents
from linnet.music.theory import SCALES
from linnet_train.evaluation import structure
from linnet_train.evaluation.structure import LONGEST_STEP, Integers, entropy

FEWEST_NOTES = 16
"""A piece with fewer notes is no piece: it is counted, and stays out of all other figures."""


def measure(score: Score, *, barred: bool = True) -> dict[str, float]:
    """All figures of one piece.

    Args:
        score: the piece.
        barred: whether its bars mean anything; in the performance time base they do not.

    Returns:
        By name; yes is 1 and no is 0; NaN for what needs bars where there are none, or a longer piece.
    """
    if score.ticks_per_beat > structure.FINEST:
        score = score.resample(structure.FINEST)
    figures = {
        name: figure(score) if barred or name not in NEED_BARS else np.nan for name, figure in FIGURES.items()
    }
    return figures | {"degenerate": float(is_degenerate(figures))}


def opening(score: Score, bars: int) -> Score:
    """The first bars of a piece; notes that sound past them are cut."""
    score = score.slice_bars(0, min(bars, score.bars))

    def within(notes: Notes) -> Notes:
        notes = notes.select(notes.onset < score.end)
        return Notes(notes.onset, np.minimum(notes.end, score.end) - notes.onset, notes.pitch, notes.velocity)

    return replace(score, tracks=tuple(replace(track, notes=within(track.notes)) for track in score.tracks))


# Tonality


def pitch_class_entropy(score: Score) -> float:
    """In bits, of how often each of the twelve is struck; at most 3.58."""
    return entropy(score.pitched_notes.pitch % 12)


def scale_consistency(score: Score) -> float:
    """Share of notes inside the major scale that holds most of them. Natural minors are the same scales."""
    counts = np.bincount(score.pitched_notes.pitch % 12, minlength=12)
    inside = [sum(counts[(tonic + step) % 12] for step in SCALES["major"]) for tonic in range(12)]
    return float(max(inside) / counts.sum()) if counts.any() else np.nan


def pitch_range(score: Score) -> float:
    """Semitones from the lowest note to the highest."""
    pitch = score.pitched_notes.pitch
    return float(np.ptp(pitch)) if len(pitch) else np.nan


def pitch_classes(score: Score) -> float:
    """How many of the twelve are struck."""
    pitch = score.pitched_notes.pitch
    return float(len(np.unique(pitch % 12))) if len(pitch) else np.nan


def key_nearness(score: Score) -> float:
    """Share of eight-bar windows in the key of the piece or one next to it: relative, parallel, a fifth
    away. A window starts every four bars.
    """
    notes, starts = score.pitched_notes, np.append(score.bar_ticks(), max(score.end, 1))
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
    sounding = _sounding(score, score.pitched_notes)
    return float(sounding[sounding > 0].mean()) if sounding.any() else np.nan


def silence(score: Score) -> float:
    """Share of the time without a note; NaN for drums alone."""
    notes = score.pitched_notes
    return float(np.mean(_sounding(score, notes) == 0)) if len(notes) or not len(score.notes) else np.nan


def longest_gap(score: Score) -> float:
    """The longest time in which nothing sounds, drums included, in quarters."""
    sounding = _sounding(score, score.notes)
    gaps = [sum(1 for _ in run) for silent, run in groupby((sounding == 0).tolist()) if silent]
    return max(gaps, default=0) / score.ticks_per_beat


def onset_entropy(score: Score) -> float:
    """In bits, of the times from one onset to the next."""
    onsets = np.unique(score.notes.onset)
    return entropy(np.minimum(np.diff(onsets), LONGEST_STEP * score.ticks_per_beat))


def duration_entropy(score: Score) -> float:
    """In bits, of the lengths of notes."""
    return entropy(np.minimum(score.pitched_notes.duration, LONGEST_STEP * score.ticks_per_beat))


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


def is_degenerate(figures: Mapping[str, float]) -> bool:
    """Stuck in a loop, or silent for long."""
    looping = figures["loop_share"] > 0.25 or figures["longest_same_bar_run"] > 4
    return looping or figures["longest_gap"] > 16


# Endings


def ends_on_tonic(score: Score) -> float:
    """1 when the lowest note of the last onset is the tonic of the key the piece seems to be in, else 0."""
    notes = score.pitched_notes
    key = estimate_key(notes)
    if key is None:
        return np.nan
    lowest = int(notes.pitch[notes.onset == notes.onset[-1]].min())
    return float(lowest % 12 == key % 12)


def ends_long(score: Score) -> float:
    """1 when the last note is at least as long as most, else 0."""
    durations = score.pitched_notes.duration
    return float(durations[-1] >= np.median(durations)) if len(durations) else np.nan


Group = dict[str, Callable[[Score], float]]

GROUPS: dict[str, Group] = {
    "tonality": {
        "pitch_class_entropy": pitch_class_entropy,
        "pitch_range": pitch_range,
        "pitch_classes": pitch_classes,
        "scale_consistency": scale_consistency,
        "key_nearness": key_nearness,
        "entropy_in_1_bar": lambda score: structure.pitch_class_entropy_in_windows(score, 1),
        "entropy_in_4_bars": lambda score: structure.pitch_class_entropy_in_windows(score, 4),
    },
    "rhythm_and_texture": {
        "notes_per_beat": notes_per_beat,
        "polyphony": polyphony,
        "silence": silence,
        "longest_gap": longest_gap,
        "onset_entropy": onset_entropy,
        "duration_entropy": duration_entropy,
        "groove_consistency": groove_consistency,
    },
    "structure_and_loops": {
        "self_similarity_1_4": lambda score: structure.self_similarity(score, 1, 4),
        "self_similarity_5_8": lambda score: structure.self_similarity(score, 5, 8),
        "self_similarity_9_16": lambda score: structure.self_similarity(score, 9, 16),
        "self_similarity_17_32": lambda score: structure.self_similarity(score, 17, 32),
        "bar_repeat": structure.bar_repeat,
        "longest_same_bar_run": structure.longest_same_bar_run,
        "distinct_4": lambda score: structure.distinct(score, 4),
        "distinct_8": lambda score: structure.distinct(score, 8),
        "compressed_size": structure.compressed_size,
        "loop_share": structure.loop_share,
    },
    "endings": {"ends_on_tonic": ends_on_tonic, "ends_long": ends_long},
}
"""The figures by what they are about."""

FIGURES: Group = {name: figure for group in GROUPS.values() for name, figure in group.items()}

YES_OR_NO = ("ends_on_tonic", "ends_long", "degenerate")
SPREAD = tuple(name for name in FIGURES if name not in YES_OR_NO)
"""Figures with a distribution worth looking at."""

SIXTEEN = (
    "pitch_class_entropy", "pitch_range", "pitch_classes", "scale_consistency", "polyphony", "notes_per_beat",
    "onset_entropy", "duration_entropy", "distinct_4", "compressed_size", "groove_consistency",
    "entropy_in_1_bar", "entropy_in_4_bars", "bar_repeat", "self_similarity_1_4", "self_similarity_5_8",
)  # fmt: skip
"""Figures by which sets of pieces are compared: each says something of its own, and none is rare."""

NEED_BARS = frozenset(
    name
    for name in FIGURES
    if name.startswith(("self_similarity", "entropy_in"))
    or "bar" in name
    or name in ("groove_consistency", "key_nearness")
)


# What all of them read


def _sounding(score: Score, notes: Notes) -> Integers:
    """Notes sounding at each tick, from the first note or the second bar: the rest before an upbeat is no
    silence.
    """
    end = max(score.end, 1)
    change = np.zeros(end + 1, np.int64)
    np.add.at(change, np.minimum(notes.onset, end), 1)
    np.add.at(change, np.minimum(notes.end, end), -1)
    second_bar = int(np.append(score.bar_ticks(), end)[1])
    begin = int(notes.onset.min(initial=second_bar))
    return np.cumsum(change)[begin if begin < end else 0 : end]
