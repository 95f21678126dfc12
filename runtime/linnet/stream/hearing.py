"""What is heard of a timeline, and the timeline after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from linnet.stream.clock import SECOND, nanoseconds
from linnet.stream.recording import Recording
from linnet.stream.segment import Sound
from linnet.stream.timeline import Timeline


@dataclass(frozen=True, slots=True)
class DueNote:
    """A note that is to be played now."""

    onset: float
    """Seconds from the moment of the call."""

    duration: float
    """Seconds."""

    pitch: int
    """0..127, 60 is middle C."""

    velocity: int
    """1..127."""

    program: int
    """General MIDI program, 0..127."""

    is_drum: bool
    """Whether the drum kit plays it; `pitch` says which drum then."""


def heard(timeline: Timeline, units: int, recording: Recording) -> tuple[list[DueNote], Timeline]:
    """The notes that begin in so many units from now, which pass.

    Where nothing is composed no time passes; where the next segment is not there the last one is heard once
    more. What is heard is recorded.
    """
    notes: list[DueNote] = []
    if not timeline.segments:
        return notes, timeline
    now, end = timeline.clock, timeline.clock + units
    due, start, given, again = nanoseconds(end), timeline.start, timeline.given, timeline.again
    repeated, over = timeline.repeated, 0
    while True:
        playing, first = timeline.segments[over], given
        while given < len(playing.sounds):
            onset = start + playing.sounds[given].onset
            if nanoseconds(onset) >= due:
                break
            notes.append(_due(playing.sounds[given], onset - now))
            given += 1
        recording.hear(playing, start, playing.sounds[first:given])
        if nanoseconds(start + playing.length) >= due:
            break
        start, given = start + playing.length, 0
        again = over + 1 == len(timeline.segments)
        repeated, over = repeated + again, over + (not again)
    return notes, replace(
        timeline,
        segments=timeline.segments[over:],
        begun=True,
        number=timeline.number + over,
        start=start,
        given=given,
        again=again,
        clock=end,
        repeated=repeated,
    )


def skipped(timeline: Timeline, units: int) -> Timeline:
    """So many units pass unheard, and what is left of the bar; the next one begins right after them."""
    if not timeline.segments:
        return timeline
    now, again = timeline.clock + units, timeline.begun and len(timeline.segments) == 1
    over = int(timeline.begun and not again)
    return replace(
        timeline,
        segments=timeline.segments[over:],
        begun=True,
        number=timeline.number + over,
        start=now,
        given=0,
        again=again,
        clock=now,
        repeated=timeline.repeated + again,
    )


def _due(sound: Sound, onset: int) -> DueNote:
    return DueNote(
        max(onset, 0) / SECOND,
        sound.duration / SECOND,
        sound.pitch,
        sound.velocity,
        sound.program,
        sound.track < 0,
    )
