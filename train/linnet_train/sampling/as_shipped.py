"""Pieces as a model ships them, except that nothing is forced: its form, wishes and sampling, and it is told
how many bars are left, but whether it ends there is up to the network.
"""

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls import request as _request
from linnet.controls.request import Request
from linnet.controls.settings import time_signature_index
from linnet.core import Piece, Rng, Tracker
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet.generation import parts
from linnet.model import Model
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.sampling.bars_left import tell_bars_left
from linnet_train.sampling.unconstrained import VOCABULARY, Drawn, Progress, Row, draw, ends_properly

LATE = 1
"""Bars by which an end may miss what was asked."""

_BAR, _METERS = FAMILIES["bar"].first, FAMILIES["time_signature"]


def requests(model: Model, count: int, length: int, seed: int, **settings: Any) -> list[Request]:
    """What `Model.generate` would be asked for so many pieces; length in bars, or hundredths of a second."""
    asked = dict.fromkeys(inspect.signature(Model.generate).parameters) | settings
    return [_request.check(model.info, asked, seed=seed + i, length=length) for i in range(count)]


def with_masks(
    engine: Engine, wanted: Sequence[Request], longest: int, *, told: bool = True, together: int = 64
) -> list[list[int]]:
    """The tokens of pieces that end when they like, after so many tokens at most. `told`: how many bars are
    left; if not, they are left to guess. They are not made to close, which would keep some from ending.
    """
    pieces, grid = [], engine.info.time_base == "grid"
    for first in range(0, len(wanted), together):
        batch = wanted[first : first + together]
        begun = [unended(replace(request, closes=False), engine.info.time_base) for request in batch]
        loop = engine.loop(*begun, guidance=batch[0].guidance)
        for _ in range(longest):
            for piece, request in zip(begun, batch, strict=True):
                if told:
                    tell_bars_left(piece, request.length if grid else None)
            loop.play(1)
            if all(piece.tracker.finished for piece in begun):
                break
        pieces += begun
    return [piece.tokens for piece in pieces]


def without_masks(
    engine: Engine, wanted: Sequence[Request], longest: int, progress: Progress | None = None
) -> list[Drawn]:
    """The same pieces without the grammar; what breaks a rule of theirs is still kept out.

    They are not made to close, nor held to the scale of a form: where a rule forbids what the network is sure
    of, what is left of its distribution says nothing about the grammar.
    """
    rows = [
        _Shipped(
            replace(request, closes=False, limits=request.limits | {"scale": range(12)}),
            engine.info.time_base,
        )
        for request in wanted
    ]
    return draw(engine, rows, longest, guidance=wanted[0].guidance, progress=progress)


def ends_in_time(tokens: Sequence[int], time_base: TimeBase, bars: int | None, late: int = LATE) -> bool:
    """Whether a piece came to a proper end by itself, within so many bars of those asked for, if any."""
    if not ends_properly(tokens, time_base):
        return False
    return bars is None or abs(_bars(tokens) - bars) <= late


def _bars(tokens: Sequence[int]) -> int:
    return codec.decode(np.array(tokens, np.uint16), "grid").bars


def unended(request: Request, time_base: TimeBase) -> Piece:
    piece = parts.new_part(request, time_base).piece
    piece.tracker.restrict(bars=0, ticks=0, endless=False)
    return piece


class _Shipped(Row):
    """A piece with script, plan and rules; it goes on by logits that leave it no choice."""

    def __init__(self, request: Request, time_base: TimeBase) -> None:
        self._bars = request.length if time_base == "grid" else None
        self._meter = request.time_signature
        self._piece = unended(request, time_base)
        self._ruled = np.empty(VOCABULARY, np.uint8)
        self._choice = np.full(VOCABULARY, -np.inf, np.float32)
        super().__init__(Tracker(time_base), Rng(request.seed), request.sampling)

    def draw(self, logits: NDArray[np.float32], costs: NDArray[np.float64]) -> bool:
        return self._scripted(costs) or super().draw(logits, costs)

    def _scripted(self, costs: NDArray[np.float64]) -> bool:
        """Goes on as the script says, if it does: a meter, say, is no choice of the network's."""
        if self._piece.opened:
            return False
        try:  # a script does not look at logits, and chance can make nothing of these
            token = self._piece.sample(np.full(VOCABULARY, np.nan, np.float32))
        except ModelError:
            return False
        self.drawn.tokens.append(token)
        self.drawn.nats += float(costs[token])
        super()._advance(token)
        tell_bars_left(self._piece, self._bars)
        return True

    def features(self, bag: NDArray[np.int64]) -> None:
        self._piece.tracker.features(bag)

    def _open(self) -> NDArray[np.uint8]:
        """All but what the grammar allows and a rule forbids; the meter that is given, in its place."""
        if self._meter is not None and self._piece.tracker.bars == 1 and self.drawn.tokens[-1] == _BAR:
            self._ruled[:] = 0
            self._ruled[_METERS.first + time_signature_index(self._meter)] = 1
            return self._ruled
        self._piece.tracker.mask(self._ruled)
        return np.where(self._mask, self._ruled, np.uint8(1))

    def _advance(self, token: int) -> None:
        super()._advance(token)
        self._choice[token] = 0
        drawn = self._piece.sample(self._choice)
        self._choice[token] = -np.inf
        assert drawn == token
        tell_bars_left(self._piece, self._bars)
