"""What the parts of a piece do for each other.

All are figures of one piece; NaN where no part of it has the role.
"""

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Score
from linnet_train.evaluation.musician.reading import (
    STEPS,
    chord,
    full_bars,
    half_bars,
    lowest_part,
    mean,
    pitched_parts,
)

BASSES = range(32, 40)
"""General MIDI programs of acoustic, electric and synthetic basses."""


def bass_pitch(score: Score) -> float:
    """Mean MIDI pitch of tracks that are basses by their program."""
    tracks = [track for track in score.tracks if not track.is_drum and track.program in BASSES]
    pitches = [track.notes.pitch for track in tracks if len(track.notes)]
    return mean(np.concatenate(pitches)) if pitches else np.nan


def lowest_on_root(score: Score) -> float:
    """Share of bar lines at which the lowest track plays the root of the bar's chord.

    Its lowest note within an eighth triplet of the bar line; bars without one are left out.
    """
    bass, notes = lowest_part(score), score.pitched_notes
    found = []
    for bar in full_bars(score):
        near = bass.select(3 * np.abs(bass.onset - bar[0]) <= score.ticks_per_beat)
        heard = chord(notes, bar)
        if len(near) and heard is not None:
            found.append(int(near.pitch.min()) % 12 == heard[0])
    return mean(found)


def in_the_chord(score: Score) -> float:
    """Share of what sounds, by how long, that belongs to the chord of its half bar: parts that agree."""
    notes, inside, every = score.pitched_notes, 0, 0
    for half in half_bars(full_bars(score)):
        heard = chord(notes, half)
        if heard is not None:
            sounding = np.minimum(notes.end, half[1]) - np.maximum(notes.onset, half[0])
            sounding = np.maximum(sounding, 0)
            belongs = np.isin((notes.pitch.astype(np.int64) - heard[0]) % 12, STEPS[heard[1]])
            inside += int(sounding[belongs].sum())
            every += int(sounding.sum())
    return inside / every if every else np.nan


def parts_playing(score: Score) -> float:
    """Share of the pitched parts' bars in which they sound."""
    return mean(_playing(score).ravel())


def parts_entering(score: Score) -> float:
    """Share of the bars in which a pitched part rests that are followed by one in which it sounds."""
    playing = _playing(score)
    rests = ~playing[:, :-1]
    return mean(playing[:, 1:][rests])


def _playing(score: Score) -> NDArray[np.bool_]:
    """Whether a part sounds in a full bar. (parts, bars)"""
    parts, bars = pitched_parts(score), full_bars(score)
    sounds = [
        [bool(np.any((part.onset < end) & (part.end > begin))) for begin, end in bars] for part in parts
    ]
    return np.array(sounds, np.bool_).reshape(len(parts), len(bars))
