"""How likely a token was to be sampled: under the rules, the temperature and the filter of the moment."""

import torch
from torch import Tensor

_LEAST = -80.0
"""What a logit may be below the highest: weights smaller than its exp say nothing, and numbers that leave the
range of float32 take PyTorch ten times as long."""


def weigh(logits: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Unnormalised probabilities.

    Args:
        logits: (rows, vocabulary).
        allowed: likewise, bool.

    Returns:
        Logits less the highest that is allowed, and their exp, 0 where a token is not allowed; likewise.
    """
    highest = logits.masked_fill(~allowed, -torch.inf).amax(dim=-1, keepdim=True)
    below = (logits - highest).clamp_(_LEAST, 0.0)
    return below, below.exp().mul_(allowed)


def of_sampled(weights: Tensor, tokens: Tensor, min_p: float) -> tuple[Tensor, Tensor]:
    """How likely the sampled tokens were.

    Args:
        weights: `weigh`'s, of logits over the temperature. (rows, vocabulary)
        tokens: that were sampled. (rows)
        min_p: the filter; 0: none.

    Returns:
        The log-probability of each token (rows), and the distribution it was sampled from (rows, vocabulary).
    """
    token = tokens[:, None]
    own = weights.gather(1, token)
    odds = weights.masked_fill(weights < min_p, 0.0)
    odds.scatter_(1, token, own)  # it was sampled, whatever rounding says now
    total = odds.sum(dim=-1, keepdim=True)
    return torch.log(own / total)[:, 0], odds.div_(total)
