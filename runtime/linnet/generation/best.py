"""Pieces of which each section is composed several times: the best of its candidates goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linnet.controls.judge import Judge
from linnet.controls.request import Request
from linnet.engine.engine import Engine
from linnet.generation.parts import Counts, GridPart, Progress
from linnet.music.score import Score

__all__ = ["compose"]

_GLANCE = 0.05
"""Seconds from one report of progress to the next."""


def compose(
    engine: Engine, requests: Sequence[Request], *, progress: Progress | None = None
) -> tuple[list[Score], list[Counts]]:
    """Makes pieces, one after the other; each is the same as if it were made alone.

    The random numbers of the first candidate are those of a piece without candidates, others have streams of
    their own.

    Args:
        engine: The network that plays them, of a model with a judge.
        requests: What to make.
        progress: Called now and then.

    Returns:
        The scores, and what was counted in each.
    """
    judge = engine.info.judge
    assert judge is not None, "the request was resolved"
    wanted = sum(request.length for request in requests)
    scores: list[Score] = []
    counts: list[Counts] = []
    for request in requests:
        part, made = GridPart(request), sum(each.length for each in requests[: len(scores)])

        def glance(part: GridPart = part, made: int = made) -> None:
            if progress is not None:
                progress(made + part.done(), wanted)

        _play(engine, part, judge, None if progress is None else glance)
        scores.append(part.score())
        counts.append(Counts.of(part.piece.tracker))
    return scores, counts


def _play(engine: Engine, part: GridPart, judge: Judge, glance: Callable[[], None] | None) -> None:
    """Until the piece is over, section by section."""
    request, tracker = part.request, part.piece.tracker
    loop = engine.loop(part.piece, guidance=request.guidance)
    while not part.piece.opened:
        loop.step()
    candidates = engine.candidates(loop, request.candidates, guidance=request.guidance)
    full = 0
    while not tracker.finished:
        full = min(full + judge.section, request.length)
        candidates.begin()
        while not candidates.play(bars=part.played + full, seconds=None if glance is None else _GLANCE):
            if glance is not None:
                glance()
        candidates.choose(judge.best([piece.tracker for piece in candidates.pieces], full))
        if glance is not None:
            glance()
