"""Training of a variational model: phrases go through the encoder, and come out of the decoder again.

The loss is the nats of the phrase, given a latent sampled from the encoder's posterior, and the KL divergence
of the posterior (Kingma and Welling 2014), less some free nats (Kingma et al. 2016), at a weight that rises
from nothing (Bowman et al. 2016). The decoder has a good memory of its own and could do without a latent: so
at some steps it sees nothing of the music so far but where in the bar it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from linnet.tokens import features
from linnet_train.data.phrases import Phrase, PhraseBatch, Phrases, collate
from linnet_train.network.config import ModelConfig, RunConfig
from linnet_train.network.encoder import Posterior
from linnet_train.network.network import Network, next_token_nats
from linnet_train.training.step import Training

_PLACE = ("bar_position", "beat_position", "bar_modulo_8", "time_signature", "slot", "program")
"""Families of features that stay when the music so far is hidden; so do the wishes."""


@dataclass(frozen=True, slots=True)
class LatentScores:
    """What phrases cost given a latent, a row for each."""

    nats: Tensor
    """Nats of the music."""

    kl: Tensor
    """Of the posterior from N(0, 1), in nats. (phrases, latent)"""

    mean: Tensor  # (phrases, latent)
    tokens: Tensor


class VariationalTraining(Training):
    """Steps over phrases. What is saved and restored is what any training saves."""

    lanes: Phrases

    def __init__(self, model: ModelConfig, run: RunConfig, phrases: Phrases, device: torch.device) -> None:
        """Draws fresh weights from the seed of the run."""
        super().__init__(model, run, phrases, device)
        self._music = torch.from_numpy(music_columns()).to(device)

    def loss(self) -> tuple[Tensor, int]:
        """Nats a token of the next batch, the cost of the latents among them, and how many tokens it has."""
        batch = next(self.lanes)
        feature_ids, targets, readings, lengths = to_tensors(batch, self.device)
        count = int(np.count_nonzero(batch.targets))
        hidden = torch.rand(targets.shape, device=self.device) < self.run.hidden_share
        feature_ids = feature_ids.masked_fill(hidden[..., None] & self._music, 0)
        with self._precision():
            posterior = self.network.encode(readings, lengths)
            logits, _ = self.network(feature_ids, latent=posterior.sample())
        kl = posterior.kl().sum(dim=1)
        price = self.run.kl_weight * min(1.0, self.step / max(1, self.run.kl_warmup_steps))
        cost = price * (kl - self.run.free_nats).clamp(min=0).sum()
        return (next_token_nats(logits, targets).sum() + cost) / count, count


@torch.inference_mode()
def encode(network: Network, phrases: Sequence[Phrase], *, portion: int = 64) -> Posterior:
    """The posteriors of phrases, in their order; `portion` of them at a time."""
    device = network.output.weight.device
    found = []
    for first in range(0, len(phrases), portion):
        _, _, readings, lengths = to_tensors(collate(phrases[first : first + portion]), device)
        found.append(network.encode(readings, lengths))
    return Posterior(
        torch.cat([each.mean for each in found]), torch.cat([each.log_variance for each in found])
    )


@torch.inference_mode()
def score_phrases(
    network: Network,
    phrases: Sequence[Phrase],
    *,
    latent: Literal["own", "another", "none"] = "own",
    portion: int = 64,
) -> LatentScores:
    """Scores phrases.

    Args:
        network: with a latent, or without, which is then given none.
        phrases: the music.
        latent: the mean of the phrase's own posterior, that of the phrase before, or zeros.
        portion: phrases at a time.
    """
    device = network.output.weight.device
    rows = []
    for first in range(0, len(phrases), portion):
        batch = collate(phrases[first : first + portion])
        feature_ids, targets, readings, lengths = to_tensors(batch, device)
        given, kl = None, torch.zeros(len(targets), 0)
        if network.encoder is not None:
            posterior = network.encode(readings, lengths)
            given, kl = posterior.mean, posterior.kl()
        mean = kl if given is None else given
        if given is not None and latent != "own":
            given = given.roll(1, dims=0) if latent == "another" else torch.zeros_like(given)
        logits, _ = network(feature_ids, latent=given)
        rows.append((next_token_nats(logits, targets).sum(dim=1), kl, mean, (targets > 0).sum(dim=1)))
    nats, kl, mean, tokens = (torch.cat(column) for column in zip(*rows, strict=True))
    return LatentScores(nats, kl, mean, tokens)


def to_tensors(batch: PhraseBatch, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Feature ids, targets, readings and their lengths on the device."""
    arrays = (batch.feature_ids, batch.targets, batch.readings, batch.lengths)
    feature_ids, targets, readings, lengths = (torch.from_numpy(array).to(device) for array in arrays)
    return feature_ids, targets, readings, lengths


def music_columns() -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which columns of the features tell of the music so far, beside the place in the bar."""
    hidden = np.zeros(features.WIDTH, np.bool_)
    for family in features.FAMILIES:
        stays = family.name in _PLACE or family.name.startswith("wish_")
        hidden[family.first_column : family.first_column + family.columns] = not stays
    return hidden
