"""Is the exported graph the network that was trained? Held-out music tells, before a file is written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from linnet.engine.engine import Engine
from linnet_export.errors import ExportError
from linnet_export.music import Passage
from linnet_train.corpus.corpus import Split
from linnet_train.network.network import Network

MAX_DIFFERENCE = 1e-3
"""Largest difference of a logit between PyTorch and the float graph, which add up in another order, and carry
what that makes through thousands of steps: 2e-5 to 2e-4 in the packaged models. Wrong graphs are far off."""

MAX_LOSS = 0.002
"""Largest share by which integers may raise the nats a token, measured on so many as ENOUGH."""

ENOUGH = 10_000
"""Tokens. On fewer, more of a difference is chance: four times less, twice as much."""

LEAST_NATS = 0.5
"""A token: what a share is of, at least. A variational model that is given its phrase has few to lose."""


@dataclass(frozen=True, slots=True)
class Parity:
    """The two figures that decide, and what they were measured on."""

    tokens: int
    pieces: int
    split: Split
    max_difference: float
    """Between the logits of PyTorch and of the float graph."""

    float_nats: float
    exact_nats: float | None
    """Nats a token of the graphs; no exact one in a float export."""

    @property
    def loss(self) -> float:
        """By what share the integer graph predicts worse."""
        if self.exact_nats is None:
            return 0.0
        return (self.exact_nats - self.float_nats) / max(self.float_nats, LEAST_NATS)

    @property
    def limit(self) -> float:
        """Of that share."""
        return MAX_LOSS * max(1.0, math.sqrt(ENOUGH / max(self.tokens, 1)))

    def __str__(self) -> str:
        """Both figures, for people."""
        text = (
            f"{self.tokens:,} tokens of {self.pieces} pieces ({self.split}): "
            f"torch and fp32 graph differ by {self.max_difference:.1e} (limit {MAX_DIFFERENCE:.0e}); "
            f"fp32 {self.float_nats:.4f} nats/token"
        )
        if self.exact_nats is None:
            return text
        return text + f", int8 {self.exact_nats:.4f} ({self.loss:+.3%}, limit {self.limit:+.1%})"

    def check(self) -> None:
        """Raises ExportError unless both figures are within their limits."""
        # written so that NaN fails too
        if not self.max_difference <= MAX_DIFFERENCE or not self.loss <= self.limit:
            raise ExportError(f"parity failed, nothing was written: {self}")


def compare(
    network: Network,
    float_engine: Engine,
    exact_engine: Engine | None,
    music: Iterable[Passage],
    split: Split,
) -> Parity:
    """Plays the pieces, each with its state carried along, through all of them."""
    tokens = pieces = 0
    difference, float_nats, exact_nats = 0.0, 0.0, 0.0
    for feature_ids, targets, latent in music:
        with torch.inference_mode():
            given = None if latent is None else torch.from_numpy(latent)[None]
            expected = network(torch.from_numpy(feature_ids)[None], latent=given)[0][0].numpy()
        logits = play(float_engine, feature_ids, latent)
        # np.maximum hands NaN on, max() would lose it
        difference = float(np.maximum(difference, np.abs(logits - expected).max()))
        float_nats += nats(logits, targets)
        if exact_engine:
            exact_nats += nats(play(exact_engine, feature_ids, latent), targets)
        tokens, pieces = tokens + len(targets), pieces + 1
    return Parity(
        tokens=tokens,
        pieces=pieces,
        split=split,
        max_difference=difference,
        float_nats=float_nats / tokens,
        exact_nats=exact_nats / tokens if exact_engine else None,
    )


def play(
    engine: Engine, feature_ids: NDArray[np.int64], latent: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Logits (n, vocabulary) of one piece, step by step."""
    states = engine.start()
    rows = []
    for ids in feature_ids:
        logits, states = engine.step(ids[None], states, None if latent is None else latent[None])
        rows.append(logits[0])
    return np.stack(rows)


def nats(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """The sum of what predicting these tokens costs."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(targets)), targets]).sum())
