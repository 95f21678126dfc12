"""From options to scores that say how they were made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from linnet.controls.model_info import ModelInfo
from linnet.controls.options import Options
from linnet.controls.pacing import Pacing, paced
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.engine.engine import Engine
from linnet.generation import continuing, harmony, loops, naming, parts
from linnet.generation.planned import with_plan
from linnet.music.key import KEYS
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tools.dataclass import asdict, replace
from linnet.tools.files import sha256
from linnet.tools.lazy import later

if TYPE_CHECKING:
    from linnet.generation import best, given_sections, scenes
else:
    best, scenes = later("linnet.generation.best"), later("linnet.generation.scenes")
    given_sections = later("linnet.generation.given_sections")

__all__ = ["generate"]


def generate(
    engine: Engine, wanted: Sequence[Options], *, progress: parts.Progress | None = None
) -> list[Score]:
    """A piece for each of the options, which have their guidance in common; see `Model.generate`."""
    info = engine.info
    settled = [paced(info, options) for options in wanted]
    if settled and (settled[0][0].sections is not None or (settled[0][1] and settled[0][1].changes)):
        return [_alone(engine, *each, asked=asked) for each, asked in zip(settled, wanted, strict=True)]
    requests = [
        loops.extended(info, with_plan(engine, continuing.with_players(info, resolve(info, options))))
        for options, _ in settled
    ]
    compose = best.compose if requests and requests[0].candidates > 1 else parts.compose
    scores, counts = compose(engine, requests, progress=progress)
    loops.smooth(partial(compose, engine), requests, scores, counts)
    if requests and (primer := requests[0].primer) is not None:
        continuing.say_what_is_missing(primer, scores[0], info.name, with_primer=bool(wanted[0].with_primer))
    pacings = [pacing for _, pacing in settled]
    return [_finished(info, *each) for each in zip(scores, requests, counts, pacings, wanted, strict=True)]


def _alone(engine: Engine, options: Options, pacing: Pacing | None, *, asked: Options) -> Score:
    """A piece some of whose sections are given, or in which something changes."""
    info = engine.info
    if options.loop:
        raise ValueError("a loop goes on as it began: leave out at, curve and sections")
    if options.sections is None:
        assert pacing is not None
        request = with_plan(engine, continuing.with_players(info, resolve(info, options)))
        score, counts = scenes.compose(engine, request, pacing, lambda bars: None)
    else:
        if pacing is not None and pacing.changes:
            raise ValueError("sections that are given go with no changes on the way: leave out at and curve")
        score, request, counts = given_sections.compose(engine, options)
    return _finished(info, score, request, counts, pacing, asked)


def _finished(
    info: ModelInfo,
    score: Score,
    request: Request,
    counts: parts.Counts,
    pacing: Pacing | None,
    asked: Options,
) -> Score:
    """With its tempos, and with what it says of itself."""
    score, request = loops.rounded(score, request)
    if pacing is not None:
        score = scenes.timed(score, pacing)
    named = harmony.named(naming.signed(_with_instruments(score, request.options), request), request)
    if asked.loop:
        named = loops.marked(named)
    return replace(named, texts=(*_texts(info, request, counts, asked), *score.texts))


def _with_instruments(score: Score, options: Options) -> Score:
    players = options.instrument
    if players is None:
        return score
    programs = (players,) if isinstance(players, int | str) else players
    return parts.with_programs(
        score, tuple(int(program) for program in programs)
    )  # names were read by `Options`


def _texts(info: ModelInfo, request: Request, counts: parts.Counts, asked: Options) -> tuple[str, ...]:
    """What it takes to make the piece again, and what was counted, unless it is nothing."""
    facts = asked.given | {"seed": request.seed, "guidance": request.guidance}
    facts |= asdict(request.sampling)
    if request.candidates > 1:
        facts["candidates"] = request.candidates
    if request.primer is not None:
        tokens = codec.encode(request.primer, info.time_base)
        facts["primer_sha256"] = sha256(tokens.tobytes())
    if asked.sections is not None:
        facts["sections_sha256"] = {
            name: sha256(codec.encode(score, info.time_base).tobytes())
            for name, score in asked.sections.items()
        }
    if request.progression is not None and request.options.key is None:
        facts["chords_in"] = KEYS[request.key]
    facts |= {name: count for name, count in asdict(counts).items() if count}
    return naming.made_with(info), json.dumps(facts, sort_keys=True)
