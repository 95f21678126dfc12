"""Pieces by the settings that a model ships with, except that no rule ends them: form, wishes (bars left
among them) and sampling are the model's, and whether a piece ends in time is up to the network.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls.limits import ANY_PITCH_CLASS
from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.core import Piece, Rng, Tracker
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet.generation import parts
from linnet.generation.planned import with_plan
from linnet.model import Model
from linnet.tokens import codec
from linnet.tokens.quantise import TICKS_PER_SECOND, TimeBase
from linnet.tokens.vocabulary import FAMILIES, time_signature_token
from linnet_train.progress import Progress
from linnet_train.sampling.bars_left import set_bars_left
from linnet_train.sampling.unconstrained import (
    VOCABULARY,
    SampledPiece,
    UnconstrainedPiece,
    ends_properly,
    sample,
)

LATE = 1
"""Bars by which an end may be early or late."""

_NEVER = 1 << 40
"""A bar that no piece comes to."""

_BAR = FAMILIES["bar"].first


def requests(model: Model, count: int, length: int, seed: int, **settings: Any) -> list[Request]:
    """The requests that `Model.generate` would make.

    Args:
        model: whose defaults hold.
        count: pieces; seeds are counted up from `seed`.
        length: of each, in bars, or in hundredths of a second where there are no bars.
        seed: of the first piece.
        settings: other options of `Model.generate`.
    """
    long = {"bars": length} if model.info.time_base == "grid" else {"seconds": length / TICKS_PER_SECOND}
    options = Options(**long, **settings)
    wanted = [resolve(model.info, replace(options, seed=seed + i)) for i in range(count)]
    return [with_plan(model.engine, request) for request in wanted]


def with_masks(
    engine: Engine,
    wanted: Sequence[Request],
    longest: int,
    *,
    bars_left: bool = True,
    together: int = 64,
) -> list[list[int]]:
    """The tokens of pieces that no rule ends.

    Args:
        engine: plays.
        wanted: the pieces. No cadence is forced on them, which would keep some from ending.
        longest: tokens after which a piece is given up.
        bars_left: whether the network sees how many bars are left.
        together: pieces in one batch.
    """
    pieces, grid = [], engine.info.time_base == "grid"
    for first in range(0, len(wanted), together):
        batch = wanted[first : first + together]
        begun = [without_end(replace(request, closes=False), engine.info.time_base) for request in batch]
        loop = engine.loop(*begun, guidance=batch[0].guidance)
        for _ in range(longest):
            for piece, request in zip(begun, batch, strict=True):
                if bars_left:
                    set_bars_left(piece, request.length if grid else None)
            loop.play(1)
            if all(piece.tracker.finished for piece in begun):
                break
        pieces += begun
    return [piece.tokens for piece in pieces]


def without_masks(
    engine: Engine, wanted: Sequence[Request], longest: int, progress: Progress | None = None
) -> list[SampledPiece]:
    """The same pieces sampled without the grammar; what breaks a rule of the request is still masked.

    No cadence is forced on them, nor the scale of a form: where a rule forbids what the network is sure of,
    what is left of its distribution says nothing about the grammar.
    """
    rows = [
        ShippedPiece(
            replace(request, closes=False, limits=replace(request.limits, scale=ANY_PITCH_CLASS)),
            engine.info.time_base,
        )
        for request in wanted
    ]
    return sample(engine, rows, longest, guidance=wanted[0].guidance, progress=progress)


def ends_in_time(tokens: Sequence[int], time_base: TimeBase, bars: int | None, late: int = LATE) -> bool:
    """Whether a piece came to a proper end by itself, and in time.

    Args:
        tokens: from bos.
        time_base: of the tokens.
        bars: that it was asked to fill; None: any number will do.
        late: by how many bars more or less it may miss that.
    """
    if not ends_properly(tokens, time_base):
        return False
    return bars is None or abs(_bars(tokens) - bars) <= late


def _bars(tokens: Sequence[int]) -> int:
    return codec.decode(np.array(tokens, np.uint16), "grid").bars


def without_end(request: Request, time_base: TimeBase) -> Piece:
    """A piece before its first token, with all of its request but the rule that ends it."""
    piece = parts.new_part(request, time_base).piece
    piece.tracker.restrict(bars=0, ticks=0, endless=False)
    return piece


class ShippedPiece(UnconstrainedPiece):
    """A piece with script, plan and rules. It advances by logits that leave it no choice."""

    def __init__(self, request: Request, time_base: TimeBase) -> None:
        self._bars = request.length if time_base == "grid" else None
        self._meter = request.time_signature
        self._piece = without_end(request, time_base)
        self._piece.cadence(_NEVER, line=(), chord=())  # what holds a last bar is no rule of the tracker's
        self._ruled = np.empty(VOCABULARY, np.uint8)
        self._only = np.full(VOCABULARY, -np.inf, np.float32)
        super().__init__(Tracker(time_base), Rng(request.seed), request.sampling, shift=request.shift)

    def step(self, logits: NDArray[np.float32], costs: NDArray[np.float64]) -> bool:
        return self._scripted(costs) or super().step(logits, costs)

    def _scripted(self, costs: NDArray[np.float64]) -> bool:
        """Advances by the script, where it goes on: a meter, say, is no choice of the network's."""
        if self._piece.opened:
            return False
        try:  # a script needs no logits, and from these nothing can be sampled
            token = self._piece.sample(np.full(VOCABULARY, np.nan, np.float32))
        except ModelError:
            return False
        self.result.tokens.append(token)
        self.result.nats += float(costs[token])
        super()._advance(token)
        set_bars_left(self._piece, self._bars)
        return True

    def features(self, out: NDArray[np.int64]) -> None:
        self._piece.tracker.features(out)

    def _allowed(self) -> NDArray[np.uint8]:
        """All but what the grammar allows and a rule forbids; the meter that is given, in its place."""
        if self._meter is not None and self._piece.tracker.bars == 1 and self.result.tokens[-1] == _BAR:
            self._ruled[:] = 0
            self._ruled[time_signature_token(self._meter)] = 1
            return self._ruled
        self._piece.tracker.mask(self._ruled)
        return np.where(self._mask, self._ruled, np.uint8(1))

    def _advance(self, token: int) -> None:
        super()._advance(token)
        home = self._home[token]
        self._only[home] = 0
        given = self._piece.sample(self._only)
        self._only[home] = -np.inf
        assert given == token
        set_bars_left(self._piece, self._bars)
