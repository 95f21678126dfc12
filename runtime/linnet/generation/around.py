"""Composes around given music: what is given stands, and the network plays what is free."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from linnet._core import Loop, Piece, Rng, Tracker
from linnet.controls import going_on, keys
from linnet.controls.form import Bar
from linnet.controls.limits import ANY_PITCH_CLASS
from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.controls.wishes import INDEX, measure
from linnet.engine.engine import Engine
from linnet.generation import harmony
from linnet.generation.ground import Ground
from linnet.generation.naming import made_with
from linnet.music.key import KEYS
from linnet.music.score import Score
from linnet.tokens import features, given
from linnet.tokens.given import NO_END, ONSET, PITCH, SLOT
from linnet.tools.chance import Streams, new_seed
from linnet.tools.dataclass import asdict, dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import ModelInfo

__all__ = [
    "Task",
    "bars_of",
    "compose",
    "pitch_range",
    "scale_around",
    "signed",
    "with_key",
    "with_seed",
]

_PLANNED = ("likeness", "cadence", "phrase_left", "loudness")
"""What given music says of each bar, beside its chords."""

_ATTEMPT = 1 << 48
"""Streams from one attempt to the next, each with its candidates."""

_NOT_FOR_THIS = (
    "bars",
    "seconds",
    "form",
    "primer",
    "with_primer",
    "roles",
    "latent",
    "bpm",
    "time_signature",
)
"""Options that the given music answers."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be composed, in slots and ticks of the grid."""

    script: list[int]
    """Tokens up to where composing begins: the header, meter and tempo, or all that was before."""

    rows: NDArray[np.int32]
    """Given notes, as `linnet.tokens.given` has them."""

    bars: int
    """Of the whole piece."""

    slots: tuple[int, ...] = ()
    """Given all through."""

    spans: tuple[tuple[int, int], ...] = ()
    onsets: tuple[int, ...] = ()
    onsets_to: int = NO_END
    changes: Sequence[tuple[int, int]] = ()
    until: int | None = None
    """Tick at which enough is composed; None: the end."""

    first: int = 1
    """Bar in which composing begins."""

    last: int = 0
    """Bar in which it ends; 0: the last one."""

    ranges: tuple[tuple[int, int], ...] = ((0, 127),)
    voices: tuple[int, ...] = (0,)
    roles: tuple[int, ...] = ()
    plan: Score | None = None
    """What is given of the piece, whose chords and phrases are told."""

    habits: bool = False
    """Whether density, texture and register are as in the given music."""

    closes: bool = False
    """Whether the last bar is to close in the key."""


def with_seed(options: Options) -> Options:
    """The options with a seed. ValueError for one that the given music answers."""
    for name in _NOT_FOR_THIS:
        if getattr(options, name) not in (None, False):
            raise ValueError(f"{name} is as in the given music: leave it out")
    return options if options.seed is not None else replace(options, seed=new_seed())


def compose(
    engine: Engine, ground: Ground, options: Options, task: Task, *, attempt: int = 0
) -> tuple[NDArray[np.int32], Request]:
    """The notes that are new, as rows, and the request that they obey.

    Args:
        engine: of the model that plays.
        ground: the given music.
        options: with a seed.
        task: what is free.
        attempt: others have other random numbers, of the same seed.
    """
    info = engine.info
    request = _request(info, ground, options, task)
    lent = given.lend(
        task.rows,
        slots=task.slots,
        spans=task.spans,
        onsets=task.onsets,
        onsets_to=task.onsets_to,
        changes=task.changes,
    )
    tracker = Tracker("grid")
    request.limits.restrict(tracker)
    tracker.restrict(
        ranges=task.ranges,
        polyphony=task.voices if options.polyphony is None else request.limits.polyphony,
        scale=scale_around(ground, request),
        slots=len(task.ranges),
        bars=task.bars,
        fixed_meter=True,
        fixed_tempo=True,
        downbeat=False,
        upbeat=0,
    )
    tracker.wish(request.wishes)
    tracker.set_shift(request.shift)
    if info.repertoire is not None and info.repertoire.roles:
        tracker.set_roles(task.roles)
    tracker.give(lent)
    rng = Rng(request.seed, Streams.TOKENS + attempt * _ATTEMPT)
    piece = Piece(tracker, rng, script=task.script, **asdict(request.sampling))
    piece.set_latent(request.latent)
    _follow(piece, info, ground, request, task)
    _play(engine, piece, request, task)
    reading = given.read(np.array(piece.tokens, np.uint16)).notes
    begin = task.spans[0][0] if task.spans else 0
    fresh = (reading[:, ONSET] >= begin) & ~np.isin(reading[:, SLOT], task.slots)
    if task.spans:
        fresh &= given.inside(reading[:, ONSET], task.spans)
    return reading[fresh], request


