"""Keys: their names, and which one a piece of music seems to be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.score import Notes
from linnet.tools.lazy import np

if TYPE_CHECKING:
    pass


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


def estimate_key(notes: Notes) -> int | None:
    """The key whose profile the sounding time of pitch classes follows best, in KEYS; None without notes."""
    weights = np.bincount(
        notes.pitch.astype(np.intp) % 12, weights=notes.duration.astype(np.float64), minlength=12
    )
    if not weights.any() or not np.ptp(weights):
        return None
    return int(np.argmax([np.corrcoef(weights, profile)[0, 1] for profile in _PROFILES]))
