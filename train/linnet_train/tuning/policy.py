"""Learning from played pieces: policy gradient with groups as baseline, held near the trained network.

For each request a group of pieces is played. The return of a token is the reward of its bar and, discounted,
of those that follow; its advantage is that return less the group's mean, in standard deviations of whole
pieces, as in GRPO (Shao et al., "DeepSeekMath", 2024) but bar by bar. Tokens were sampled by weights that
were rounded otherwise, so each counts by its importance ratio, clipped as in PPO (Schulman et al., 2017).
What holds the network is the exact Kullback-Leibler divergence from the trained one at each step (KL control:
Jaques et al., "Sequence Tutor", 2017).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.network.network import Network
from linnet_train.sampling import probabilities
from linnet_train.sampling.rollout import Rollout, gather
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.reward_file import RewardValues

_BAR = FAMILIES["bar"].first

_ROWS = 64
"""Steps whose logits are looked at together: few enough to stay in the cache."""


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What an update came to."""

    kl: float
    """Kullback-Leibler divergence from the trained network, nats a token."""

    rounding: float
    """How far importance ratios were from 1, the mean in nats: what the arithmetic of playing differs by."""

    gradient: float
    """Its length before clipping."""

    tokens: int


def advantages(groups: Sequence[Sequence[RewardValues]], config: TuneConfig) -> list[NDArray[np.float64]]:
    """The advantage of each bar: its return less the mean of the group, in standard deviations.

    Args:
        groups: what the pieces of each group earned.
        config: its discount.

    Returns:
        An array (bars) for each piece in turn. The deviation is that of whole pieces within their groups.
    """
    found, variances = [], []
    for group in groups:
        longest = max(len(earned.bars) for earned in group)
        returns = np.zeros((len(group), longest))
        for row, earned in zip(returns, group, strict=True):
            following = 0.0
            for bar in reversed(range(len(earned.bars))):
                following = earned.bars[bar] + config.discount * following
                row[bar] = following
            row += earned.whole
        found += list(returns - returns.mean(axis=0))
        variances.append(np.var([earned.total for earned in group]))
    deviation = float(np.mean(variances)) ** 0.5
    return [each / deviation if deviation > 1e-9 else 0 * each for each in found]


def selected(totals: NDArray[np.float64], config: TuneConfig) -> list[int]:
    """Which pieces to learn from: the best and the worst of each group, or all.

    Args:
        totals: the rewards. (groups, pieces)
        config: how many of each.

    Returns:
        Indices into all pieces in turn.
    """
    size = totals.shape[1]
    if not 0 < 2 * config.extremes < size:
        return list(range(totals.size))
    order = totals.argsort(axis=1, kind="stable")
    extremes = np.hstack([order[:, : config.extremes], order[:, -config.extremes :]])
    return [int(i) for i in np.sort((extremes + size * np.arange(len(totals))[:, None]).ravel())]


