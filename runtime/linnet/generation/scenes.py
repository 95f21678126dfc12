"""Pieces in which something changes on the way, and which take exactly as long as they were asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linnet.controls import moods
from linnet.controls.form import NEW, Bar, Plan
from linnet.controls.pacing import Pacing
from linnet.controls.request import Request
from linnet.controls.resolve import changed
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.generation import harmony
from linnet.generation.parts import Counts, GridPart, follow_form
from linnet.music.joining import chain
from linnet.music.notes import Notes, Row
from linnet.music.score import KeySignature, Score, TempoChange
from linnet.tools.dataclass import asdict, replace

__all__ = ["compose", "timed"]

_ACCENT = 24
"""Steps of velocity that a hit is louder."""

_LIKENESS = INDEX["likeness"]


def compose(
    engine: Engine, request: Request, pacing: Pacing, glance: Callable[[int], None]
) -> tuple[Score, Counts]:
    """The piece of a request with the changes of its pacing, and what was counted. `glance` is told bars."""
    part = GridPart(request)
    loop = engine.loop(part.piece, guidance=request.guidance)
    tracker, due = part.piece.tracker, bool(request.plan and request.plan.upbeat)
    while not part.piece.opened:
        loop.step()
    request = part.request
    requests = [(0, request)]

    def play(until: int | None) -> None:
        while not tracker.finished and (until is None or tracker.bars < until):
            loop.play(until=tracker.bar_end)
            glance(part.done())

    for bar, change in pacing.changes:
        play(part.played + due + bar + 1)
        request = _after(engine, part, request, change, bar + due)
        requests.append((bar + due, request))
    play(None)
    part.request = replace(part.request, options=replace(part.request.options, mood=None))
    score = part.score()
    return _touched(score, requests), Counts.of(tracker)


def _after(engine: Engine, part: GridPart, before: Request, change: dict[str, Any], bar: int) -> Request:
    """The request after a change that is made here and now, in the bar of that number."""
    tracker, piece = part.piece.tracker, part.piece
    request = changed(engine.info, before, change)
    request.limits.restrict(tracker)
    piece.set_sampling(**asdict(request.sampling))
    values = tracker.wishes
    for column, (old, new) in enumerate(zip(before.wishes, request.wishes, strict=True)):
        if old != new and column != INDEX["tempo"]:
            values[column] = new
    moves = (request.key, request.scale) != (before.key, before.scale)
    if request.plan is not None and moves:
        request = replace(request, plan=_leaving(request.plan, bar, request.length))
        values[_LIKENESS] = NEW.wishes[_LIKENESS]
    tracker.wish(values)
    if request.shift != tracker.shift:
        tracker.set_shift(request.shift)
    follow_form(piece, request)
    if request.options.chords != before.options.chords:
        request = replace(request, chords_first=part.played + bar + 1)
    harmony.follow_chords(piece, request)
    part.close(request)
    return request


def _leaving(plan: Plan, bar: int, length: int) -> Plan:
    """The plan, in which from a bar on nothing comes back from before it and brings the old key along."""
    bars = [plan.bar(number) for number in range(length + plan.upbeat)]
    for number in range(bar, len(bars)):
        each = bars[number]
        if each.source == "anywhere" or (isinstance(each.source, int) and number - each.source < bar):
            bars[number] = Bar(NEW.source, 0, each.wishes | NEW.wishes)
    return Plan(bars, 0, plan.upbeat)


def _touched(score: Score, requests: Sequence[tuple[int, Request]]) -> Score:
    """Played as the mood of each stretch has it, and signed with its key."""
    starts = score.bar_ticks().tolist()
    keys = list(score.key_signatures)
    for number, (bar, request) in enumerate(requests):
        begin = starts[bar] if bar else 0
        later = requests[number + 1][0] if number + 1 < len(requests) else None
        score = moods.played(score, request.mood, begin, None if later is None else starts[later])
        if bar and request.wishes[INDEX["key"]]:
            keys.append(KeySignature.of_key(request.key, begin))
    return replace(score, key_signatures=tuple(keys))


def timed(score: Score, pacing: Pacing) -> Score:
    """The piece at its tempos, each stretch of it exactly as long as it was asked to be, with its hits."""
    first = int(score.upbeat > 0)
    starts = score.bar_ticks().tolist()
    for bar, scene in pacing.scenes:
        if scene.is_hit:
            score = _hit(score, starts[bar + first])
    score = _moving(score, pacing.tempos)
    if pacing.stretches:
        found, begin = list[Score](), 0
        for stretch in pacing.stretches:
            end = begin + stretch.bars + (first if begin == 0 else 0)
            whole = len(pacing.stretches) == 1
            piece = score if whole else score.slice_bars(begin, end)
            found.append(piece.stretch(seconds=stretch.microseconds / 1e6))
            begin = end
        score = replace(chain(found), texts=score.texts)
    if pacing.scenes:
        starts = score.bar_ticks().tolist()
        score = score.with_markers(
            (starts[bar + first] if bar else 0, scene.what.replace("+", " ")) for bar, scene in pacing.scenes
        )
    return score


def _moving(score: Score, tempos: Sequence[float]) -> Score:
    """At a tempo that moves evenly from one to the next, a step for each quarter."""
    if len(tempos) < 2 or not score.end:
        return score
    changes = []
    for tick in range(0, score.end, score.ticks_per_beat):
        middle = min(tick + score.ticks_per_beat / 2, score.end)
        along = middle / score.end * (len(tempos) - 1)
        number = min(int(along), len(tempos) - 2)
        bpm = tempos[number] + (tempos[number + 1] - tempos[number]) * (along - number)
        changes.append(TempoChange.at_bpm(tick, bpm))
    return replace(score, tempos=tuple(changes))


def _hit(score: Score, tick: int) -> Score:
    """With an accent at this tick. Where nothing begins there, the next note within a bar does, a little
    early.
    """
    struck = any(onset == tick for track in score.tracks for onset, *_ in track.notes.rows())
    tracks = []
    for track in score.tracks:
        rows: list[Row] = []
        waiting = not struck
        for onset, duration, pitch, velocity in track.notes.rows():
            if waiting and tick < onset < tick + 4 * score.ticks_per_beat:
                duration, onset, waiting = duration + onset - tick, tick, False
            if onset == tick:
                velocity = min(velocity + _ACCENT, 127)
            rows.append((onset, duration, pitch, velocity))
        tracks.append(replace(track, notes=Notes.of_rows(rows)))
    return replace(score, tracks=tuple(tracks))
