"""Where a stream is in its music, and what happened on the way there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from linnet.controls.plan_rows import chord_of
from linnet.music.chord import Chord
from linnet.music.harmony import chords_of
from linnet.music.key import KEYS, home_shift
from linnet.music.notes import Notes
from linnet.music.score import Score, TempoChange, TimeSignature, Track
from linnet.stream import clock
from linnet.stream.clock import SECOND
from linnet.stream.segment import Segment
from linnet.stream.timeline import Timeline
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tools.dataclass import dataclass, field

__all__ = ["Event", "Kind", "Position", "chord_in", "position_of"]

Kind = Literal["bar", "beat", "section", "wish", "mix", "sting", "theme", "transition", "end"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in the music; `Heard.events` has those of a call, in order."""

    kind: Kind
    """`bar` and `beat` begin; a `section` begins; what was asked for takes effect (`wish`, `mix`, `sting`,
    `theme`, `transition`); the music comes to its `end`."""

    onset: float
    """Seconds from the moment of the call."""

    bar: int
    """Bars that began so far, this one included."""

    beat: int
    """In the bar, from 1."""

    section: str
    """As `Position.section`."""

    about: Mapping[str, Any] = field(default_factory=dict)
    """What took effect, by name."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream is."""

    seconds: float
    """Since the music began."""

    bar: int
    """Bars that began so far, this one included; 0 before the music begins, and where it has no bars."""

    beat: int
    """In the bar, from 1."""

    tick: int
    """In the bar, 24 in a quarter note."""

    bpm: float
    """Quarter notes a minute."""

    meter: str
    """Such as `4/4`; empty where the music has no bars."""

    key: str
    """Such as `G major`: the one that is wished for, or that the music is in."""

    chord: str
    """Such as `Em`: what is asked for or planned, else what the bar's notes say; empty for none."""

    section: str
    """Letter or name of the section in the form that is asked for; else its number, from 1."""

    section_bar: int
    """The bar in its section, from 1; 0 in an upbeat."""

    seconds_to_bar: float
    """Seconds to the next bar line."""


def position_of(timeline: Timeline, *, grid: bool) -> Position:
    """Where the music is now."""
    place = timeline.first_place
    segment = timeline.segments[0] if timeline.segments else None
    seconds, key = timeline.clock / SECOND, KEYS[place.request.key]
    bpm = clock.to_bpm(place.tempo) if grid else 120.0
    if segment is None or segment.after is None:
        return Position(seconds, 0, 1, 0, bpm, "", key, "", "", 0, 0.0)
    units = max(timeline.clock - timeline.start, 0)
    key = KEYS[segment.after.request.key]
    if not grid:
        return Position(seconds, 0, 1, 0, bpm, "", key, "", "", 0, (segment.length - units) / SECOND)
    tick = min(max(segment.tick(units) - (segment.units(segment.tick(units)) > units), 0), segment.end)
    tempo = [pace for at, pace in segment.tempos if at <= tick] or [segment.tempos[0][1]]
    passed = tick - segment.bar_start
    numerator, denominator = segment.signature
    section = segment.section
    chord = chord_in(timeline, passed)
    return Position(
        seconds,
        timeline.bars,
        passed // segment.beat + 1,
        passed,
        clock.to_bpm(tempo[-1]),
        f"{numerator}/{denominator}",
        key,
        "" if chord is None else chord.symbol(key),
        "" if section is None else section.name,
        0 if section is None else section.number,
        max(timeline.left_of_bar, 0) / SECOND,
    )


def chord_in(timeline: Timeline, tick: int) -> Chord | None:
    """The chord of the bar that plays, so many ticks after its beginning."""
    bar = list(timeline.bar)
    first = bar[0]
    assert first.after is not None
    if cell := first.chords[min(tick // first.beat, len(first.chords) - 1)] if first.chords else 0:
        return chord_of(cell, home_shift(first.after.request.key))
    return _found(bar, tick)


def _found(bar: Iterable[Segment], tick: int) -> Chord | None:
    """What the notes of a bar say, as far as they do."""
    segments = list(bar)
    first = segments[0]
    rows: dict[int, list[tuple[int, int, int, int]]] = {}
    for segment in segments:
        for sound in segment.sounds:
            if sound.track >= 0:
                onset = sound.tick - first.bar_start
                ticks = max(sound.duration // max(segment.tempos[-1][1], 1), 1)
                rows.setdefault(sound.track, []).append((max(onset, 0), ticks, sound.pitch, sound.velocity))
    if not rows:
        return None
    tracks = tuple(Track(Notes.of_rows(sorted(found)), 0) for _, found in sorted(rows.items()))
    meter = TimeSignature(0, *first.signature)
    length = first.bar_end - first.bar_start
    score = Score(TICKS_PER_BEAT["grid"], tracks, (TempoChange(0, 500_000),), (meter,), end=length)
    beats = [beat for beat in chords_of(score) if beat.tick <= tick]
    return beats[-1].chord if beats else None
