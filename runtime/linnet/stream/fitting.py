"""Music that somebody wrote, moved to the key and the chord of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from linnet.music.chord import Chord
from linnet.music.key import KEYS, home_key
from linnet.music.score import KeySignature, Notes, Score
from linnet.music.theory import key_index
from linnet.stream.position import chord_in
from linnet.stream.segment import Segment
from linnet.stream.stage import Laid, Row, Waiting
from linnet.stream.timeline import Timeline
from linnet.tokens.quantise import TICKS_PER_BEAT

__all__ = ["FINE", "in_key", "key_of", "laid", "moved", "moved_to_chord", "rows_of"]

FINE = 480
"""Ticks of a row in a quarter note."""

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_GRID = TICKS_PER_BEAT["grid"]


def key_of(score: Score, key: str | None = None) -> int:
    """The key that a piece is to be read in, in KEYS: as it is told, signed or else found; C major for drums
    alone. ValueError for no key.
    """
    if key is not None:
        return key_index(key)
    found = home_key(score)
    return 0 if found is None else found


def rows_of(score: Score) -> tuple[Row, ...]:
    """The notes of a piece, by onset, as `Waiting` keeps them; its tempos are left behind."""
    fine = score.resample(FINE)
    rows = [
        (onset, max(duration, 1), pitch, velocity, 0 if track.is_drum else track.program, track.is_drum)
        for track in fine.tracks
        for onset, duration, pitch, velocity in track.notes.rows()
    ]
    return tuple(sorted(rows))


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


def laid(sting: Waiting, timeline: Timeline, at: int) -> list[Laid]:
    """The notes of a sting that begins at so many units, in the key, over the chord and at the pace of that
    moment.
    """
    playing = timeline.segments[0]
    assert playing.after is not None
    key, pace = playing.after.request.key, _pace(playing, at - timeline.start)
    rows: Iterable[Row] = sting.rows
    if sting.fits:
        rows = [
            (a, b, pitch if drum else moved(pitch, sting.key, key), v, p, drum)
            for a, b, pitch, v, p, drum in rows
        ]
        tick = playing.tick(max(at - timeline.start, 0)) - playing.bar_start if playing.section else 0
        chord = chord_in(timeline, max(tick, 0)) if playing.section is not None else None
        rows = moved_to_chord(list(rows), key, chord)
    loud = 1.0 if sting.value is None else float(sting.value)
    return [
        Laid(
            at + onset * pace * _GRID // FINE,
            duration * pace * _GRID // FINE,
            min(max(pitch, 0), 127),
            min(max(round(velocity * loud), 1), 127),
            program,
            drum,
        )
        for onset, duration, pitch, velocity, program, drum in rows
    ]


def _pace(segment: Segment, units: int) -> int:
    """Units a tick of the grid, so many units after a segment's beginning."""
    if segment.section is None:  # hundredths of a second: 120 quarters a minute
        return segment.tempos[-1][1] * 50 // _GRID
    return [pace for at, pace in segment.tempos if segment.units(at) <= max(units, 0)][-1]


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
