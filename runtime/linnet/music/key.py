"""Keys: their names, which one a piece of music seems to be in, and how far that is from home."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from linnet.music.score import Notes, Score
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KEYS", "TONICS", "estimate_key", "home_key", "home_shift"]


TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in TONICS)


# Krumhansl and Kessler (1982), probe-tone ratings for C major and C minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)


_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


_PROFILES = [
    profile[-tonic:] + profile[:-tonic] if tonic else profile
    for profile in (_MAJOR, _MINOR)
    for tonic in range(12)
]

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 9, 10, 11))
"""Major; minor with its raised sixth and seventh."""

SIGNED = 0.15
"""What a believable signature says for its two keys, beside correlations with the profiles."""
ENDS_THERE = 0.15
"""What the last lowest note says for the keys that it is the tonic of."""
NEARLY = 0.05
"""A signature is believable whose scale leaves out so much more of the sounding time than the scale of the
key that the profiles choose, at most."""


_OUTSIDE = 8.0
"""How much of a correlation notes outside a key cost, where they are few and speak for themselves."""


def estimate_key(notes: Notes) -> int | None:
    """The key whose profile the sounding time of pitch classes follows best, in KEYS; None without notes."""
    fit = _fit(_weights(notes))
    return None if fit is None else int(np.argmax(fit))


def likeliest_key(notes: Notes) -> int | None:
    """As `estimate_key`, but of a few notes: the keys that hold more of them count for more."""
    weights = _weights(notes)
    fit = _fit(weights)
    return None if fit is None else int(np.argmax(fit + _OUTSIDE * np.array(_covered(weights))))


def home_key(score: Score) -> int | None:
    """The key that a piece is at home in, in KEYS; None without pitched notes.

    As `estimate_key` has it, but the piece's first key signature speaks for its two keys, where their scales
    cover the music nearly as well, and the lowest of the notes that end last for what it is the tonic of.
    """
    notes = score.pitched_notes
    weights = _weights(notes)
    fit = _fit(weights)
    if fit is None:
        return None
    covered = _covered(weights)
    if score.key_signatures:
        signed = score.key_signatures[0].key
        major = signed if signed < 12 else (signed - 12 + 3) % 12
        relatives = (major, (major + 9) % 12 + 12)
        if max(covered[each] for each in relatives) >= covered[int(np.argmax(fit))] - NEARLY:
            for each in relatives:
                fit[each] += SIGNED
    last = notes.select(notes.end >= notes.end.max() - score.ticks_per_beat // 8)
    tonic = int(last.pitch.min()) % 12
    fit[tonic] += ENDS_THERE
    fit[tonic + 12] += ENDS_THERE
    return int(np.argmax(fit))


def home_shift(key: int) -> int:
    """Semitones from C major or A minor to a key of KEYS, -6..5: what is added to a home pitch to sound."""
    if not 0 <= key < len(KEYS):
        raise ValueError(f"key must be between 0 and {len(KEYS) - 1}, got {key}")
    tonic = key % 12 - (9 if key >= 12 else 0)
    return (tonic + 6) % 12 - 6


def _weights(notes: Notes) -> NDArray[np.float64]:
    """How long each pitch class sounds. (12,)"""
    classes, durations = notes.pitch.astype(np.intp) % 12, notes.duration.astype(np.float64)
    return np.bincount(classes, weights=durations, minlength=12).astype(np.float64)


def _fit(weights: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Correlation with each profile; None where nothing tells pitch classes apart. (24,)

    Rounded, so that keys which fit equally well do so on every machine: then the first of them is taken.
    """
    if not weights.any() or not np.ptp(weights):
        return None
    own, profiles = weights - weights.mean(), _centred()
    fit: NDArray[np.float64] = np.round((own * profiles).sum(1) / np.sqrt((own * own).sum()), 12)
    return fit


@cache
def _centred() -> NDArray[np.float64]:
    """The profiles with a mean of 0 and a length of 1. (24, 12)"""
    profiles = np.array(_PROFILES)
    profiles -= profiles.mean(1, keepdims=True)
    centred: NDArray[np.float64] = profiles / np.sqrt((profiles * profiles).sum(1, keepdims=True))
    return centred


def _covered(weights: NDArray[np.float64]) -> list[float]:
    """Share of the sounding time inside the scale of each key."""
    total = float(weights.sum())
    return [
        float(weights[[(tonic + step) % 12 for step in scale]].sum()) / total
        for scale in _SCALES
        for tonic in range(12)
    ]
