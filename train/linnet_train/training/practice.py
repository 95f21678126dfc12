"""Practice: the network plays, and is told what would have been wrong.

People's music shows what is right. What is wrong, such as striking a note of a voice that still sounds, is
nowhere near it, so a network learns little of that from people, but gets there when it plays by itself (Ross,
Gordon and Bagnell, "A Reduction of Imitation Learning", AISTATS 2011). The grammar knows the answer anywhere.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linnet.controls.form import Bar
from linnet.core import Piece as Begun
from linnet.core import Rng, Tracker
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Piece
from linnet_train.data.augment import silenced
from linnet_train.data.examples import bars_told, followed, promised, tail
from linnet_train.network.config import RunConfig
from linnet_train.network.network import Network
from linnet_train.sampling.rollout import Rollout, play

TAKES = 32
LONGEST = 512
"""Tokens of a take at most."""

BARS = 2, 16
MIN_P = 0.02
"""Drawn as models are usually played, at temperature 1: wild takes would be a lesson in wild music."""

_BOS, _BAR = (FAMILIES[name].first for name in ("bos", "bar"))


class Practice:
    """Takes by the wishes of training pieces, in half of them by their form as well. The seed decides."""

    def __init__(self, pieces: Sequence[Piece], time_base: TimeBase, run: RunConfig) -> None:
        self._pieces, self._time_base, self._run = pieces, time_base, run

    def takes(self, network: Network, number: int) -> list[Rollout]:
        """What the network plays for the so manieth time, and what it might have played at each step."""
        rng = np.random.default_rng((self._run.seed, 3, number))
        begun = [self._begin(rng) for _ in range(TAKES)]
        return [_until_late(rollout) for rollout in play(network, begun, LONGEST)]

    def _begin(self, rng: np.random.Generator) -> Begun:
        """A piece before its first token."""
        run, like = self._run, self._pieces[int(rng.integers(len(self._pieces)))]
        begun = Begun(Tracker(self._time_base), Rng(int(rng.integers(2**32))), script=[_BOS], min_p=MIN_P)
        wishes, looks = like.wishes, None
        if self._time_base == "grid":
            bars = int(rng.integers(*BARS, endpoint=True))
            _, wishes, score = tail(codec.decode(like.tokens, "grid"), wishes, bars)
            if rng.random() < run.form_share:
                looks, wishes = followed(score, wishes)
        wishes = silenced(wishes, rng, each=run.wish_drop, together=run.wish_drop_all, span=run.wish_span)
        begun.tracker.wish(wishes[0].tolist())
        rows = wishes[1:].tolist()
        if rows:
            begun.plan(_bars(rows, looks), again=len(rows) - 1, first=1)
        return begun


def _bars(rows: list[list[int]], looks: NDArray[np.uint8] | None) -> list[Bar]:
    """A plan of bars with these wishes; of looks, row 0 is for the header."""
    if looks is None:
        return [Bar("anywhere", 15, dict(enumerate(row))) for row in rows]
    return [
        Bar(back, quarters, dict(enumerate(row))) if back else Bar("nowhere", 0, dict(enumerate(row)))
        for (back, quarters), row in zip(looks[1:].tolist(), rows, strict=True)
    ]


def _until_late(rollout: Rollout) -> Rollout:
    """A take up to the bar line that should have been its end, with what it was promised as a rule."""
    late = (rollout.tokens == _BAR) & (bars_told(rollout.bags) == 0)
    last = int(np.argmax(late)) + 1 if late.any() else len(rollout)
    rules = promised(rollout.masks[:last].copy(), rollout.bags[:last])
    return replace(rollout, tokens=rollout.tokens[:last], bags=rollout.bags[:last], masks=rules)
