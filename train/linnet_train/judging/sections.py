"""Sections of people's pieces and of a model's own, as its judge hears them: what it is learnt from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet.controls import judge
from linnet.controls.wishes import INDEX
from linnet.core import Tracker
from linnet.generation import parts
from linnet.generation.planned import with_plan
from linnet.model import Model
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.progress import Progress
from linnet_train.sampling.as_shipped import requests

TOGETHER = 64
"""Pieces in one batch."""

SHORTEST = 2
"""Bars before a section is judged."""

UPBEAT_UNCOUNTED = 1
"""See csrc/tracker.h."""


@dataclass(frozen=True, slots=True)
class Sections:
    """What is heard at the end of each bar of some pieces."""

    heard: NDArray[np.int32]
    """(sections, `judge.HEARD`)"""

    piece: NDArray[np.int32]
    """Number of the piece each is of."""

    def __len__(self) -> int:
        return len(self.heard)

    def of(self, pieces: NDArray[np.bool_]) -> "Sections":
        """Those of some of the pieces."""
        rows = pieces[self.piece]
        return Sections(self.heard[rows], self.piece[rows])


def heard_in(tokens: Sequence[int], key: int, bars: int, every: int = 1) -> Iterator[list[int]]:
    """What a judge hears at bar lines of a piece on the grid, after two bars, but not at its end.

    Args:
        tokens: from bos.
        key: value of the wish, 0 for none.
        bars: after so many full bars it is no longer listened to.
        every: so many full bars, from the beginning on.
    """
    tracker = Tracker("grid")
    tracker.restrict(upbeat=UPBEAT_UNCOUNTED)
    wishes = tracker.wishes
    wishes[INDEX["key"]] = key
    tracker.wish(wishes)
    before = 0
    for token in tokens:
        tracker.advance(token)
        if tracker.bars == before:
            continue
        before = tracker.bars
        full = before - 1 - tracker.upbeat
        if full > bars:
            return
        if full >= SHORTEST and full % every == 0:
            yield judge.hear(tracker, full)


def of_people(pieces: Sequence[CorpusPiece], bars: int, *, every: int = 1) -> Sections:
    """Sections of pieces of a corpus, in the keys that they are found to have."""
    key = INDEX["key"]
    return _gathered(
        heard_in(piece.tokens.tolist(), int(piece.wishes[min(1, len(piece.wishes) - 1), key]), bars, every)
        for piece in pieces
    )


def of_model(
    model: Model, count: int, bars: int, *, seed: int, every: int = 1, progress: Progress | None = None
) -> Sections:
    """Sections of the model's own pieces, made as it ships, one candidate each.

    Args:
        model: one on the grid.
        count: pieces; seeds are counted up from `seed`.
        bars: of each.
        seed: of the first.
        every: as in `heard_in`.
        progress: called with the share that is made.
    """
    wanted = [with_plan(model.engine, each) for each in requests(model, count, bars, seed, candidates=1)]
    found: list[list[list[int]]] = []
    for first in range(0, count, TOGETHER):
        batch = wanted[first : first + TOGETHER]
        begun = [parts.new_part(request, "grid") for request in batch]
        loop = model.engine.loop(*[part.piece for part in begun], guidance=batch[0].guidance)
        while not all(part.piece.tracker.finished for part in begun):
            loop.play()
        key = INDEX["key"]
        found += [
            list(heard_in(part.piece.tokens, request.wishes[key], bars, every))
            for part, request in zip(begun, batch, strict=True)
        ]
        if progress is not None:
            progress(len(found) / count)
    return _gathered(map(iter, found))


def people_of(corpus: Corpus, most: int) -> tuple[list[CorpusPiece], NDArray[np.bool_]]:
    """Pieces of a corpus, and whether the model never saw each: all that were held out, and of the others so
    many at most, evenly spread.
    """
    unseen = [piece for split in ("test", "valid") for piece in corpus.pieces(split)]
    seen = corpus.pieces("train")
    chosen = np.linspace(0, len(seen) - 1, min(most, len(seen))).round().astype(int).tolist()
    known = np.arange(len(unseen) + len(chosen)) < len(unseen)
    return [*unseen, *(seen[i] for i in chosen)], known


def _gathered(pieces: Iterator[Iterator[list[int]]]) -> Sections:
    heard: list[list[int]] = []
    numbers: list[int] = []
    for number, sections in enumerate(pieces):
        of_one = list(sections)
        heard += of_one
        numbers += [number] * len(of_one)
    return Sections(np.array(heard, np.int32).reshape(-1, len(judge.HEARD)), np.array(numbers, np.int32))
