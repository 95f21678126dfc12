"""A piece that is laid over a stream, in the key, over the chord and at the pace of the moment."""

from __future__ import annotations

from collections.abc import Iterable

from linnet.music.key import KEYS
from linnet.stream.moving import moved, moved_to_chord
from linnet.stream.position import chord_in
from linnet.stream.rows import FINE, Row
from linnet.stream.segment import Segment
from linnet.stream.stage import Laid, Waiting
from linnet.stream.timeline import Timeline
from linnet.tokens.quantise import TICKS_PER_BEAT

__all__ = ["laid", "pitches_under"]

_GRID = TICKS_PER_BEAT["grid"]


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


def pitches_under(timeline: Timeline) -> frozenset[int]:
    """Pitch classes of the scale that the music is in."""
    request = timeline.first_place.request
    steps = (0, 2, 3, 5, 7, 8, 10) if KEYS[request.key].endswith("minor") else (0, 2, 4, 5, 7, 9, 11)
    return frozenset((request.key + step) % 12 for step in steps)


def _pace(segment: Segment, units: int) -> int:
    """Units a tick of the grid, so many units after a segment's beginning."""
    if segment.section is None:  # hundredths of a second: 120 quarters a minute
        return segment.tempos[-1][1] * 50 // _GRID
    return [pace for at, pace in segment.tempos if segment.units(at) <= max(units, 0)][-1]