def signed(
    score: Score,
    info: ModelInfo,
    request: Request,
    facts: dict[str, Any],  # Any: JSON
) -> Score:
    """The score with what it takes to make it again in its texts."""
    if request.progression is not None:
        score = harmony.named(score, replace(request, length=min(request.length, score.full_bars)))
    facts = request.options.given | {"seed": request.seed, "guidance": request.guidance} | facts
    facts |= asdict(request.sampling)
    facts = {name: value for name, value in facts.items() if name not in ("bars", "form", "with_primer")}
    return replace(score, texts=(made_with(info), json.dumps(facts, sort_keys=True), *score.texts))


def _request(info: ModelInfo, ground: Ground, options: Options, task: Task) -> Request:
    wanted = with_key(info, ground, replace(options, bars=task.bars, form=""))
    upbeat = int(ground.score.upbeat > 0)
    request = replace(resolve(info, wanted), chords_first=1 + upbeat)
    if not task.habits:
        return request
    wishes = list(request.wishes)
    for place, value in going_on.habits(ground.score, "grid").items():
        name = next(name for name, column in INDEX.items() if column == place)
        if not wishes[place] and place not in request.held and info.has_learnt(name):
            wishes[place] = value
    return replace(request, wishes=tuple(wishes))


def with_key(info: ModelInfo, ground: Ground, options: Options) -> Options:
    """The options with the key of the given music, unless another is asked for."""
    if options.key is None and ground.key is not None and info.has_learnt("key"):
        return replace(options, key=KEYS[ground.key])
    return options


def scale_around(ground: Ground, request: Request) -> tuple[int, ...]:
    """The scale that is asked for; else that of the key, and what else the given music has."""
    if request.options.scale is not None or request.wishes[INDEX["key"]] == 0:
        return request.limits.scale
    own = ground.scale()
    if own is None:
        return ANY_PITCH_CLASS
    return tuple(sorted(own | set(keys.scale_of_key(request.wishes[INDEX["key"]], None))))


def bars_of(info: ModelInfo, music: Score, key: int | None) -> list[Bar]:
    """What music in a key says of its bars, as a plan has it, as far as the model has learnt to read it."""
    columns = [INDEX[name] for name in _PLANNED if info.has_learnt(name)]
    if info.has_learnt("chords"):
        columns += range(features.CHORDS.start, features.CHORDS.stop)
    return [
        Bar("anywhere", 15, {column: int(row[column]) for column in columns if row[column]})
        for row in measure(music, key=key)[1:].tolist()
    ]


def _follow(piece: Piece, info: ModelInfo, ground: Ground, request: Request, task: Task) -> None:
    """Tells what the given music says of its bars, and its chords, unless others are asked for."""
    if task.plan is not None:
        bars = bars_of(info, task.plan, ground.key)
        piece.plan(bars, again=len(bars) - 1, first=1)
    if request.progression is not None:
        harmony.follow_chords(piece, request)
    triad = harmony.closing(request) if task.closes else ()
    allowed = [each for each in triad if each in scale_around(ground, request)]
    if triad and triad[0] in allowed:
        piece.cadence(task.bars, line=triad[:1], chord=allowed)


def _play(engine: Engine, piece: Piece, request: Request, task: Task) -> None:
    """Until the task is done: straight on, or section by section, the best of several candidates."""
    loop: Loop = engine.loop(piece, guidance=request.guidance)
    judge, last = engine.info.judge, task.last or task.bars
    while not piece.opened:
        loop.step()
    if request.candidates == 1 or judge is None:
        while not piece.tracker.finished and (task.until is None or piece.tracker.now < task.until):
            loop.play(until=task.until)
        return
    candidates = engine.candidates(loop, request.candidates, guidance=request.guidance)
    full = task.first - 1
    while not piece.tracker.finished and full < last:
        full = min(full + judge.section, last)
        candidates.begin()
        while not candidates.play(bars=full):
            pass
        candidates.choose(judge.best([each.tracker for each in candidates.pieces], full))


def pitch_range(rows: NDArray[np.int32], slot: int) -> tuple[int, int]:
    """What a slot plays in, a tone more each way; anything for who is silent."""
    pitches = rows[rows[:, SLOT] == slot, PITCH]
    return (max(int(pitches.min()) - 2, 0), min(int(pitches.max()) + 2, 127)) if len(pitches) else (36, 84)
