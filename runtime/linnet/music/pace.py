"""How fast a piece goes: all of it stretched, to the microsecond where a length in seconds is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from linnet.music.timed import Timed
from linnet.music.timeline import TempoChange
from linnet.tools.dataclass import replace

__all__ = ["microticks", "stretched"]

Piece = TypeVar("Piece", bound=Timed)

_SLOWEST = 0xFFFFFF
"""Microseconds of a quarter note in MIDI."""

_LONGEST = 1_000_000.0
"""Seconds."""


def stretched(piece: Piece, times: float | None, bpm: float | None, seconds: float | None) -> Piece:
    """The piece so many times as long, with so many quarters a minute at first, or of so many seconds."""
    given = [each for each in (times, bpm, seconds) if each is not None]
    if len(given) != 1:
        raise ValueError("one of times, bpm and seconds must be given")
    if not (math.isfinite(given[0]) and given[0] > 0):
        raise ValueError(f"times, bpm and seconds must be above 0, got {given[0]:g}")
    if seconds is not None:
        return _lasting(piece, seconds)
    factor = times if bpm is None else 60e6 / bpm / piece.tempos[0].tempo
    assert factor is not None
    return replace(piece, tempos=_scaled(piece.tempos, factor))


def microticks(piece: Timed) -> int:
    """How long it lasts up to its end, in millionths of a second times ticks a quarter: a whole number."""
    stops = [*(change.tick for change in piece.tempos[1:]), piece.end]
    return sum(
        max(min(stop, piece.end) - change.tick, 0) * change.tempo
        for change, stop in zip(piece.tempos, stops, strict=True)
    )


def _lasting(piece: Piece, seconds: float) -> Piece:
    """Scaled, and what rounding left over given to the last ticks, a microsecond a quarter each."""
    if not piece.end:
        raise ValueError("a piece without bars cannot be stretched to so many seconds")
    if seconds > _LONGEST:
        raise ValueError(f"seconds must be at most {_LONGEST:g}, got {seconds:g}")
    wanted = round(seconds * 1e6) * piece.ticks_per_beat
    piece = replace(piece, tempos=_scaled(piece.tempos, wanted / microticks(piece)))
    left = wanted - microticks(piece)
    step = 1 if left > 0 else -1
    while left:
        ticks = min(abs(left), piece.end)
        piece = replace(piece, tempos=_nudged(piece.tempos, piece.end - ticks, step))
        left -= step * ticks
    return piece


def _scaled(tempos: Sequence[TempoChange], factor: float) -> tuple[TempoChange, ...]:
    slowest, fastest = (f(change.tempo for change in tempos) for f in (max, min))
    if not (slowest * factor <= _SLOWEST and fastest * factor >= 1):
        bpm = 60e6 / (slowest * factor)
        raise ValueError(f"that would be {bpm:.3g} quarter notes a minute; MIDI has 3.6 to 60,000,000")
    return tuple(replace(change, tempo=max(round(change.tempo * factor), 1)) for change in tempos)


def _nudged(tempos: Sequence[TempoChange], tick: int, step: int) -> tuple[TempoChange, ...]:
    """A microsecond a quarter slower (1) or faster (-1) from a tick on."""
    ruling = [change for change in tempos if change.tick <= tick][-1]
    here = [TempoChange(tick, ruling.tempo)] if ruling.tick < tick else []
    found = [*(change for change in tempos if change.tick <= tick), *here]
    found += [change for change in tempos if change.tick > tick]
    return tuple(replace(change, tempo=change.tempo + step * (change.tick >= tick)) for change in found)
