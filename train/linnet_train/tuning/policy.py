"""Learning from played pieces: policy gradient with groups as baseline, on a leash to the trained network.

For each request a group of pieces is played. A token answers for the praise of its bar and of those that
follow; its advantage is that praise less the group's mean, in the deviation of whole pieces, as in GRPO (Shao
et al., "DeepSeekMath", 2024) but bar by bar. Tokens were drawn by weights that were rounded otherwise, so
each counts by its importance ratio, clipped as in PPO (Schulman et al., 2017). The leash is the exact
Kullback-Leibler divergence from the trained network at each step (Jaques et al., "Sequence Tutor", 2017, call
it KL control).
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
from linnet_train.tuning.reward_file import Praise

_BAR = FAMILIES["bar"].first

_ROWS = 64
"""Steps whose logits are looked at together: few enough to stay in the cache."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an update came to."""

    strayed: float
    """Nats a token from the trained network."""

    rounding: float
    """How far importance ratios were from 1, the mean in nats: what the arithmetic of playing differs by."""

    gradient: float
    """Its length before clipping."""

    tokens: int


def advantages(groups: Sequence[Sequence[Praise]], config: TuneConfig) -> list[NDArray[np.float64]]:
    """What each bar of each piece in turn answers for, more than its group does, in standard deviations of
    whole pieces within their groups. (pieces) arrays of (bars)
    """
    found, totals = [], []
    for group in groups:
        longest = max(len(praise.bars) for praise in group)
        answers = np.zeros((len(group), longest))
        for row, praise in zip(answers, group, strict=True):
            following = 0.0
            for bar in reversed(range(len(praise.bars))):
                following = praise.bars[bar] + config.foresight * following
                row[bar] = following
            row += praise.whole
        found += list(answers - answers.mean(axis=0))
        totals.append(np.var([praise.total for praise in group]))
    deviation = float(np.mean(totals)) ** 0.5
    return [each / deviation if deviation > 1e-9 else 0 * each for each in found]


def chosen(totals: NDArray[np.float64], config: TuneConfig) -> list[int]:
    """Of the pieces in turn those to learn from: the best and the worst of each group, or all. From totals
    (groups, takes).
    """
    takes = totals.shape[1]
    if not 0 < 2 * config.extremes < takes:
        return list(range(totals.size))
    order = totals.argsort(axis=1, kind="stable")
    kept = np.hstack([order[:, : config.extremes], order[:, -config.extremes :]])
    return [int(i) for i in np.sort((kept + takes * np.arange(len(totals))[:, None]).ravel())]


def of_tokens(advantage: NDArray[np.float64], tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """The advantage of each token's bar: what comes before the first bar answers for all of the piece."""
    bars = np.maximum(np.cumsum(tokens == _BAR) - 1, 0)
    found: NDArray[np.float64] = advantage[np.minimum(bars, len(advantage) - 1)]
    return found


def learn(
    network: Network,
    trained: Network,
    optimizer: torch.optim.Optimizer,
    rollouts: Sequence[Rollout],
    praise: Sequence[NDArray[np.float64]],
    config: TuneConfig,
) -> Learnt:
    """One update of the network from pieces and the advantages of their bars."""
    device = network.output.weight.device
    total, strayed, rounding = sum(map(len, rollouts)), 0.0, 0.0
    optimizer.zero_grad()
    order = sorted(range(len(rollouts)), key=lambda i: len(rollouts[i]))  # of like length: little padding
    for first in range(0, len(order), config.part):
        part = order[first : first + config.part]
        bags, tokens, open_ = gather([rollouts[i] for i in part], device)
        known = tokens != 0
        with precision(config, device):
            hidden, _ = network.hidden(bags)
            with torch.no_grad():
                usual, _ = trained.hidden(bags)
        # The logits of all steps at once would fill hundreds of megabytes: they are made, looked at and
        # forgotten a few at a time, and the LSTM is gone back through once with what they said.
        heard, usual = hidden.detach()[known].float().requires_grad_(), usual[known].float()
        before, advantage = (
            torch.from_numpy(np.concatenate(each)).to(device)
            for each in (
                [rollouts[i].chances for i in part],
                [of_tokens(praise[i], rollouts[i].tokens).astype(np.float32) for i in part],
            )
        )
        tokens, open_ = tokens[known], open_[known]
        for begin in range(0, len(tokens), _ROWS):
            rows = slice(begin, begin + _ROWS)
            logits = network.output(heard[rows])
            with torch.no_grad():
                slopes, away, off = slope(
                    logits,
                    trained.output(usual[rows]),
                    open_[rows],
                    tokens[rows],
                    before[rows],
                    advantage[rows],
                    config,
                )
            logits.backward(slopes / total)
            strayed += float(away.sum())
            rounding += float(off.abs().sum())
        slopes = torch.zeros_like(hidden)
        assert heard.grad is not None
        slopes[known] = heard.grad.to(hidden.dtype)
        hidden.backward(slopes)  # type: ignore[no-untyped-call]  # torch leaves it unannotated
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    gradient = nn.utils.clip_grad_norm_(learning, config.clip_norm or float("inf"))
    if torch.isfinite(gradient):  # else the weights stay as they are
        optimizer.step()
    return Learnt(strayed / total, rounding / total, float(gradient), total)


def precision(config: TuneConfig, device: torch.device) -> AbstractContextManager[Any]:
    """What the LSTM computes in."""
    return nullcontext() if config.precision == "fp32" else torch.autocast(device.type, dtype=torch.bfloat16)


def slope(
    logits: Tensor,
    usual: Tensor,
    open_: Tensor,
    tokens: Tensor,
    before: Tensor,
    advantage: Tensor,
    config: TuneConfig,
) -> tuple[Tensor, Tensor, Tensor]:
    """Where each logit should go down (rows, vocabulary), the divergence from the trained network, unfiltered
    (rows), and the log of the importance ratio (rows): the gradient of
    leash * divergence - min(ratio * advantage, clipped ratio * advantage).

    From logits, those of the trained network and what was allowed (rows, vocabulary), and the tokens, the
    log-probabilities they were drawn with, and their advantages (rows).
    """
    below, weights = probabilities.weigh(logits, open_)
    below_then, weights_then = probabilities.weigh(usual, open_)
    total, total_then = (each.sum(dim=-1, keepdim=True) for each in (weights, weights_then))
    apart = below.sub_(below_then).sub_((total / total_then).log_())
    share = weights / total
    divergence = (share * apart).sum(dim=-1, keepdim=True)
    found = apart.sub_(divergence).mul_(share).mul_(config.leash)
    if config.temperature != 1:
        _, weights = probabilities.weigh(logits / config.temperature, open_)
    now, odds = probabilities.drawn(weights, tokens, config.min_p)
    off = now - before
    ratio = off.exp()
    beyond = (ratio - 1) * advantage.sign() > config.clip
    pull = torch.where(beyond, 0.0, ratio * advantage)[:, None] / config.temperature
    found.add_(odds.mul_(pull)).scatter_add_(1, tokens[:, None], -pull)
    return found, divergence[:, 0], off
