"""What sounds under each beat, as a listener weighs it: passing notes for less, and the bass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.beats import BeatGrid
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.notes import Notes
    from linnet.music.score import Score

    Ticks = NDArray[np.int64]
    Which = NDArray[np.bool_]

__all__ = ["Sounding", "sounding"]

# Hundredths of its time that a note counts for which is likely to be foreign to the chord. Whole numbers, so
# that sums are exact and the same music at other ticks per beat has the same chords to the last bit.
FULL = 100
PASSING = 45
"""Short, off the beat, come to and left by step: passing notes and neighbours."""
ACCENTED = 70
"""The same on the beat."""
ESCAPE = 85
"""Short, off the beat, a step on one side and a leap on the other: escape notes, anticipations."""
SUSPENSION = 35
"""Held over into a beat and left downwards by step within it; what lies before that beat counts in full."""
PREPARED = 60
"""The same, struck again."""

HEARD = 0.2
"""Share of a beat for which a note sounds before it can be its bass."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """What sounds under each beat."""

    classes: NDArray[np.float64]
    """Share of the beat for which each pitch class sounds, foreign notes counted for less. (beats, 12)"""

    lowest: NDArray[np.int64]
    """Lowest pitch that sounds for long enough to be heard as the bass; -1 in silence. (beats,)"""

    struck: NDArray[np.bool_]
    """Whether that note begins in this beat. (beats,)"""

    voices: NDArray[np.float64]
    """How many notes sound at once, on average over the beat. (beats,)"""


def sounding(score: Score, beats: BeatGrid) -> Sounding:
    """What sounds under each beat of a piece; drums are left out."""
    voices = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    pieces = [_weighed(notes, beats, score.ticks_per_beat) for notes in voices]
    nothing = np.zeros(0, np.int64)
    onset, end, pitch, weight = (
        np.concatenate([nothing, *(piece[column] for piece in pieces)]) for column in range(4)
    )
    length = (beats.end - beats.tick)[:, None]
    weighed = np.minimum(_overlaps(beats, onset, end, pitch, weight) / (FULL * length), 1)
    classes = np.pad(weighed, ((0, 0), (0, 4))).reshape(len(beats), 11, 12).sum(1)
    heard = np.minimum(_overlaps(beats, onset, end, pitch, np.ones_like(onset)) / length, 1)
    audible = heard > HEARD
    lowest = np.where(audible.any(1), audible.argmax(1), -1)
    begins = np.zeros((len(beats), 128), bool)
    for notes in voices:
        place = np.searchsorted(beats.tick, notes.onset, "right") - 1
        begins[place, notes.pitch] = True
    struck = begins[np.arange(len(beats)), np.maximum(lowest, 0)] & (lowest >= 0)
    return Sounding(np.minimum(classes, 1), lowest, struck, heard.sum(1))


def _weighed(notes: Notes, beats: BeatGrid, quarter: int) -> tuple[Ticks, Ticks, Ticks, Ticks]:
    """Onset, end, pitch and weight of the notes of one player, suspensions as two pieces.

    A note lasts in the ear until the next one comes, up to a quarter note, so that staccato is no silence.
    """
    onset, end, pitch = notes.onset, notes.end, notes.pitch.astype(np.int64)
    moments, moment = np.unique(onset, return_inverse=True)
    following = np.append(moments, moments[-1] + quarter)[moment + 1]
    until = np.maximum(end, np.minimum(following, onset + quarter))
    before, after = _steps(onset, end, pitch, moments, moment, quarter)
    stepwise_from, stepwise_to = before[-2] | before[-1] | before[1] | before[2], after[-1] | after[1]
    stepwise_to = stepwise_to | after[-2] | after[2]
    falls = after[-1] | after[-2]

    beat = np.searchsorted(beats.tick, onset, "right") - 1
    on_beat = 8 * (onset - beats.tick[beat]) <= quarter  # people don't play on the tick
    short, shorter = end - onset <= quarter, end - onset < quarter
    weight = np.full(len(onset), FULL)
    weight[stepwise_from & stepwise_to & ~on_beat & short] = PASSING
    weight[stepwise_from & stepwise_to & on_beat & shorter] = ACCENTED
    weight[(stepwise_from ^ stepwise_to) & ~on_beat & shorter] = ESCAPE
    again = before[0] & falls & on_beat & short
    weight[again] = np.minimum(weight[again], PREPARED)

    last = beats.tick[np.maximum(np.searchsorted(beats.tick, end, "left") - 1, 0)]  # beat in which it ends
    held = falls & (last > onset) & (end - last <= quarter)
    return (
        np.concatenate([onset, last[held]]),
        np.concatenate([np.where(held, last, until), until[held]]),
        np.concatenate([pitch, pitch[held]]),
        np.concatenate([weight, np.full(int(held.sum()), SUSPENSION)]),
    )


def _steps(
    onset: Ticks, end: Ticks, pitch: Ticks, moments: Ticks, moment: Ticks, quarter: int
) -> tuple[dict[int, Which], dict[int, Which]]:
    """Whether a note so many semitones away (-2..2) gives way to each note, and takes over from it.

    One note takes over from another when it is struck as that one ends: after three quarters of its time,
    and no later than an eighth after its end.
    """
    taken = np.searchsorted(moments, onset + np.maximum(3 * (end - onset) // 4, 1), "left")
    there = np.minimum(taken, len(moments) - 1)
    follows = (taken < len(moments)) & (2 * (moments[there] - end) <= quarter)
    # A place for each moment and pitch, with room for a step beyond both ends of the pitches.
    struck, released = moment * 256 + pitch + 2, there * 256 + pitch + 2
    begins, gives_way = np.zeros((2, len(moments) * 256), bool)
    begins[struck], gives_way[released[follows]] = True, True
    before = {step: gives_way[struck + step] for step in (-2, -1, 0, 1, 2)}
    after = {step: follows & begins[released + step] for step in (-2, -1, 1, 2)}
    return before, after


def _overlaps(beats: BeatGrid, onset: Ticks, end: Ticks, pitch: Ticks, weight: Ticks) -> NDArray[np.float64]:
    """Weighted ticks for which each pitch sounds in each beat. (beats, 128)

    From how many notes have begun and ended before each edge, and when, so that it takes no longer for a
    note that lasts a hundred beats.
    """
    edges = np.append(beats.tick, beats.end[-1])
    sounds = np.zeros(128, bool)
    sounds[pitch] = True
    row = (np.cumsum(sounds) - 1)[pitch]  # pitches that occur, each with its edges side by side
    shape = (int(sounds.sum()), len(edges))
    size = shape[0] * shape[1]
    count, moment = np.zeros(size), np.zeros(size)
    for at, sign in ((onset, 1), (end, -1)):
        edge = np.searchsorted(edges, at, "left")
        inside = edge < len(edges)
        cell, value = row[inside] * len(edges) + edge[inside], sign * weight[inside]
        count += np.bincount(cell, weights=value, minlength=size)
        moment += np.bincount(cell, weights=value * at[inside], minlength=size)
    elapsed = np.cumsum(count.reshape(shape), 1) * edges - np.cumsum(moment.reshape(shape), 1)
    overlaps = np.zeros((len(beats), 128))
    overlaps[:, sounds] = np.diff(elapsed, axis=1).T
    return overlaps
