"""Moves strokes off the grid, as the people did from whom a model learnt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from math import floor, sqrt

from linnet._core import Rng
from linnet.controls.timing import PLACES, Timing, group_of
from linnet.music.score import Notes, Score
from linnet.music.timeline import FINE_TICKS_PER_BEAT
from linnet.tools.chance import Streams
from linnet.tools.dataclass import replace

__all__ = ["in_units", "lateness", "moved", "played"]

_DRAWS = 1 << 12
"""Numbers that are set apart for a moment: more than all drums together take."""

_SQRT_3 = sqrt(3.0)

Stroke = tuple[int, int]
"""Tick of the grid, pitch."""


def lateness(timing: Timing, seed: int, bar_start: int, strokes: Sequence[Stroke]) -> list[float]:
    """Milliseconds that each stroke of a bar comes after its place, on average none.

    What is drawn for a stroke depends on the seed, its tick and the strokes of that tick alone, and on what
    was shared by the moments before it in this call; so a bar that is composed again comes out the same.

    Args:
        timing: of people.
        seed: of the piece.
        bar_start: tick of the bar line before them.
        strokes: in order of their ticks.
    """
    rng = Rng(seed, Streams.TIMING)
    a, b, fresh = sqrt(timing.together), sqrt(1 - timing.together), sqrt(1 - timing.carried * timing.carried)
    found: list[float] = []
    common, last = None, -1
    for tick, pitch in strokes:
        if common is None or tick != last:
            rng.state = seed, Streams.TIMING << 64 | tick * _DRAWS
            drawn = _normal(rng)
            common = drawn if common is None else timing.carried * common + fresh * drawn
            last = tick
        group, place = group_of(pitch), (tick - bar_start) % PLACES
        stray = a * common + b * _normal(rng)
        found.append(timing.late[group][place] + timing.spread[group][place] * stray)
    return found


def moved(onsets: Sequence[int], late: Sequence[int], *, begin: int, end: int) -> list[int]:
    """Onsets after a lateness each, in any unit. Moments keep their order: none goes as far as half way to
    the next, none before the beginning or past the end.

    Args:
        onsets: ascending; equal ones are one moment.
        late: how far each is to go.
        begin: of the bar.
        end: of the bar.
    """
    moments = sorted(set(onsets))
    before = {right: (right - left - 1) // 2 for left, right in pairwise(moments)}
    after = {left: (right - left - 1) // 2 for left, right in pairwise([*moments, end])}
    if moments:
        before[moments[0]] = moments[0] - begin
    return [
        onset + min(max(by, -before[onset]), after[onset]) for onset, by in zip(onsets, late, strict=True)
    ]


def played(score: Score, timing: Timing, seed: int) -> Score:
    """A piece from the grid with its drums as people time them, and ticks that are fine enough to say so.

    A stroke stays in its bar, and its duration as it was unless its drum is struck again or the piece ends.
    """
    times = -(-FINE_TICKS_PER_BEAT // score.ticks_per_beat)
    fine = score.resample(score.ticks_per_beat * times)
    starts = [*score.bar_ticks().tolist(), score.end]
    tracks = []
    for track, on_grid in zip(fine.tracks, score.tracks, strict=True):
        if not track.is_drum:
            tracks.append(track)
            continue
        strokes = [(row[0], row[2]) for row in on_grid.notes.rows()]
        onsets: list[int] = []
        for begin, end in pairwise(starts):
            bar = strokes[len(onsets) : bisect_left(strokes, (end, 0))]
            late = lateness(timing, seed, begin, bar)
            ticks = [
                floor(by * 1000 * fine.ticks_per_beat / _tempo(score, tick) + 0.5)
                for by, (tick, _) in zip(late, bar, strict=True)
            ]
            onsets += moved([tick * times for tick, _ in bar], ticks, begin=begin * times, end=end * times)
        tracks.append(replace(track, notes=_struck(track.notes, onsets, fine.end)))
    return replace(fine, tracks=tuple(tracks))


def in_units(milliseconds: Sequence[float], millisecond: int) -> list[int]:
    """Whole units, the nearest ones, of which so many are a millisecond."""
    return [floor(value * millisecond + 0.5) for value in milliseconds]


def _struck(notes: Notes, onsets: Sequence[int], end: int) -> Notes:
    rows: list[tuple[int, int, int, int]] = []
    again: dict[int, int] = {}
    for (_, duration, pitch, velocity), onset in zip(reversed(notes.rows()), reversed(onsets), strict=True):
        until = min(onset + duration, again.get(pitch, onset + duration), end)
        rows.append((onset, max(until - onset, 1), pitch, velocity))
        again[pitch] = onset
    return Notes.of_rows(rows)


def _tempo(score: Score, tick: int) -> int:
    return [change.tempo for change in score.tempos if change.tick <= tick][-1]


def _normal(rng: Rng) -> float:
    """Of mean 0 and variance 1, near enough to a normal distribution, and no farther out than three and a
    half: four uniform numbers added up, which takes no logarithm.
    """
    total = rng.uniform() + rng.uniform() + rng.uniform() + rng.uniform()
    return (total - 2.0) * _SQRT_3
