"""How likely a token was to be drawn: under the rules, the temperature and the filter of the moment."""

import torch
from torch import Tensor

_LEAST = -80.0
"""What a logit may be below the highest: weights smaller than its exp say nothing, and numbers that leave the
range of float32 take PyTorch ten times as long."""


def weigh(logits: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Logits less the highest that is allowed, and their exp, 0 where nothing is allowed.

    Both (rows, vocabulary), like logits and allowed.
    """
    highest = logits.masked_fill(~allowed, -torch.inf).amax(dim=-1, keepdim=True)
    below = (logits - highest).clamp_(_LEAST, 0.0)
    return below, below.exp().mul_(allowed)


def drawn(weights: Tensor, tokens: Tensor, min_p: float) -> tuple[Tensor, Tensor]:
    """Log-probability with which each token was drawn (rows), and what it was drawn from (rows, vocabulary),
    from `weigh`'s weights of logits over the temperature.
    """
    token = tokens[:, None]
    own = weights.gather(1, token)
    odds = weights.masked_fill(weights < min_p, 0.0)
    odds.scatter_(1, token, own)  # it was drawn, whatever rounding says now
    total = odds.sum(dim=-1, keepdim=True)
    return torch.log(own / total)[:, 0], odds.div_(total)
