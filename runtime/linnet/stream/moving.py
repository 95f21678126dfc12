"""Pitches of one key and chord in another."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.music.chord import Chord
from linnet.music.key import KEYS, home_key
from linnet.music.score import KeySignature, Notes, Score
from linnet.music.theory import key_index
from linnet.stream.rows import FINE, Row
from linnet.tools.dataclass import replace

__all__ = ["in_key", "key_of", "moved", "moved_to_chord"]


_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def key_of(score: Score, key: str | None = None) -> int:
    """The key that a piece is to be read in, in KEYS: as it is told, signed or else found; C major for drums
    alone. ValueError for no key.
    """
    if key is not None:
        return key_index(key)
    found = home_key(score)
    return 0 if found is None else found


def moved(pitch: int, old: int, new: int) -> int:
    """A pitch of one key in another, in KEYS: the same step of its scale, the shortest way."""
    steps, others = _scale(old), _scale(new)
    way = (new % 12 - old % 12 + 6) % 12 - 6
    place = (pitch - old % 12) % 12
    tonic = pitch - place
    if place in steps:
        return tonic + way + others[steps.index(place)]
    step = max(each for each in range(7) if steps[each] < place)
    above = place - steps[step]
    return tonic + way + min(others[step] + above, others[step + 1] if step < 6 else 12)


def moved_to_chord(rows: Sequence[Row], key: int, chord: Chord | None) -> list[Row]:
    """Rows of a key, written over its tonic, over another chord: as many steps of the scale up or down as its
    root is away, with notes on the beat, or longer than a beat, on tones of the chord.
    """
    if chord is None:
        return list(rows)
    steps = _scale(key)
    root = (chord.root - key % 12) % 12
    found: list[Row] = []
    for onset, duration, pitch, velocity, program, drum in rows:
        if not drum:
            if root in steps:
                degrees = steps.index(root)
                pitch = _up(pitch, key, degrees if degrees < 4 else degrees - 7)
            else:
                pitch += (root + 6) % 12 - 6
            if onset % FINE == 0 or duration >= FINE:
                pitch = _nearest(pitch, chord.pitch_classes)
        found.append((onset, duration, min(max(pitch, 0), 127), velocity, program, drum))
    return found


def in_key(score: Score, key: int, of: int) -> Score:
    """A piece of one key in another, its drums as they are."""
    if key == of:
        return score
    tracks = (
        track
        if track.is_drum
        else replace(
            track,
            notes=Notes.of_rows(
                (onset, duration, min(max(moved(pitch, of, key), 0), 127), velocity)
                for onset, duration, pitch, velocity in track.notes.rows()
            ),
        )
        for track in score.tracks
    )
    return replace(score, tracks=tuple(tracks), key_signatures=(KeySignature.of_key(key),))


def _scale(key: int) -> tuple[int, ...]:
    return _MAJOR if KEYS[key].endswith("major") else _MINOR


def _up(pitch: int, key: int, degrees: int) -> int:
    """A pitch so many steps of the scale higher; what is between two steps stays between."""
    steps = _scale(key)
    place = (pitch - key % 12) % 12
    step = max(each for each in range(7) if steps[each] <= place)
    octave, to = divmod(step + degrees, 7)
    return pitch - place + 12 * octave + steps[to] + (place - steps[step])


def _nearest(pitch: int, classes: Sequence[int]) -> int:
    """The nearest pitch of a chord, the lower of two."""
    return min(
        (pitch + way for way in range(-6, 7) if (pitch + way) % 12 in classes),
        key=lambda at: (abs(at - pitch), at),
    )
