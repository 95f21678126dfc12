"""The loop that plays: features -> network step -> mask -> sample -> advance."""

from __future__ import annotations

import numpy as np

from linnet import _core, features, vocabulary
from linnet._engine import Engine
from linnet.settings import Sampling


class Loop:
    """One piece in the making: its tokens, the tracker, the network's states and the random numbers."""

    def __init__(self, engine: Engine, tracker: _core.Tracker, rng: _core.Rng, sampling: Sampling) -> None:
        """Stands before bos."""
        self.tracker = tracker
        self.tokens: list[int] = []
        self._engine, self._rng, self._sampling = engine, rng, sampling
        self._states = engine.start()
        self._bag = np.zeros((1, features.WIDTH), np.int64)
        self._mask = np.zeros(vocabulary.SIZE, np.uint8)
        self._logits = np.zeros(vocabulary.SIZE, np.float32)
        self._due = False  # the network has yet to read the last token

    def take(self, token: int) -> None:
        """Goes on with a token that is given."""
        self._read()
        self.tracker.advance(token)
        self.tokens.append(token)
        self._due = True

    def draw(self) -> int:
        """Goes on with a token that network, rules and chance agree on."""
        self._read()
        self.tracker.mask(self._mask)
        chosen = self._sampling
        token, _ = _core.sample(
            self._logits,
            mask=self._mask,
            temperature=chosen.temperature,
            top_k=chosen.top_k,
            top_p=chosen.top_p,
            min_p=chosen.min_p,
            rng=self._rng,
        )
        self.take(token)
        return token

    def _read(self) -> None:
        if not self._due:
            return
        self.tracker.features(self._bag)
        logits, self._states = self._engine.step(self._bag, self._states)
        self._logits = logits[0]
        self._due = False
