"""Playing with the weights of the moment.

The pieces are those of the runtime: script, plan, rules, features and sampling are the C core's, as in
`linnet.engine.engine.Engine.loop`. Only the network is stepped by PyTorch, because it changes with every
update and is no model file yet. What it saw and what was allowed at each step is recorded, to learn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from linnet.core import Piece
from linnet.tokens import features, vocabulary
from linnet_train.network.network import Network
from linnet_train.sampling import probabilities
from linnet_train.sampling.bars_left import set_bars_left

_MASK_BYTES = -(-vocabulary.SIZE // 8)

States = list[tuple[Tensor, Tensor]]
"""Hidden and cell state of each layer, (batch, hidden)."""


class Steps:
    """A network laid out to be stepped: a product for each layer, of input and hidden state together.

    `nn.LSTM` is made for whole sequences, and takes four times as long for one step of 64 pieces.
    """

    @torch.no_grad()
    def __init__(self, network: Network, precision: str) -> None:
        """As the weights are now. With bf16 the products inside the LSTM are in bf16; the logits are
        float32.
        """
        assert not network.config.latent
        self.network, self.type = network, torch.bfloat16 if precision == "bf16" else torch.float32
        self.layers = [
            (torch.cat([w_ih, w_hh], dim=1).to(self.type), (b_ih + b_hh).to(self.type))
            for w_ih, w_hh, b_ih, b_hh in network.lstm.all_weights
        ]

    def start(self, batch: int) -> States:
        """The states before the first token."""
        hidden, cell = self.network.initial_state(batch)
        return [(h.to(self.type), c) for h, c in zip(hidden, cell, strict=True)]

    def __call__(self, feature_ids: Tensor, states: States) -> tuple[Tensor, States]:
        """Logits (batch, vocabulary) and the next states, from feature ids (batch, width) and the states."""
        network, following = self.network, []
        x = network.embedding(network.columns(feature_ids)).to(self.type)
        for (weight, bias), (h, c) in zip(self.layers, states, strict=True):
            i, f, g, o = F.linear(torch.cat([x, h], dim=1), weight, bias).float().chunk(4, dim=1)
            cell = f.sigmoid() * c + i.sigmoid() * g.tanh()
            x = (o.sigmoid() * cell.tanh()).to(self.type)
            following.append((x, cell))
        return network.score(x.float(), feature_ids), following


@dataclass(frozen=True, slots=True)
class Rollout:
    """One piece as the network went through it: step i saw feature_ids[i] and tokens[i] was sampled."""

    tokens: NDArray[np.int64]
    """All but bos, which is given; home tokens, where the piece is played away from home. (steps)"""

    log_probabilities: NDArray[np.float32]
    """Of each token, as it was sampled. (steps)"""

    feature_ids: NDArray[np.int16]
    """(steps, width)"""

    masks: NDArray[np.uint8]
    """What was allowed, a bit for each token of the vocabulary. (steps, bytes)"""

    def __len__(self) -> int:
        return len(self.tokens)


class _Growing:
    """Rows of every piece, step after step, in memory that doubles when it is full."""

    def __init__(self, pieces: int, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self.rows = np.zeros((pieces, 512, *shape), dtype)

    def put(self, pieces: NDArray[np.int64], step: int, rows: NDArray[np.generic]) -> None:
        if step == self.rows.shape[1]:
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)], axis=1)
        self.rows[pieces, step] = rows


@torch.inference_mode()
def play(
    network: Network,
    pieces: Sequence[Piece],
    longest: int,
    *,
    bars_left: Sequence[int | None] = (),
    temperature: float = 1.0,
    min_p: float = 0.0,
    precision: Literal["fp32", "bf16"] = "fp32",
) -> list[Rollout]:
    """Plays new pieces together. The same pieces and weights give the same tokens.

    Args:
        network: without a latent.
        pieces: each with bos in its script, and sampled with the temperature and filter below.
        longest: tokens after bos, after which a piece is given up.
        bars_left: for pieces that no rule ends, the bars that they are asked to fill; None: nothing is said.
        temperature: of the pieces, for their log-probabilities.
        min_p: likewise.
        precision: of the products inside the LSTM.
    """
    device, steps = network.output.weight.device, Steps(network, precision)
    feature_ids = _Growing(len(pieces), (features.WIDTH,), np.int16)
    masks = _Growing(len(pieces), (_MASK_BYTES,), np.uint8)
    sampled = _Growing(len(pieces), (), np.float32)
    nothing = np.zeros(vocabulary.SIZE, np.float32)
    every = np.arange(vocabulary.SIZE, dtype=np.uint16)
    homes = np.stack([features.home(every, piece.tracker.shift) for piece in pieces]).astype(np.int64)
    for piece in pieces:
        first = piece.sample(nothing)
        assert first == vocabulary.FAMILIES["bos"].first
    alive = np.arange(len(pieces))
    states = steps.start(len(pieces))
    for step in range(longest):
        going = alive.tolist()
        ids = np.empty((len(going), features.WIDTH), np.int64)
        mask = np.empty((len(going), vocabulary.SIZE), np.uint8)
        tokens = np.empty(len(going), np.int64)
        for row, number in enumerate(going):
            if bars_left:
                set_bars_left(pieces[number], bars_left[number])
            pieces[number].tracker.features(ids[row])
        logits, states = steps(torch.from_numpy(ids).to(device), states)
        scores = logits.cpu().numpy()
        for row, number in enumerate(going):
            tokens[row] = token = homes[number, pieces[number].sample(scores[row], mask[row])]
            mask[row, token] = 1  # what a script says is allowed, whatever the rules say
        allowed = torch.from_numpy(mask.view(np.bool_)).to(device)
        _, weights = probabilities.weigh(logits / temperature, allowed)
        likely, _ = probabilities.of_sampled(weights, torch.from_numpy(tokens).to(device), min_p)
        feature_ids.put(alive, step, ids)
        masks.put(alive, step, np.packbits(mask, axis=1))
        sampled.put(alive, step, likely.cpu().numpy())
        on = np.array([not pieces[number].tracker.finished for number in going])
        if not on.all():
            alive, stays = alive[on], torch.from_numpy(on).to(device)
            states = [(h[stays], c[stays]) for h, c in states]
            if not len(alive):
                break
    played = [home[piece.tokens[1:]] for piece, home in zip(pieces, homes, strict=True)]
    return [
        Rollout(tokens, *(each.rows[i, : len(tokens)].copy() for each in (sampled, feature_ids, masks)))
        for i, tokens in enumerate(played)
    ]


def gather(rollouts: Sequence[Rollout], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Feature ids (batch, time, width), tokens (batch, time), and what was allowed (batch, time, vocabulary).

    Where a piece is over the token is 0 (pad), and everything is allowed.
    """
    time = max(len(rollout) for rollout in rollouts)
    feature_ids = np.zeros((len(rollouts), time, features.WIDTH), np.int32)
    tokens = np.zeros((len(rollouts), time), np.int64)
    masks = np.full((len(rollouts), time, _MASK_BYTES), 255, np.uint8)
    for i, rollout in enumerate(rollouts):
        feature_ids[i, : len(rollout)] = rollout.feature_ids
        tokens[i, : len(rollout)] = rollout.tokens
        masks[i, : len(rollout)] = rollout.masks
    allowed = np.unpackbits(masks, axis=2, count=vocabulary.SIZE).view(np.bool_)
    return tuple(torch.from_numpy(array).to(device) for array in (feature_ids, tokens, allowed))  # type: ignore[return-value]
