"""Learning from played pieces: policy gradient with groups as baseline, on a leash to the trained network.

For each request a group of pieces is played; a piece's advantage is its reward less the group's mean, in the
group's standard deviations, as in GRPO (Shao et al., "DeepSeekMath", 2024). Every piece is learnt from once,
with the weights that played it, so there is nothing to clip. The leash is the exact Kullback-Leibler
divergence from the trained network at each step (Jaques et al., "Sequence Tutor", 2017, call it KL control).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linnet_train.network import Network
from linnet_train.rollout import Rollout, gather
from linnet_train.tune_config import TuneConfig

_SHUT = -1e9
"""A logit of what may not be drawn; finite, so that differences are numbers."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an update came to."""

    strayed: float
    """Nats a token from the trained network."""

    gradient: float
    """Its length before clipping."""

    tokens: int


def advantages(rewards: NDArray[np.float64]) -> NDArray[np.float64]:
    """(groups, takes), likewise; 0 where all takes of a group are praised alike."""
    away = rewards - rewards.mean(axis=1, keepdims=True)
    spread = rewards.std(axis=1, keepdims=True)
    return np.where(spread > 1e-9, away / np.maximum(spread, 1e-9), 0.0)


def learn(
    network: Network,
    trained: Network,
    optimizer: torch.optim.Optimizer,
    rollouts: Sequence[Rollout],
    praise: NDArray[np.float64],
    config: TuneConfig,
) -> Learnt:
    """One update of the network from pieces and their advantages. (pieces)"""
    device = network.output.weight.device
    total, strayed = sum(map(len, rollouts)), 0.0
    optimizer.zero_grad()
    order = sorted(range(len(rollouts)), key=lambda i: len(rollouts[i]))  # of like length: little padding
    for first in range(0, len(order), config.part):
        chosen = order[first : first + config.part]
        bags, tokens, allowed = gather([rollouts[i] for i in chosen], device)
        with torch.no_grad():
            usual, _ = trained(bags)
        logits, _ = network(bags)
        advantage = torch.tensor(praise[chosen], dtype=torch.float32, device=device)
        drawn = log_chances(logits, tokens, allowed, config)
        away = divergence(logits, usual, allowed)
        known = tokens != 0
        loss = (known * (config.leash * away - advantage[:, None] * drawn)).sum() / total
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        strayed += float((known * away.detach()).sum())
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    gradient = nn.utils.clip_grad_norm_(learning, config.clip_norm or float("inf"))
    if torch.isfinite(gradient):  # else the weights stay as they are
        optimizer.step()
    return Learnt(strayed / total, float(gradient), total)


def log_chances(logits: Tensor, tokens: Tensor, allowed: Tensor, config: TuneConfig) -> Tensor:
    """Log-probability with which each token was drawn, under the mask and the filter that it was drawn with.

    (batch, time) from logits and allowed (batch, time, vocabulary) and tokens (batch, time)
    """
    scaled = (logits / config.temperature).masked_fill(~allowed, _SHUT)
    if config.min_p:
        with torch.no_grad():
            kept = scaled >= scaled.amax(dim=-1, keepdim=True) + float(np.log(config.min_p))
            kept.scatter_(-1, tokens[..., None], value=True)  # it was drawn, whatever rounding says now
        scaled = scaled.masked_fill(~kept, _SHUT)
    return scaled.log_softmax(dim=-1).gather(-1, tokens[..., None])[..., 0]


def divergence(logits: Tensor, usual: Tensor, allowed: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the trained network, unfiltered, in nats. (batch, time)"""
    ours, theirs = (each.masked_fill(~allowed, _SHUT).log_softmax(dim=-1) for each in (logits, usual))
    return (ours.exp() * (ours - theirs)).sum(dim=-1)
