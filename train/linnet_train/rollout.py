"""Playing with the weights of the moment.

The pieces are those of the runtime: script, plan, rules, features and chance are the C core's, as in
`linnet._engine.Engine.loop`. Only the network is stepped by PyTorch, because it changes with every update
and is no model file yet. What it saw and what it was allowed at each step is kept, to learn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from linnet import features, vocabulary
from linnet._core import Piece
from linnet_train.network import Network

_MASK_BYTES = -(-vocabulary.SIZE // 8)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One piece as the network went through it: step i saw bags[i] and came to tokens[i]."""

    tokens: NDArray[np.int64]
    """All but bos, which nobody draws. (steps)"""

    bags: NDArray[np.int16]
    """(steps, width)"""

    masks: NDArray[np.uint8]
    """What was allowed, a bit for each token. (steps, bytes)"""

    def __len__(self) -> int:
        return len(self.tokens)


class _Growing:
    """Rows of every piece, step after step, in memory that doubles when it is full."""

    def __init__(self, pieces: int, width: int, dtype: type[np.generic]) -> None:
        self.rows = np.zeros((pieces, 512, width), dtype)

    def put(self, pieces: NDArray[np.int64], step: int, rows: NDArray[np.generic]) -> None:
        if step == self.rows.shape[1]:
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)], axis=1)
        self.rows[pieces, step] = rows


@torch.inference_mode()
def play(network: Network, pieces: Sequence[Piece], longest: int) -> list[Rollout]:
    """Plays new pieces together until each is over or has so many tokens after bos.

    Each must begin with bos in its script. The same pieces and weights give the same tokens.
    """
    device = network.output.weight.device
    bags, masks = (
        _Growing(len(pieces), features.WIDTH, np.int16),
        _Growing(len(pieces), _MASK_BYTES, np.uint8),
    )
    nothing = np.zeros(vocabulary.SIZE, np.float32)
    for piece in pieces:
        first = piece.draw(nothing)
        assert first == vocabulary.FAMILIES["bos"].first
    alive = np.arange(len(pieces))
    state = network.initial_state(len(pieces))
    for step in range(longest):
        bag = np.empty((len(alive), features.WIDTH), np.int64)
        mask = np.empty((len(alive), vocabulary.SIZE), np.uint8)
        for row, number in enumerate(alive.tolist()):
            pieces[number].tracker.features(bag[row])
        bags.put(alive, step, bag)
        logits, state = network(torch.from_numpy(bag).to(device)[:, None], state)
        heard = logits[:, 0].float().cpu().numpy()
        for row, number in enumerate(alive.tolist()):
            pieces[number].draw(heard[row], mask[row])
        masks.put(alive, step, np.packbits(mask, axis=1))
        going = np.array([not pieces[number].tracker.finished for number in alive.tolist()])
        if not going.all():
            alive, kept = alive[going], torch.from_numpy(going).to(device)
            state = (state[0][:, kept], state[1][:, kept])
            if not len(alive):
                break
    tokens = [np.array(piece.tokens[1:], np.int64) for piece in pieces]
    return [
        Rollout(played, bags.rows[i, : len(played)].copy(), masks.rows[i, : len(played)].copy())
        for i, played in enumerate(tokens)
    ]


def gather(
    rollouts: Sequence[Rollout], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
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
