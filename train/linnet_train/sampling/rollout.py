"""Playing with the weights of the moment.

The pieces are those of the runtime: script, plan, rules, features and chance are the C core's, as in
`linnet.engine.Engine.loop`. Only the network is stepped by PyTorch, because it changes with every update
and is no model file yet. What it saw and what it was allowed at each step is kept, to learn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from linnet.core import Piece
from linnet.tokens import features, vocabulary
from linnet_train.network.network import Network
from linnet_train.sampling import probabilities
from linnet_train.sampling.bars_left import tell_bars_left
from linnet_train.tuning.config import TuneConfig

_MASK_BYTES = -(-vocabulary.SIZE // 8)

_AS_IT_COMES = TuneConfig()

States = list[tuple[Tensor, Tensor]]
"""Hidden and cell state of each layer, (batch, hidden)."""


class Steps:
    """A network laid out to be stepped: a product for each layer, of input and hidden state together.

    `nn.LSTM` is made for whole sequences, and takes four times as long for one step of 64 pieces.
    """

    @torch.no_grad()
    def __init__(self, network: Network, precision: str) -> None:
        """As the weights are now. In bf16 are the products inside the LSTM; the logits are float32."""
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

    def __call__(self, bags: Tensor, states: States) -> tuple[Tensor, States]:
        """Logits (batch, vocabulary) and the next states, from bags (batch, width) and the states."""
        network, following = self.network, []
        x = network.embedding(network.columns(bags)).to(self.type)
        for (weight, bias), (h, c) in zip(self.layers, states, strict=True):
            i, f, g, o = F.linear(torch.cat([x, h], dim=1), weight, bias).float().chunk(4, dim=1)
            cell = f.sigmoid() * c + i.sigmoid() * g.tanh()
            x = (o.sigmoid() * cell.tanh()).to(self.type)
            following.append((x, cell))
        return network.output(x.float()), following


@dataclass(frozen=True, slots=True)
class Rollout:
    """One piece as the network went through it: step i saw bags[i] and came to tokens[i]."""

    tokens: NDArray[np.int64]
    """All but bos, which nobody draws. (steps)"""

    chances: NDArray[np.float32]
    """Log-probability with which each was drawn. (steps)"""

    bags: NDArray[np.int16]
    """(steps, width)"""

    masks: NDArray[np.uint8]
    """What was allowed, a bit for each token. (steps, bytes)"""

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
    config: TuneConfig = _AS_IT_COMES,
    told: Sequence[int | None] = (),
) -> list[Rollout]:
    """Plays new pieces together until each is over or has so many tokens after bos.

    Each must begin with bos in its script, and be drawn as the settings say. `told` are, for pieces that end
    when they like, the bars that they are told to fill (None: nothing). The same pieces and weights give the
    same tokens.
    """
    device, steps = network.output.weight.device, Steps(network, config.precision)
    bags = _Growing(len(pieces), (features.WIDTH,), np.int16)
    masks = _Growing(len(pieces), (_MASK_BYTES,), np.uint8)
    drawn = _Growing(len(pieces), (), np.float32)
    nothing = np.zeros(vocabulary.SIZE, np.float32)
    for piece in pieces:
        first = piece.sample(nothing)
        assert first == vocabulary.FAMILIES["bos"].first
    alive = np.arange(len(pieces))
    states = steps.start(len(pieces))
    for step in range(longest):
        going = alive.tolist()
        bag = np.empty((len(going), features.WIDTH), np.int64)
        mask = np.empty((len(going), vocabulary.SIZE), np.uint8)
        tokens = np.empty(len(going), np.int64)
        for row, number in enumerate(going):
            if told and told[number] is not None:
                tell_bars_left(pieces[number], told[number])
            pieces[number].tracker.features(bag[row])
        logits, states = steps(torch.from_numpy(bag).to(device), states)
        heard = logits.cpu().numpy()
        for row, number in enumerate(going):
            tokens[row] = token = pieces[number].sample(heard[row], mask[row])
            mask[row, token] = 1  # what a script says is allowed without being asked for
        allowed = torch.from_numpy(mask.view(np.bool_)).to(device)
        _, weights = probabilities.weigh(logits / config.temperature, allowed)
        likely, _ = probabilities.drawn(weights, torch.from_numpy(tokens).to(device), config.min_p)
        for growing, rows in ((bags, bag), (masks, np.packbits(mask, axis=1)), (drawn, likely.cpu().numpy())):
            growing.put(alive, step, rows)
        on = np.array([not pieces[number].tracker.finished for number in going])
        if not on.all():
            alive, kept = alive[on], torch.from_numpy(on).to(device)
            states = [(h[kept], c[kept]) for h, c in states]
            if not len(alive):
                break
    played = [np.array(piece.tokens[1:], np.int64) for piece in pieces]
    return [
        Rollout(tokens, *(each.rows[i, : len(tokens)].copy() for each in (drawn, bags, masks)))
        for i, tokens in enumerate(played)
    ]


def gather(rollouts: Sequence[Rollout], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Bags (batch, time, width), tokens (batch, time), and what was allowed (batch, time, vocabulary).

    Where a piece is over the token is 0 (pad), and everything is allowed.
    """
    time = max(len(rollout) for rollout in rollouts)
    bags = np.zeros((len(rollouts), time, features.WIDTH), np.int32)
    tokens = np.zeros((len(rollouts), time), np.int64)
    masks = np.full((len(rollouts), time, _MASK_BYTES), 255, np.uint8)
    for i, rollout in enumerate(rollouts):
        bags[i, : len(rollout)] = rollout.bags
        tokens[i, : len(rollout)] = rollout.tokens
        masks[i, : len(rollout)] = rollout.masks
    allowed = np.unpackbits(masks, axis=2, count=vocabulary.SIZE).view(np.bool_)
    return tuple(torch.from_numpy(array).to(device) for array in (bags, tokens, allowed))  # type: ignore[return-value]
