"""How a stream comes to an end: on its tonic, at a bar line or in so many seconds."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from linnet.controls.form import NEW
from linnet.controls.model_info import ModelInfo
from linnet.controls.request import Request
from linnet.controls.section_plan import cadenced
from linnet.controls.sections import CADENCES
from linnet.music.key import KEYS
from linnet.stream.clock import SECOND
from linnet.stream.stage import Laid
from linnet.stream.timeline import Timeline
from linnet.stream.told import Told
from linnet.tools.named import NamedTuple

__all__ = ["Fitted", "closing_bars", "fitted", "last_chords", "tonic_of", "written_close"]

_HALF_BAR = 0.55
"""Bars. What is to end sooner is closed by a chord that is written, and not composed."""


def tonic_of(request: Request) -> tuple[Sequence[int], Sequence[int]]:
    """Pitch classes on which the music comes to rest: those of a line, and those of a chord."""
    key = request.key
    triad = [(key + step) % 12 for step in (0, 3 if KEYS[key].endswith("minor") else 4, 7)]
    allowed = [each for each in triad if each in request.limits.scale]
    return (triad[:1], allowed) if triad[0] in allowed else ((), ())


def closing_bars(info: ModelInfo, first: int, bars: int) -> Told:
    """The last bars of a piece as a plan has them: new, and led to a close."""
    if not info.has_learnt("cadence"):
        return ()
    return tuple(enumerate(cadenced([NEW] * bars, bars - 1, CADENCES["closed"]), first))


def last_chords(bars: int) -> str:
    """Numerals of the last bars: to the tonic, by way of its dominant."""
    if bars == 1:
        return "V7 I"
    return " | ".join(["I", *["IV"] * (bars - 3), "IV V7", "I"][-bars:])


class Fitted(NamedTuple):
    """The last bars of a piece that is to end in time."""

    bars: int
    bpm: float


def fitted(timeline: Timeline, number: int, units: int) -> Fitted | None:
    """The bars from a line on, the one before the segment of a number, and their tempo, so that the last one
    ends in so many units from now; None where that is too soon for a bar.
    """
    playing = timeline.segments[0]
    before = timeline.segments[: number - timeline.number]
    left = units - (timeline.start + sum(segment.length for segment in before) - timeline.clock)
    ticks, pace = playing.bar_end - playing.bar_start, timeline.segments[-1].tempos[-1][1]
    left -= (number - timeline.number - len(before)) * ticks * pace
    running = ticks * pace
    if left < _HALF_BAR * running:
        return None
    bars = max(int(left / running), 1)
    if abs(log(left / running / (bars + 1))) < abs(log(left / running / bars)):
        bars += 1
    bpm = 60 * SECOND * bars * ticks / (left * 24)
    return Fitted(bars, bpm)


def written_close(timeline: Timeline, units: int) -> list[Laid]:
    """Chords over the music that close it at once, in the key that it is in: the dominant, if there is time
    for it, and the tonic, which is held to the end.
    """
    playing = timeline.segments[0]
    assert playing.after is not None
    request = playing.after.request
    tonic, minor = request.key % 12, KEYS[request.key].endswith("minor")
    sounds = [sound for sound in playing.sounds if sound.track >= 0]
    program = sounds[-1].program if sounds else 0
    velocity = max((sound.velocity for sound in sounds), default=80)
    now, turn = timeline.clock, units * 2 // 5 if units >= SECOND * 7 // 10 else 0
    third = 3 if minor else 4
    chords: list[tuple[int, int, tuple[int, ...]]] = [(turn, units - turn, (-24, -12, -12 + third, -5, 0))]
    if turn:
        chords.insert(0, (0, turn, (-17, -10, -7, -1)))
    return [
        Laid(now + begin, length, 60 + tonic + step, velocity, program, is_drum=False)
        for begin, length, steps in chords
        for step in steps
    ]