def per_token(advantage: NDArray[np.float64], tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """The advantage of each token's bar; what comes before the first bar has the first one's."""
    bars = np.maximum(np.cumsum(tokens == _BAR) - 1, 0)
    found: NDArray[np.float64] = advantage[np.minimum(bars, len(advantage) - 1)]
    return found


def learn(
    network: Network,
    trained: Network,
    optimizer: torch.optim.Optimizer,
    rollouts: Sequence[Rollout],
    advantages_of_bars: Sequence[NDArray[np.float64]],
    config: TuneConfig,
) -> UpdateResult:
    """One update of the network.

    Args:
        network: learns; its weights change in place.
        trained: what it is held near.
        optimizer: of the network.
        rollouts: the pieces.
        advantages_of_bars: of each piece. (bars)
        config: coefficients, clipping, precision.
    """
    device = network.output.weight.device
    total, divergence, rounding = sum(map(len, rollouts)), 0.0, 0.0
    optimizer.zero_grad()
    order = sorted(range(len(rollouts)), key=lambda i: len(rollouts[i]))  # of like length: little padding
    for first in range(0, len(order), config.micro_batch):
        part = order[first : first + config.micro_batch]
        feature_ids, tokens, allowed = gather([rollouts[i] for i in part], device)
        known = tokens != 0
        with precision(config, device):
            hidden, _ = network.hidden(feature_ids)
            with torch.no_grad():
                usual, _ = trained.hidden(feature_ids)
        # The logits of all steps at once would fill hundreds of megabytes: they are made, looked at and
        # forgotten a few at a time, and the LSTM is gone back through once with what they said.
        rows_of_hidden, usual = hidden.detach()[known].float().requires_grad_(), usual[known].float()
        before, advantage = (
            torch.from_numpy(np.concatenate(each)).to(device)
            for each in (
                [rollouts[i].log_probabilities for i in part],
                [per_token(advantages_of_bars[i], rollouts[i].tokens).astype(np.float32) for i in part],
            )
        )
        tokens, allowed, feature_ids = tokens[known], allowed[known], feature_ids[known]
        for begin in range(0, len(tokens), _ROWS):
            rows = slice(begin, begin + _ROWS)
            logits = network.score(rows_of_hidden[rows], feature_ids[rows])
            with torch.no_grad():
                gradient, kl, log_ratio = policy_gradient(
                    logits,
                    trained.score(usual[rows], feature_ids[rows]),
                    allowed=allowed[rows],
                    tokens=tokens[rows],
                    log_probabilities=before[rows],
                    advantages_of_tokens=advantage[rows],
                    config=config,
                )
            torch.autograd.backward(logits, gradient / total)
            divergence += float(kl.sum())
            rounding += float(log_ratio.abs().sum())
        gradient = torch.zeros_like(hidden)
        assert rows_of_hidden.grad is not None
        gradient[known] = rows_of_hidden.grad.to(hidden.dtype)
        hidden.backward(gradient)  # type: ignore[no-untyped-call]  # torch leaves it unannotated
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    norm = nn.utils.clip_grad_norm_(learning, config.clip_norm or float("inf"))
    if torch.isfinite(norm):  # else the weights stay as they are
        optimizer.step()
    return UpdateResult(divergence / total, rounding / total, float(norm), total)


def precision(config: TuneConfig, device: torch.device) -> AbstractContextManager[Any]:
    """What the LSTM computes in."""
    return nullcontext() if config.precision == "fp32" else torch.autocast(device.type, dtype=torch.bfloat16)


def policy_gradient(
    logits: Tensor,
    usual: Tensor,
    *,
    allowed: Tensor,
    tokens: Tensor,
    log_probabilities: Tensor,
    advantages_of_tokens: Tensor,
    config: TuneConfig,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradient of kl_coef * divergence - min(ratio * advantage, clipped ratio * advantage) by the logits.

    Args:
        logits: of the network. (rows, vocabulary)
        usual: of the trained network. (rows, vocabulary)
        allowed: what the rules let through. (rows, vocabulary)
        tokens: that were sampled. (rows)
        log_probabilities: with which they were. (rows)
        advantages_of_tokens: (rows).
        config: coefficients, temperature and filter.

    Returns:
        The gradient (rows, vocabulary), the divergence from the trained network, unfiltered (rows), and the
        log of the importance ratio (rows).
    """
    below, weights = probabilities.weigh(logits, allowed)
    below_then, weights_then = probabilities.weigh(usual, allowed)
    total, total_then = (each.sum(dim=-1, keepdim=True) for each in (weights, weights_then))
    apart = below.sub_(below_then).sub_((total / total_then).log_())
    share = weights / total
    divergence = (share * apart).sum(dim=-1, keepdim=True)
    found = apart.sub_(divergence).mul_(share).mul_(config.kl_coef)
    if config.temperature != 1:
        _, weights = probabilities.weigh(logits / config.temperature, allowed)
    now, distribution = probabilities.of_sampled(weights, tokens, config.min_p)
    log_ratio = now - log_probabilities
    ratio = log_ratio.exp()
    clipped = (ratio - 1) * advantages_of_tokens.sign() > config.clip
    pull = torch.where(clipped, 0.0, ratio * advantages_of_tokens)[:, None] / config.temperature
    found.add_(distribution.mul_(pull)).scatter_add_(1, tokens[:, None], -pull)
    return found, divergence[:, 0], log_ratio
