"""What a piece of music says of itself in the rows of a plan: cadences, loudness, who plays, chords.

One definition for training, which reads these of people's pieces, and for play, where a plan has them. Chords
count from the home key (C major or A minor), so that a piece keeps its plan in whatever key it is played.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet.music.chord import Chord
from linnet.music.key import home_shift
from linnet.music.phrases import phrases
from linnet.tokens import features
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.chord import Beat
    from linnet.music.score import Notes, Score, TimeSignature

    Rows = NDArray[np.uint8]
    Ticks = NDArray[np.int64]

__all__ = [
    "CHORD_QUALITIES",
    "LOUDNESS_EDGES",
    "NO_CHORD_CELL",
    "PLAN_WISHES",
    "beat_ticks",
    "chord_cell",
    "chord_of",
    "plan_columns",
]

LOUDNESS_EDGES = (48, 56, 68, 80, 90, 96, 104)
"""Mean velocity of a bar. Bars of people's pieces with dynamics fall into the eight classes alike."""

CHORD_QUALITIES = (
    "major",
    "minor",
    "diminished",
    "augmented",
    "dominant seventh",
    "major seventh",
    "minor seventh",
)
"""In the order of csrc/feature_layout.h."""

_PLAIN = {"half-diminished": "diminished", "diminished seventh": "diminished"}

NO_CHORD_CELL = 1 + 12 * len(CHORD_QUALITIES)

PLAN_WISHES = (
    "cadence",
    "phrase_left",
    "loudness",
    *(name for name, _ in features.WISHES if name.startswith("plays_")),
)
"""The wishes that a plan adds to those of before."""

RESTS, PLAYS = 1, 2

_INDEX = {name: i for i, (name, _) in enumerate(features.WISHES)}
_SLOTS = [_INDEX[name] for name in PLAN_WISHES if name.startswith("plays_") and name != "plays_kit"]
_MOST_LEFT = dict(features.WISHES)["phrase_left"] - 1


def chord_cell(chord: Chord | None, shift: int = 0) -> int:
    """The number of a chord in a row: 1 + 7 * root + quality, the root in the home key; see NO_CHORD_CELL.

    Args:
        chord: as it sounds; None for no chord. Its bass is not told.
        shift: semitones from the home key to the sounding one.
    """
    if chord is None:
        return NO_CHORD_CELL
    quality = CHORD_QUALITIES.index(_PLAIN.get(chord.quality, chord.quality))
    return 1 + len(CHORD_QUALITIES) * ((chord.root - shift) % 12) + quality


def chord_of(cell: int, shift: int = 0) -> Chord | None:
    """The sounding chord of such a number, None for no chord.

    Raises:
        ValueError: It is 0, which tells nothing, or no such number.
    """
    if not 1 <= cell <= NO_CHORD_CELL:
        raise ValueError(f"the cell of a chord must be between 1 and {NO_CHORD_CELL}, got {cell}")
    if cell == NO_CHORD_CELL:
        return None
    root, quality = divmod(cell - 1, len(CHORD_QUALITIES))
    return Chord((root + shift) % 12, CHORD_QUALITIES[quality])


def beat_ticks(signature: TimeSignature, ticks_per_beat: int) -> int:
    """Ticks of a beat that can have a chord of its own: a dotted quarter where eighths come in threes, a half
    note in bars of more than six quarters, else a quarter, as in the C core.
    """
    if signature.denominator == 8 and signature.numerator % 3 == 0:
        return ticks_per_beat * 3 // 2
    return ticks_per_beat * (2 if 4 * signature.numerator > 6 * signature.denominator else 1)


def plan_columns(score: Score, key: int | None) -> Rows:
    """The plan's columns of a quantised score, the others 0: a row for each bar. (bars, ROW_WIDTH)

    Args:
        score: on the grid.
        key: that it is at home in, in `linnet.music.key.KEYS`; None leaves out cadences and chords.
    """
    starts = score.bar_ticks()
    rows = np.zeros((len(starts), features.ROW_WIDTH), np.uint8)
    rows[:, _INDEX["loudness"]] = _loudness(score.notes, starts)
    pitched = [track.notes for track in score.tracks if not track.is_drum]
    for column, notes in zip(_SLOTS, pitched, strict=False):
        rows[:, column] = _plays(notes, starts)
    for track in score.tracks:
        if track.is_drum:
            rows[:, _INDEX["plays_kit"]] = _plays(track.notes, starts)
    if key is None:
        return rows
    chords = score.chords()
    found = phrases(score, key=key, chords=chords)
    rows[:, _INDEX["cadence"]] = [bar.cadence for bar in found]
    rows[:, _INDEX["phrase_left"]] = [min(bar.left + 1, _MOST_LEFT) for bar in found]
    rows[:, features.CHORDS] = _cells(score, chords, starts, home_shift(key))
    return rows


def _bar_of(onset: Ticks, starts: Ticks) -> Ticks:
    return np.searchsorted(starts, onset, "right") - 1


def _loudness(notes: Notes, starts: Ticks) -> Ticks:
    """0 for a bar in which nothing begins. (bars,)"""
    bars = _bar_of(notes.onset, starts)
    count = np.bincount(bars, minlength=len(starts))
    total = np.bincount(bars, weights=notes.velocity.astype(np.float64), minlength=len(starts))
    classes = np.searchsorted(LOUDNESS_EDGES, total / np.maximum(count, 1), "right") + 1
    return np.where(count > 0, classes, 0)


def _plays(notes: Notes, starts: Ticks) -> Ticks:
    """Whether a note begins or sounds on in each bar. (bars,)"""
    change = np.zeros(len(starts) + 1, np.int64)
    np.add.at(change, _bar_of(notes.onset, starts), 1)
    np.add.at(change, _bar_of(notes.end - 1, starts) + 1, -1)
    return np.where(np.cumsum(change)[:-1] > 0, PLAYS, RESTS)


def _cells(score: Score, chords: Sequence[Beat], starts: Ticks, shift: int) -> Rows:
    """The chord that sounds as each beat begins; 0 after the end of a bar. (bars, cells)"""
    most = features.CHORDS.stop - features.CHORDS.start
    cells = {chord: chord_cell(chord, shift) for chord in {beat.chord for beat in chords}}
    numbers = np.array([cells[beat.chord] for beat in chords], np.uint8)
    ticks = np.array([beat.tick for beat in chords])
    signatures = score.time_signatures
    ruling = np.searchsorted([signature.tick for signature in signatures], starts, "right") - 1
    lengths = np.array([beat_ticks(each, score.ticks_per_beat) for each in signatures])[ruling]
    at = starts[:, None] + np.arange(most) * lengths[:, None]
    inside = at < np.append(starts[1:], max(score.end, int(starts[-1]) + 1))[:, None]
    place = np.searchsorted(ticks, at, "right") - 1
    return np.where(inside, numbers[place], 0).astype(np.uint8)
