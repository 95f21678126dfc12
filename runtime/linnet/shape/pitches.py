"""Pitches: into a scale, into a range. Drums have none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from linnet.music import theory
from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.shape._parts import check_strength, each_track, first_share
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Ints

__all__ = ["fold", "snap"]

_FAR = 1000


def snap(score: Score, *, scale: str | Iterable[int], strength: float = 1.0) -> Score:
    """The notes that are outside a scale go to its nearest pitch; no other moves.

    `scale` is a name such as `D dorian`, or pitch classes with C = 0. The name of a mode alone, such as
    `dorian`, is taken on the note that leaves the fewest to be moved. Where both neighbours are equally near,
    the note goes where it stays above and below the notes that it was above and below, else down. Below 1
    only a share of the notes outside goes, the longest first. To do it again at 1 changes nothing.
    """
    check_strength(strength)
    if isinstance(scale, str) and scale.strip().lower() in theory.SCALES:
        classes = _best_on(score, theory.SCALES[scale.strip().lower()])
    else:
        classes = theory.scale_classes(scale)
    if not strength:
        return score

    def moved(notes: Notes) -> Notes:
        pitch = notes.pitch.astype(np.int64)
        outside = ~np.isin(pitch % 12, list(classes))
        chosen = first_share(outside, (-notes.duration, notes.onset), strength)
        return Notes(
            notes.onset, notes.duration, np.where(chosen, _nearest(pitch, classes), pitch), notes.velocity
        )

    return each_track(score, moved, drums=False)


def _best_on(score: Score, steps: Iterable[int]) -> frozenset[int]:
    """The scale on the tonic that moves the fewest notes; of several, those of the least time; the lowest."""
    notes = score.pitched_notes
    scales = [frozenset((tonic + step) % 12 for step in steps) for tonic in range(12)]
    outside = [~np.isin(notes.pitch % 12, list(scale)) for scale in scales]
    return scales[
        min(range(12), key=lambda i: (int(outside[i].sum()), int(notes.duration[outside[i]].sum()), i))
    ]


def _nearest(pitch: Ints, classes: frozenset[int]) -> Ints:
    """The pitch of the scale that each would go to."""
    down_by = np.array([min((p - c) % 12 for c in classes) for p in range(12)])[pitch % 12]
    up_by = np.array([min((c - p) % 12 for c in classes) for p in range(12)])[pitch % 12]
    down_by = np.where(pitch - down_by < 0, _FAR, down_by)
    up_by = np.where(pitch + up_by > 127, _FAR, up_by)
    down, up = pitch - down_by, pitch + up_by

    def broken(to: Ints) -> Ints:
        """How many of its two neighbours it would be on another side of."""
        found = np.zeros(len(pitch), np.int64)
        found[1:] += np.sign(to[1:] - pitch[:-1]) != np.sign(pitch[1:] - pitch[:-1])
        found[:-1] += np.sign(to[:-1] - pitch[1:]) != np.sign(pitch[:-1] - pitch[1:])
        return found

    rises = (up_by < down_by) | ((up_by == down_by) & (broken(up) < broken(down)))
    found: Ints = np.where(rises, up, down)
    return found


def fold(score: Score, *, low: str | int, high: str | int, strength: float = 1.0) -> Score:
    """Notes outside a range go by octaves until they are inside.

    `low` and `high` are pitches such as C3 or 48, at least eleven semitones apart, so that every note has a
    place. Below 1 only a share of the notes outside goes, the farthest first. To do it again at 1 changes
    nothing.
    """
    check_strength(strength)
    bottom, top = theory.pitch_number(low), theory.pitch_number(high)
    if top - bottom < 11:
        raise ValueError(f"a range to fold into must hold all twelve notes, got {low} to {high}")
    if not strength:
        return score

    def moved(notes: Notes) -> Notes:
        pitch = notes.pitch.astype(np.int64)
        distance = np.maximum(np.maximum(bottom - pitch, pitch - top), 0)
        chosen = first_share(distance > 0, (-distance, notes.onset), strength)
        octaves = -(-distance // 12) * np.where(pitch < bottom, 12, -12)
        return Notes(notes.onset, notes.duration, np.where(chosen, pitch + octaves, pitch), notes.velocity)

    return each_track(score, moved, drums=False)
