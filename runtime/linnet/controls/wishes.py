"""Wishes: what a player may ask for, and how much of it a piece of music holds. One definition for both.

Values start at 1; 0 is "no wish". Valence, arousal and section are for corpora with labels: nothing here
measures them, and a mood (`linnet.moods`) is put into the other wishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls.plan_rows import LOUDNESS_EDGES, PLAN_WISHES, plan_columns
from linnet.music.key import KEYS, TONICS, estimate_key, home_key
from linnet.music.score import Notes, Score
from linnet.music.similarity import Places
from linnet.tokens import features
from linnet.tokens.quantise import TICKS_PER_BEAT, tempo_bin
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "INDEX",
    "KEYS",
    "LOUDNESS_EDGES",
    "MEASURED",
    "TONICS",
    "estimate_key",
    "measure",
    "texture",
]

INDEX = {name: i for i, (name, _) in enumerate(features.WISHES)}
"""Column of each wish."""

MEASURED = (
    *("key", "tempo", "density", "polyphony", "register", "style", "bars_left", "likeness"),
    *PLAN_WISHES,
)


# Bins are upper edges: a value takes the first bin whose edge it stays below.
DENSITY_EDGES = (0.5, 1, 1.5, 2, 3, 4, 6)
"""Onsets a quarter; the performance base counts a second as two quarters."""
POLYPHONY_EDGES = (1.2, 2.2, 3.2, 4.2, 6.2)
"""Notes sounding together, on average over the time when any does."""
REGISTER_EDGES = (48, 57, 66, 75)
"""Mean pitch."""
LIKENESS_BARS = features.BARS_EARLIER
ALIKE = 0.6
"""Two bars are alike when their sets of (position, pitch) share this much (Jaccard index)."""
MOST_BARS_LEFT = dict(features.WISHES)["bars_left"] - 2  # values: none, 0, 1, ..


def measure(score: Score, style: int | None = None, *, key: int | None = None) -> NDArray[np.uint8]:
    """What a quantised score holds of each wish and of a plan: (bars + 1, ROW_WIDTH), row b for bar b, row 0
    for the header.

    A score in the performance base (50 ticks a beat) has one row for the whole piece.

    Args:
        score: quantised.
        style: its number; None for none.
        key: the key it is at home in, where more is known of it than the notes say: that of its file, which
            `linnet.music.key.home_key` reads and quantising loses.
    """
    rows = texture(score)
    key = home_key(score) if key is None else key
    rows[:, INDEX["key"]] = 0 if key is None else key + 1
    if style is not None:
        rows[:, INDEX["style"]] = style + 1
    if score.ticks_per_beat == TICKS_PER_BEAT["grid"]:
        rows[1:] += plan_columns(score, key)
    return rows


def texture(score: Score) -> NDArray[np.uint8]:
    """The same without key, style and plan: what can be counted in a moment."""
    on_grid = score.ticks_per_beat == TICKS_PER_BEAT["grid"]
    starts = score.bar_ticks() if on_grid else np.zeros(1, np.int64)
    starts = starts.astype(np.intp)  # where it is 32 bits wide, numpy refuses to count by anything else
    ends = np.append(starts[1:], max(score.end, 1))
    everything = score.notes
    pitched = score.pitched_notes
    rows = np.zeros((len(starts), features.ROW_WIDTH), np.uint8)

    rows[:, INDEX["density"]] = _density(everything, starts, ends, score.ticks_per_beat)
    rows[:, INDEX["polyphony"]] = _polyphony(pitched, starts, ends)
    rows[:, INDEX["register"]] = _register(pitched, starts)
    if not on_grid:
        return rows
    changes = np.array([change.tick for change in score.tempos])
    bins = np.array([tempo_bin(change.tempo) for change in score.tempos])
    rows[:, INDEX["tempo"]] = bins[np.searchsorted(changes, starts, "right") - 1] + 1
    rows[:, INDEX["bars_left"]] = np.minimum(np.arange(len(starts))[::-1], MOST_BARS_LEFT) + 1
    rows[:, INDEX["likeness"]] = _likeness(everything, starts)
    header = rows[0].copy()
    header[[INDEX[name] for name in ("density", "polyphony", "register", "likeness")]] = 0
    header[INDEX["bars_left"]] = min(len(starts), MOST_BARS_LEFT) + 1
    return np.vstack([header, rows])


def _bin(
    values: NDArray[np.float64], edges: tuple[float, ...], known: NDArray[np.bool_]
) -> NDArray[np.int64]:
    return np.where(known, np.searchsorted(edges, values, "right") + 1, 0)


def _bar_of(notes: Notes, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(starts, notes.onset, "right") - 1


def _density(
    notes: Notes, starts: NDArray[np.int64], ends: NDArray[np.int64], quarter: int
) -> NDArray[np.int64]:
    count = np.bincount(_bar_of(notes, starts), minlength=len(starts))
    return _bin(count * float(quarter) / (ends - starts), DENSITY_EDGES, np.ones(len(starts), np.bool_))


def _polyphony(notes: Notes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mean number of notes over the sounding ticks of each bar, from the running sums of begins and ends."""
    length = int(ends[-1])
    change = np.zeros(length + 1, np.int64)
    np.add.at(change, np.minimum(notes.onset, length), 1)
    np.add.at(change, np.minimum(notes.end, length), -1)
    sounding = np.cumsum(change)[:length]
    total = np.add.reduceat(sounding, starts)
    busy = np.add.reduceat((sounding > 0).astype(np.int64), starts)
    return _bin(total / np.maximum(busy, 1), POLYPHONY_EDGES, busy > 0)


def _register(notes: Notes, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    bars = _bar_of(notes, starts)
    count = np.bincount(bars, minlength=len(starts))
    total = np.bincount(bars, weights=notes.pitch.astype(np.float64), minlength=len(starts))
    return _bin(total / np.maximum(count, 1), REGISTER_EDGES, count > 0)


def _likeness(notes: Notes, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 for a new bar, 2.. for the distance in LIKENESS_BARS to the bar most like it; 0 for an empty one."""
    places = Places(notes, starts)
    alike = np.zeros((len(LIKENESS_BARS), len(starts)))
    for row, back in zip(alike, LIKENESS_BARS, strict=True):
        shared, either = places.shared(back)
        row[back:] = shared / np.maximum(either, 1)
    best = alike.argmax(0)
    found = np.where(alike.max(0) >= ALIKE, best + 2, 1)
    return np.where(places.size > 0, found, 0)
