"""What is done with music that is there: a gap filled, an answer, variations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.controls.options import Options
from linnet.controls.plan_rows import beat_ticks
from linnet.controls.request import Request
from linnet.engine.engine import Engine
from linnet.generation import continuing
from linnet.generation.adding import check_room
from linnet.generation.around import Task, compose, signed, with_seed
from linnet.generation.ground import Ground, ground_of, track_numbers, with_notes
from linnet.generation.joins import joined_up
from linnet.generation.rows import (
    in_order,
    known_script,
    one_at_a_time,
    onsets_of,
    ranges_of,
    voices_of,
)
from linnet.music.roles import roles
from linnet.music.score import Score
from linnet.music.similarity import distance
from linnet.music.timeline import bar_numbers
from linnet.tokens import given
from linnet.tokens.given import DURATION, KIT, ONSET, PITCH, SLOT
from linnet.tokens.quantise import check_meter
from linnet.tokens.vocabulary import TICKS_PER_BEAT
from linnet.tools.chance import Streams
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import ModelInfo

__all__ = ["KEEP", "answer", "fill", "vary"]

KEEP = ("rhythm", "contour", "harmony")
"""What variations may keep, beside a share of the bars."""

_ATTEMPTS = 12
"""To keep a contour."""

_NEAR = 2
"""Ticks of the grid from a beat at which a note still stands on it."""


def fill(
    engine: Engine,
    score: Score,
    bars: str | int,
    tracks: Iterable[str | int] | str | int | None,
    options: Options,
) -> Score:
    """Some bars composed anew, between what comes before and after; see `Model.fill`."""
    info, options = engine.info, with_seed(options)
    ground = ground_of(info, score)
    first, last = bar_numbers(bars, score.full_bars, upbeat=score.upbeat > 0)
    skipped = int(score.upbeat > 0) - 1
    places = track_numbers(score, tracks)
    fresh, request, span = _filled(engine, ground, (first + skipped, last + skipped), places, options)
    told = {"fill": f"{first}-{last}", "tracks": [place + 1 for place in places]}
    return signed(_with_gap(ground, span, places, fresh), info, request, told)


def answer(engine: Engine, score: Score, options: Options, *, with_call: bool) -> Score:
    """As many bars that answer music; see `Model.answer`."""
    info, options = engine.info, with_seed(options)
    ground = ground_of(info, score)
    _check_tracks(info, ground)
    check_meter(score.time_signatures[-1], "the call is", info.meters, info.name)
    bars, lines = ground.grid.bars, ground.lines
    before = int(score.upbeat > 0)
    length, begin = score.full_bars, ground.grid.end
    pitched = ground.reading.notes[ground.reading.notes[:, SLOT] != KIT]
    motif, until = pitched[:0], begin
    if length > 1 and len(ground.grid.time_signatures) == 1:
        half = lines[before], lines[before + (length + 1) // 2]
        own = (pitched[:, ONSET] >= half[0]) & (pitched[:, ONSET] < half[1])
        motif = onsets_of(pitched[own], contour=True)
        motif[:, ONSET] += begin - half[0]
        until = begin + half[1] - half[0]
    melodic = sorted(set(pitched[:, SLOT].tolist()))
    all_rows = ground.reading.notes
    task = Task(
        script=known_script(info, ground.script(begin)),
        rows=np.concatenate([all_rows, motif]),
        bars=bars + length,
        slots=() if _has_kit(ground) else (KIT,),
        spans=((begin, given.NO_END),),
        onsets=tuple(melodic) if len(motif) else (),
        onsets_to=until,
        changes=ground.changes,
        first=bars + 1,
        ranges=ranges_of(ground),
        voices=voices_of(ground),
        roles=roles(ground.grid),
        habits=True,
        closes=True,
    )
    fresh, request = compose(engine, ground, options, task)
    slots = ground.slots
    made = [
        replace(track, notes=ground.notes(fresh[fresh[:, SLOT] == slot].tolist(), start=begin), place=None)
        for track, slot in zip(score.tracks, slots, strict=True)
    ]
    bar = lines[-1] - lines[-2]
    end = length * bar * score.ticks_per_beat // 24
    meter, tempo = score.time_signatures[-1], score.tempos[-1]
    new = Score(
        score.ticks_per_beat,
        tuple(made),
        tempos=(replace(tempo, tick=0),),
        time_signatures=(replace(meter, tick=0),),
        key_signatures=tuple(replace(sign, tick=0) for sign in score.key_signatures[-1:]),
        end=end,
    )
    whole = continuing.joined(score, new) if with_call else new
    return signed(whole, info, request, {"answer": length})


def vary(engine: Engine, score: Score, keep: str | float, options: Options) -> Score:
    """One variation; see `Model.vary`. The texts say how far it is from the original."""
    info, options = engine.info, with_seed(options)
    ground = ground_of(info, score)
    _check_tracks(info, ground)
    share = _share(keep)
    if share is not None:
        varied, request = _with_share(engine, ground, share, options)
        facts: dict[str, object] = {"keep": share}
    else:
        fresh, request = _varied(engine, ground, str(keep), options)
        whole = (0, ground.grid.end)
        places = [
            place for place, slot in enumerate(ground.slots) if slot != KIT and score.tracks[place].notes
        ]
        varied, facts = _with_gap(ground, whole, places, one_at_a_time(fresh, ground)), {"keep": str(keep)}
    return signed(varied, info, request, facts | {"distance": round(distance(score, varied), 3)})


def _varied(engine: Engine, ground: Ground, keep: str, options: Options) -> tuple[NDArray[np.int32], Request]:
    """New notes that keep the rhythm, the contour or the harmony.

    Other rules may leave no note on the way that the contour goes: then it is composed again, and of several
    attempts the best one counts.
    """
    task = _keeping(engine.info, ground, keep)
    found = []
    for attempt in range(_ATTEMPTS if keep == "contour" else 1):
        fresh, request = compose(engine, ground, options, task, attempt=attempt)
        wrong = 0 if keep != "contour" else _turned(ground, fresh)
        found.append((wrong, fresh, request))
        if not wrong:
            break
    return min(found, key=lambda each: each[0])[1:]


def _turned(ground: Ground, fresh: NDArray[np.int32]) -> int:
    """At how many onsets new notes go another way than the given ones."""

    def ways(rows: NDArray[np.int32]) -> dict[tuple[int, int], int]:
        turns = onsets_of(rows[rows[:, SLOT] != KIT], contour=True).tolist()
        return {(row[ONSET], row[SLOT]): row[PITCH] for row in reversed(turns)}

    before, after = ways(ground.reading.notes), ways(fresh)
    return sum(after.get(place) != way for place, way in before.items())


def _share(keep: str | float) -> float | None:
    text = str(keep).strip().lower()
    if text in KEEP:
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise ValueError(f"keep must be one of {', '.join(KEEP)}, or a share between 0 and 1, got {keep!r}")
    return share


def _keeping(info: ModelInfo, ground: Ground, keep: str) -> Task:
    """A variation of all pitched parts; drums stand."""
    notes = ground.reading.notes
    pitched, kit = notes[notes[:, SLOT] != KIT], notes[notes[:, SLOT] == KIT]
    melodic = tuple(sorted(set(pitched[:, SLOT].tolist())))
    if keep == "harmony":
        beat = beat_ticks(ground.grid.time_signatures[0], TICKS_PER_BEAT)
        lines = np.array(ground.lines)
        place = pitched[:, ONSET] - lines[np.searchsorted(lines, pitched[:, ONSET], "right") - 1]
        kept = pitched[(place + _NEAR) % beat <= 2 * _NEAR].copy()
        kept[:, DURATION] = 0  # what lies between is new, and so is how long they last
        rows, onsets, voices = in_order(np.concatenate([kept, kit])), (), voices_of(ground)
    else:
        found = onsets_of(pitched, contour=keep == "contour")
        rows, onsets = in_order(np.concatenate([found, kit])), melodic
        voices = (0,)  # as many as strike together
    return Task(
        script=known_script(info, ground.script(0)),
        rows=rows,
        bars=ground.grid.bars,
        slots=(KIT,),
        onsets=onsets,
        changes=ground.changes,
        ranges=ranges_of(ground),
        voices=voices,
        roles=roles(ground.grid),
        plan=ground.grid,
        habits=True,
    )


def _with_share(engine: Engine, ground: Ground, share: float, options: Options) -> tuple[Score, Request]:
    """So large a share of the bars kept, the others composed anew, one run of them after the other."""
    bars = ground.grid.bars
    count = min(max(round((1 - share) * bars), 1), bars)
    rng = Rng(options.seed or 0, Streams.PLAN)
    order = sorted(range(bars), key=lambda _: rng.uniform())
    free = sorted(order[:count])
    runs: list[tuple[int, int]] = []
    for bar in free:
        if runs and runs[-1][1] == bar - 1:
            runs[-1] = runs[-1][0], bar
        else:
            runs.append((bar, bar))
    places = track_numbers(ground.score, None)
    request = None
    for run in runs:
        fresh, request, span = _filled(engine, ground, run, places, options)
        varied = _with_gap(ground, span, places, fresh)
        ground = ground_of(engine.info, varied)
    assert request is not None
    return ground.score, request


def _filled(
    engine: Engine, ground: Ground, bars: tuple[int, int], places: Sequence[int], options: Options
) -> tuple[NDArray[np.int32], Request, tuple[int, int]]:
    """The new notes of bars of the grid, counted from 0, both included, and the span that they fill."""
    info, lines, notes = engine.info, ground.lines, ground.reading.notes
    _check_tracks(info, ground)
    slots = ground.slots
    free = {slots[place] for place in places}
    if KIT in free and info.repertoire is not None and not info.repertoire.drums:
        raise ValueError(f"{info.name} has learnt no drums: name other tracks, or a model such as band")
    span = lines[bars[0]], lines[bars[1] + 1]
    at_end = bars[1] + 1 == ground.grid.bars
    inside = given.inside(notes[:, ONSET], [span])
    kept = ~(inside & np.isin(notes[:, SLOT], list(free)))
    everyone = {slot for slot in slots if slot != KIT} | {KIT}
    task = Task(
        script=known_script(info, ground.script(span[0])),
        rows=notes[kept],
        bars=ground.grid.bars,
        slots=tuple(sorted(everyone - free)),
        spans=((span[0], given.NO_END if at_end else span[1]),),
        changes=ground.changes,
        until=None if at_end else span[1],
        first=bars[0] + 1,
        last=bars[1] + 1,
        ranges=ranges_of(ground),
        voices=voices_of(ground),
        roles=roles(ground.grid),
        plan=ground.without(kept),
        habits=True,
        closes=at_end and everyone - {KIT} <= free,
    )
    fresh, request = joined_up(engine, ground, options, task)
    return fresh, request, span


def _with_gap(
    ground: Ground, span: tuple[int, int], places: Sequence[int], fresh: NDArray[np.int32]
) -> Score:
    """The score with new notes in place of those that begin in a span of the grid, in these tracks."""
    score, slots = ground.score, ground.slots
    begin, stop = ground.notes([[tick, 1, 0, 60, 0] for tick in span]).onset.tolist()
    begin = max(begin, 0)  # an upbeat is a whole bar of the grid, and stays as short as it is
    if span[1] >= ground.grid.end:
        stop = max(score.end, stop)
    tracks = list(score.tracks)
    for place in places:
        own = tracks[place].notes
        around = own.select((own.onset < begin) | (own.onset >= stop))
        new = ground.notes(fresh[fresh[:, SLOT] == slots[place]].tolist())
        busy = [(row[2], row[0] + row[1]) for row in around.rows() if row[0] < begin]
        rows = [
            (onset, min(duration, stop - onset), pitch, velocity)
            for onset, duration, pitch, velocity in new.rows()
            if begin <= onset < stop and not any(p == pitch and end > onset for p, end in busy)
        ]
        tracks[place] = with_notes(replace(tracks[place], notes=around), rows)
    return replace(score, tracks=tuple(tracks))


def _has_kit(ground: Ground) -> bool:
    return any(track.is_drum and track.notes for track in ground.score.tracks)


def _check_tracks(info: ModelInfo, ground: Ground) -> None:
    pitched = [track for track in ground.grid.tracks if not track.is_drum]
    if not pitched:
        raise ValueError("the music has nothing but drums: there is no key and no tune to go by")
    check_room(info, len(pitched))
