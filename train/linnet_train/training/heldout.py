"""Exact likelihood of pieces: whole, with carried state, no dropout, each token scored once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from linnet.tokens import features, vocabulary
from linnet.tokens.given import Given
from linnet.tokens.quantise import TimeBase
from linnet_train.corpus.corpus import CorpusPiece
from linnet_train.data.batches import Lanes, Loaded
from linnet_train.network.config import ModelConfig
from linnet_train.network.network import Network, next_token_nats
from linnet_train.network.plan import only, shift_of, told_of_plan
from linnet_train.training.ranks import Ranks
from linnet_train.training.step import carried, to_tensors


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each token of the vocabulary came, and the sum of the nats that predicting it cost."""

    counts: NDArray[np.int64]
    nats: NDArray[np.float64]

    @property
    def nats_per_token(self) -> float:
        """The mean over all tokens."""
        return float(self.nats.sum() / self.counts.sum())


def load(
    piece: CorpusPiece,
    time_base: TimeBase,
    model: ModelConfig,
    *,
    wishes: bool = True,
    given: Given | None = None,
) -> Loaded:
    """What a network reads of a piece, and the token that follows each step: bos alone is not predicted.

    Args:
        piece: the music.
        time_base: of its tokens.
        model: what the network may be told, and whether it reads music in its home key.
        wishes: whether it is told what it may be told.
        given: music of it that is known ahead.
    """
    shift = shift_of(piece.wishes) if model.at_home else None
    rows = only(piece.wishes, told_of_plan(model.plan)) if wishes else None
    roles = piece.roles if wishes and model.roles else ()
    feature_ids = features.compute(piece.tokens, time_base, rows, shift=shift, roles=roles, given=given)
    return Loaded(feature_ids[:-1], features.home(piece.tokens, shift)[1:])


def tally(
    network: Network,
    pieces: Sequence[CorpusPiece],
    time_base: TimeBase,
    *,
    wishes: bool = True,
    batch_size: int = 32,
    chunk: int = 256,
    ranks: Ranks | None = None,
) -> Tally:
    """Scores every token of the pieces.

    Args:
        network: predicts; it should be in evaluation mode.
        pieces: the music.
        time_base: of their tokens.
        wishes: conditional on the wishes that the music fulfils and on its plan, or unconditional.
        batch_size: pieces side by side; it changes no figure but by rounding.
        chunk: tokens at a time; likewise.
        ranks: that score some of the pieces each; all get the whole tally.
    """
    ranks = ranks or Ranks()
    # Long pieces first: the lanes then run empty at about the same time.
    order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i].tokens))
    order = order[ranks.rank :: ranks.size]

    def load_draw(draw: int) -> Loaded:
        return load(pieces[order[draw]], time_base, network.config, wishes=wishes)

    found = tally_of(network, load_draw, len(order), batch_size=batch_size, chunk=chunk)
    if ranks.size == 1:
        return found
    every = ranks.gather(found)
    return Tally(
        np.sum([each.counts for each in every], axis=0), np.sum([each.nats for each in every], axis=0)
    )


@torch.inference_mode()
def tally_of(
    network: Network,
    load_draw: Callable[[int], Loaded],
    draws: int,
    *,
    batch_size: int = 32,
    chunk: int = 256,
) -> Tally:
    """Scores what is loaded; targets that are pad do not count.

    Args:
        network: predicts; it should be in evaluation mode.
        load_draw: what it reads as number 0, 1, ...
        draws: how many there are.
        batch_size: pieces side by side.
        chunk: tokens at a time.
    """
    size = network.config.vocabulary_size
    device = network.output.weight.device
    lanes = Lanes(load_draw, batch_size=batch_size, chunk=chunk, draws=draws)
    state = network.initial_state(min(batch_size, draws))
    nats = torch.zeros(size, dtype=torch.float64, device=device)
    counts = torch.zeros(size, dtype=torch.int64, device=device)
    for batch in lanes:
        feature_ids, targets = to_tensors(batch, device)
        logits, state = network(feature_ids, carried(state, batch.starts))
        cost = next_token_nats(logits, targets).flatten().double()
        nats.index_add_(0, targets.flatten(), cost)
        counts += torch.bincount(targets.flatten(), minlength=size)
    counts[vocabulary.FAMILIES["pad"].first] = 0
    return Tally(counts.cpu().numpy(), nats.cpu().numpy())
