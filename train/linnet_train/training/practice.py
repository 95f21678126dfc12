"""Practice: the network plays, and learns what would have been wrong.

People's music shows what is right. What is wrong, such as striking a note of a voice that still sounds, is
nowhere near it, so a network learns little of that from people, but gets there when it plays by itself (Ross,
Gordon and Bagnell, "A Reduction of Imitation Learning", AISTATS 2011). The grammar knows the answer anywhere.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linnet.controls.form import Bar
from linnet.core import Piece, Rng, Tracker
from linnet.tokens import codec
from linnet.tokens.features import WISHES
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import CorpusPiece
from linnet_train.data.examples import bars_left_of, follow_form, tail, told, with_end_rules
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.network import Network
from linnet_train.network.plan import shift_of
from linnet_train.sampling.rollout import Rollout, play
from linnet_train.training.ranks import Ranks

PIECES = 32
LONGEST = 512
"""Tokens of a piece at most."""

BARS = 2, 16
MIN_P = 0.02
"""As models are usually sampled, at temperature 1: wild pieces would teach what only wild music needs."""

_BOS, _BAR = (FAMILIES[name].first for name in ("bos", "bar"))


class Practice:
    """Plays by the wishes of training pieces, and some by their form as well. The seed decides."""

    def __init__(
        self, pieces: Sequence[CorpusPiece], time_base: TimeBase, run: RunConfig, model: ModelConfig
    ) -> None:
        self._pieces, self._time_base, self._run, self._model = pieces, time_base, run, model

    def play(self, network: Network, number: int, ranks: Ranks | None = None) -> list[Rollout]:
        """One round.

        Args:
            network: plays, in evaluation mode.
            number: of the round, which decides what is played together with the seed of the run.
            ranks: that play some of the pieces each; all get every piece.

        Returns:
            What was played, each piece up to the bar line where it should have ended, and what the rules
            allowed at each step.
        """
        rng = np.random.default_rng((self._run.seed, 3, number))
        begun = [self._begin(rng) for _ in range(PIECES)]
        ranks = ranks or Ranks()
        mine = begun[ranks.part(PIECES)]
        played = [_until_due(rollout) for rollout in play(network, mine, LONGEST)] if mine else []
        return [rollout for part in ranks.gather(played) for rollout in part]

    def _begin(self, rng: np.random.Generator) -> Piece:
        """A piece before its first token."""
        run, piece = self._run, self._pieces[int(rng.integers(len(self._pieces)))]
        begun = Piece(Tracker(self._time_base), Rng(int(rng.integers(2**32))), script=[_BOS], min_p=MIN_P)
        wishes, plan = piece.wishes, None
        if self._time_base == "grid":
            bars = int(rng.integers(*BARS, endpoint=True))
            _, wishes, score = tail(codec.decode(piece.tokens, "grid"), wishes, bars)
            if rng.random() < run.form_share:
                plan, wishes = follow_form(score, wishes)
        shift = shift_of(wishes) if self._model.at_home else None
        wishes, roles = told(wishes, piece.roles, rng, run, self._model)
        begun.tracker.set_shift(shift)
        begun.tracker.set_roles(roles)
        begun.tracker.wish(wishes[0, : len(WISHES)].tolist())
        rows = wishes[1:].tolist()
        if rows:
            begun.plan(_bars(rows, plan), again=len(rows) - 1, first=1)
        return begun


def _bars(rows: list[list[int]], plan: NDArray[np.uint8] | None) -> list[Bar]:
    """Bars with these wishes, and with sources as `follow_form` has them: row 0 is for the header."""
    if plan is None:
        return [Bar("anywhere", 15, dict(enumerate(row))) for row in rows]
    return [
        Bar(back, quarters, dict(enumerate(row))) if back else Bar("nowhere", 0, dict(enumerate(row)))
        for (back, quarters), row in zip(plan[1:].tolist(), rows, strict=True)
    ]


def _until_due(rollout: Rollout) -> Rollout:
    """A piece up to the bar line that should have been its end, under the rules for its end."""
    late = (rollout.tokens == _BAR) & (bars_left_of(rollout.feature_ids) == 0)
    last = int(np.argmax(late)) + 1 if late.any() else len(rollout)
    rules = with_end_rules(rollout.masks[:last].copy(), rollout.feature_ids[:last])
    return replace(rollout, tokens=rollout.tokens[:last], feature_ids=rollout.feature_ids[:last], masks=rules)
