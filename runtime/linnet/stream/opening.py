"""Begins streams, and goes on with saved ones."""

from __future__ import annotations

from typing import Any

from linnet._core import Loop, Piece, Rng, Tracker
from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.engine.engine import Engine
from linnet.errors import ModelError, SnapshotError
from linnet.generation import continuing
from linnet.generation.parts import begin_piece
from linnet.generation.planned import with_plan, with_saved_plan
from linnet.music.score import Score
from linnet.stream import snapshot
from linnet.stream.accompaniment import Accompaniment, accompanied
from linnet.stream.composer import Composer
from linnet.stream.player import Player
from linnet.stream.stream import Source, Stream
from linnet.tools.dataclass import asdict, replace

_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, ModelError)
"""What values that no stream has may come to."""


def begin(
    source: Source, options: Options, *, ahead: int, worker: bool, given: Score | None = None
) -> Stream:
    """A stream of a model; see `Model.stream`."""
    engine = source.engine
    if given is not None:
        return _accompanying(source, given, options, ahead=ahead, worker=worker)
    request = continuing.with_players(engine.info, resolve(engine.info, options, endless=True))
    request = with_plan(engine, request)
    piece, played = begin_piece(request, engine.info.time_base)
    piece.tracker.restrict(endless=True, answer_from=played + 1)
    loop = engine.loop(piece, guidance=request.guidance)
    request = replace(request, first=played + 1, chords_first=played + 1)
    composer = _composer(engine, loop, request)
    composer.open()
    return Stream(source, Player(composer, ahead=ahead), worker=worker)


def _accompanying(source: Source, score: Score, options: Options, *, ahead: int, worker: bool) -> Stream:
    engine = source.engine
    given, request = accompanied(engine.info, score, options)
    loop = engine.loop(given.piece(request), guidance=request.guidance)
    composer = _composer(engine, loop, request, given)
    composer.open()
    return Stream(source, Player(composer, ahead=ahead), worker=worker)


def restore(source: Source, saved: bytes, *, worker: bool) -> Stream:
    """The stream that was saved; see `Model.restore`."""
    engine = source.engine
    facts, data = snapshot.read(engine.info, saved)
    try:
        given = None
        if facts["accompanies"] is not None:
            given = Accompaniment.restored(engine.info, facts["accompanies"])
        request = _request_of(engine, facts["place"], given)
        kept = None if facts["kept"] is None else _request_of(engine, facts["kept"], given)
        tracker = Tracker(engine.info.time_base)
        tracker.know(request.limits.known)
        piece = Piece(tracker, Rng(0), **asdict(request.sampling))
        piece.set_latent(request.latent)
        loop = engine.loop(piece, guidance=request.guidance)
        player = Player(_composer(engine, loop, request, given), ahead=snapshot.ahead_of(facts))
        snapshot.restore(player, facts, data, kept)
        read = bool(facts["read"])
        return Stream(source, player, read=read, worker=worker and not read)
    except _DAMAGE as error:
        raise SnapshotError("the saved stream is damaged") from error


def _request_of(engine: Engine, facts: dict[str, Any], given: Accompaniment | None) -> Request:
    request = snapshot.request_of(facts, engine.info)
    if given is not None:
        request = replace(request, plan=given.plan, roles=given.roles)
    return request if facts["plan"] is None else with_saved_plan(engine, request, facts["plan"])


def _composer(engine: Engine, loop: Loop, request: Request, given: Accompaniment | None = None) -> Composer:
    if request.candidates == 1:
        return Composer(engine.info, loop, request, given=given)
    candidates = engine.candidates(loop, request.candidates, guidance=request.guidance)
    return Composer(engine.info, loop, request, candidates, given)
