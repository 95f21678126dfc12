"""The feeling that music expresses: valence, from gloomy or tense to glad, and arousal, from calm to excited.

A rule, not a trained model: a weighted sum of cues that listening experiments found. docs/moods.md has the
sources and what was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.score import Notes, Score
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CUES", "cues", "describe", "place"]

CUES = {
    # name: (middle, spread, weight in valence, weight in arousal)
    "mode": (0.0, 0.15, 0.6, 0.0),
    "onsets_per_second": (1.87, 0.83, 0.15, 0.35),
    "notes_per_second": (2.78, 1.05, 0.0, 0.25),
    "mean_velocity": (77.4, 14.8, 0.0, 0.35),
    "articulation": (1.0, 0.16, 0.0, -0.1),
    "mean_pitch": (64.6, 6.6, 0.2, 0.0),
    "consonance": (0.47, 0.16, 0.0, -0.05),
}
"""Measured by `python -m benchmarks.music.feeling --scale`; only the middle of the mode is its meaning."""

_MEANT = 5.0
"""Standard deviation of velocities from which on somebody meant them all."""

_TOGETHER = 0.03
"""Seconds. Notes that begin no further apart are one moment: a chord, as people play it."""

_WINDOW = 10.0
"""Seconds. The mode is looked for in stretches of about this length, because pieces change their key."""

# Albrecht and Shanahan (2013), pitch classes of C major and C minor in music that is known to be in them.
_MAJOR = (238, 6, 111, 6, 137, 94, 16, 214, 9, 80, 8, 81)
_MINOR = (220, 6, 104, 123, 19, 103, 12, 214, 62, 22, 61, 52)

_CONSONANCE = (-1.428, -0.582, 0.594, 0.386, 1.24, -0.453)
"""Huron (1994), of the interval classes 1 to 6. Unisons and octaves double a note, and say nothing."""


def describe(score: Score) -> dict[str, float]:
    """How glad (`valence`) and how excited (`arousal`) the music seems, each from -1 to 1, and by what cues.

    For any score: played or written, of any length and with any instruments. The cues:

    - `mode`: how much better the best major key fits than the best minor one (difference of correlations);
    - `onsets_per_second`, moments at which something begins, and `notes_per_second`;
    - `mean_velocity` and `velocity_spread` (standard deviation), in MIDI's 0..127; loudness counts as far as
      velocities differ, not at all where they are alike: then nobody said how loud it is;
    - `articulation`: how long notes last, as a share of the time to the next one of their track, at most 2;
    - `mean_pitch` (60 is middle C);
    - `consonance` of notes that sound together, on Huron's scale from -1.4 (semitones) to 1.2 (fifths).

    Cues that the music does not have are left out and count as ordinary. Music for drums alone has valence 0.

    ValueError without notes.
    """
    if not len(score.notes):
        raise ValueError("score must have notes: there is nothing to describe")
    found = cues(score)
    valence = arousal = 0.0
    for name, (middle, spread, for_valence, for_arousal) in CUES.items():
        if name in found:
            distance = min(max((place(name, found[name]) - middle) / spread, -2.5), 2.5)
            if name == "mean_velocity":  # equal ones are what a program writes, nobody's choice
                distance *= min(found["velocity_spread"] / _MEANT, 1.0)
            valence += for_valence * distance
            arousal += for_arousal * distance
    valence *= "mode" in found
    return {"valence": float(np.tanh(valence)), "arousal": float(np.tanh(arousal))} | found


def place(name: str, value: float) -> float:
    """Where a cue stands on its scale: rates by their logarithm to base 2, as tempo is heard."""
    return float(np.log2(value)) if name.endswith("second") else value


def cues(score: Score) -> dict[str, float]:
    """What is found in the music, by the names that `describe` explains."""
    notes = score.notes
    onset = np.sort(score.onset_seconds(notes))
    moments = _moments(onset)
    if len(moments) > 1:
        rate = float((len(moments) - 1) / (moments[-1] - moments[0]))
    else:
        rate = 1 / max(float(score.duration_seconds(notes).max()), _TOGETHER)
    found = {
        "onsets_per_second": rate,
        "notes_per_second": rate * len(notes) / len(moments),
        "mean_velocity": float(notes.velocity.mean()),
        "velocity_spread": float(notes.velocity.std()),
    }
    pitched = score.pitched_notes
    if not len(pitched):
        return found
    onset, duration = score.onset_seconds(pitched), score.duration_seconds(pitched)
    order = np.argsort(onset, kind="stable")
    onset, duration, pitch = onset[order], duration[order], pitched.pitch[order].astype(np.int64)
    found |= {"mode": _mode(onset, duration, pitch), "mean_pitch": float(pitch.mean())}
    lasting = [_lasting(score, track.notes) for track in score.tracks if not track.is_drum]
    together = _consonances(onset, duration, pitch)
    for name, values in (("articulation", np.concatenate(lasting)), ("consonance", together)):
        if len(values):
            found[name] = float(values.mean())
    return found


def _moments(onset: Floats) -> Floats:
    """The beginnings of what begins together; the onsets are sorted."""
    return onset[np.diff(onset, prepend=-np.inf) > _TOGETHER]


def _mode(onset: Floats, duration: Floats, pitch: Ints) -> float:
    """Mean over the stretches, each as important as it has notes."""
    profiles = [np.roll(each, tonic) for each in (_MAJOR, _MINOR) for tonic in range(12)]
    length = onset[-1] - onset[0]
    stretches = max(round(length / _WINDOW), 1)
    at = np.minimum((onset - onset[0]) * stretches // max(length, 1e-9), stretches - 1).astype(np.intp)
    heard = np.zeros((stretches, 12))
    np.add.at(heard, (at, pitch % 12), np.minimum(duration, 1.0))  # what lasts is soon taken for granted
    with np.errstate(all="ignore"):  # silence is like no key
        fit = np.nan_to_num(np.corrcoef(heard, profiles)[:stretches, stretches:])  # (stretches, 24 keys)
    margin = fit[:, :12].max(axis=1) - fit[:, 12:].max(axis=1)
    return float(np.average(margin, weights=np.bincount(at, minlength=stretches)))


def _lasting(score: Score, notes: Notes) -> Floats:
    """Of each note of a track but those of its last moment."""
    onset = score.onset_seconds(notes)
    moments = _moments(np.sort(onset))
    after = np.searchsorted(moments, onset + _TOGETHER, "right")
    inside = after < len(moments)
    gap = moments[after[inside]] - onset[inside]
    return np.minimum(score.duration_seconds(notes)[inside] / gap, 2.0)


def _consonances(onset: Floats, duration: Floats, pitch: Ints) -> Floats:
    """Of each note with each of the eight before it that began at most a second ago and still sound."""
    pairs = [np.zeros(0)]
    for back in range(1, min(9, len(onset))):
        first, later = slice(None, -back), slice(back, None)
        apart = onset[later] - onset[first]
        sounding = (apart < 1) & (apart + _TOGETHER < duration[first])
        interval = np.abs(pitch[later] - pitch[first])[sounding] % 12
        pairs.append(np.array(_CONSONANCE)[np.minimum(interval, 12 - interval)[interval > 0] - 1])
    return np.concatenate(pairs)
