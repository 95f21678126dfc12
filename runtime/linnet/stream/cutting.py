"""Where a bar that plays is cut for a change inside it, and what of the music is still to come."""

from __future__ import annotations

from linnet.stream import clock
from linnet.stream.timeline import Timeline, Wanted, Work, merged, names_of, without

__all__ = ["HALF", "coming", "cut_of"]

HALF = clock.NANOSECOND // 2
"""A moment that is less than so much after a tick is on the tick."""


def cut_of(entry: Wanted, timeline: Timeline) -> Work | None:
    """The rest of the bar that plays, made anew; None where nothing of it is left."""
    playing = timeline.playing
    if playing is None or timeline.again:
        return None
    tick = playing.tick(max(max(entry.moment, timeline.clock) - timeline.start - HALF, 0))
    # What was heard stays, also a stroke that came a little before its tick.
    tick = max([tick, *(sound.tick + 1 for sound in playing.sounds[: timeline.given])])
    if entry.at == "beat":
        tick = playing.next_beat(tick)
    if tick >= playing.end:
        return None
    names = names_of(entry.changes)
    waiting = (*(segment.changes for segment in timeline.segments[1:]), *timeline.schedule)
    later = tuple(without(names, changes) for changes in waiting)
    if tick <= playing.begin:  # nothing of it was heard
        changes = merged(playing.changes, entry.changes)
        return Work(timeline.number, playing.place, changes, later, (entry,))
    return Work(timeline.number, playing.place, playing.changes, later, (entry,), tick, entry.changes)


def coming(timeline: Timeline, first: int, last: int) -> list[tuple[float, int]]:
    """Notes that are composed and begin between two moments, in units, as (seconds, pitch)."""
    start, found = timeline.start, []
    for segment in timeline.segments:
        if start >= last:
            break
        for sound in segment.sounds:
            at = start + sound.onset
            if first <= at < last and sound.track >= 0:
                found.append((at / clock.SECOND, sound.pitch))
        start += segment.length
    return found
