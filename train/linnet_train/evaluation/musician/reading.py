"""What a musician reads off a page before judging it: the tune, whole bars, chords, the key's tonic.

Pure functions of a score; times in ticks, pitches and pitch classes in semitones.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from linnet.music.key import estimate_key
from linnet.music.score import Notes, Score
from linnet.music.timeline import bar_length, rescale

Bar = tuple[int, int]
"""Where a bar, or another stretch, begins and ends, in ticks."""

Chord = tuple[int, str]
"""Pitch class of the root, and one of QUALITIES."""

QUALITIES: dict[str, tuple[tuple[int, ...], float]] = {
    "major": ((0, 4, 7), 0.0),
    "minor": ((0, 3, 7), 0.0),
    "diminished": ((0, 3, 6), 0.03),
    "seventh": ((0, 4, 7, 10), 0.06),
}
"""Semitones above the root, and what a chord of the kind is behind by: a rarer one, or one that covers
more for having more notes, must fit better to be heard."""

STEPS = {name: steps for name, (steps, _) in QUALITIES.items()}

ROOT_COUNTS = 0.05
"""How much the root's own share of a stretch speaks for a chord."""

_PENALTY = np.repeat([penalty for _, penalty in QUALITIES.values()], 12)
_MEMBERS = np.array(
    [
        [(pitch_class - root) % 12 in steps for pitch_class in range(12)]
        for steps, _ in QUALITIES.values()
        for root in range(12)
    ],
    np.float64,
)  # (qualities x roots, pitch classes)


def tonic(score: Score) -> int | None:
    """The pitch class of the tonic of the key that is found; None without pitched notes."""
    key = estimate_key(score.pitched_notes)
    return None if key is None else key % 12


def top_line(score: Score) -> Notes:
    """The highest pitched note at each onset, in order."""
    notes = score.pitched_notes  # in order of onset, then pitch
    return notes.select(np.diff(notes.onset, append=-1) != 0)


def full_bars(score: Score) -> list[Bar]:
    """All bars after an upbeat.

    An upbeat is a first bar that is shorter than its metre has it, or whose first onset lies in its second
    half.
    """
    starts = score.bar_ticks().tolist()
    bars = list(zip(starts, [*starts[1:], max(score.end, starts[-1] + 1)], strict=True))
    if len(bars) == 1:
        return bars
    signature = score.time_signatures[0]
    whole = rescale(1, *bar_length(signature, score.ticks_per_beat))
    first = int(score.notes.onset.min(initial=bars[0][1]))
    upbeat = bars[0][1] < whole or (2 * first >= bars[0][1] and first < bars[0][1])
    return bars[upbeat:]


def within(notes: Notes, bar: Bar) -> Notes:
    """Notes that begin in a stretch."""
    return notes.select((notes.onset >= bar[0]) & (notes.onset < bar[1]))


def chord(notes: Notes, stretch: Bar) -> Chord | None:
    """The chord of a stretch; None where nothing sounds.

    Of all major, minor and diminished triads and dominant sevenths the one that covers most of what sounds,
    pitch classes weighed by how long; see QUALITIES and ROOT_COUNTS. Of equals the first.
    """
    sounding = np.minimum(notes.end, stretch[1]) - np.maximum(notes.onset, stretch[0])
    weights = np.bincount(
        notes.pitch.astype(np.intp) % 12, weights=np.maximum(sounding, 0).astype(np.float64), minlength=12
    )
    if not weights.any():
        return None
    weights = weights / weights.sum()
    fit = _MEMBERS @ weights - _PENALTY + ROOT_COUNTS * np.tile(weights, len(QUALITIES))
    best = int(np.argmax(fit))
    return best % 12, tuple(QUALITIES)[best // 12]


def half_bars(bars: Sequence[Bar]) -> list[Bar]:
    """The two halves of each."""
    return [half for begin, end in bars for half in ((begin, (begin + end) // 2), ((begin + end) // 2, end))]


def chords(score: Score, stretches: Sequence[Bar]) -> list[Chord]:
    """The chords of the stretches in which anything sounds."""
    notes = score.pitched_notes
    found = (chord(notes, stretch) for stretch in stretches)
    return [each for each in found if each is not None]


def changes(labels: Sequence[Chord]) -> list[Chord]:
    """Chords that are another than the one before, with the first."""
    return [each for each, _ in groupby(labels)]


def lowest_part(score: Score) -> Notes:
    """The pitched track that lies lowest, by its mean pitch; no notes without any."""
    parts = pitched_parts(score)
    return parts[-1] if parts else Notes()


def pitched_parts(score: Score, *, more_than: int = 0) -> list[Notes]:
    """The notes of each pitched track that has more than so many, the highest first, by mean pitch."""
    parts = [track.notes for track in score.tracks if not track.is_drum and len(track.notes) > more_than]
    return sorted(parts, key=lambda notes: -float(notes.pitch.mean()))


def mean(found: Sequence[float] | NDArray[np.number | np.bool_]) -> float:
    """NaN for none."""
    return float(np.mean(found)) if len(found) else np.nan
