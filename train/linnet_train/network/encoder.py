"""The encoder of a variational model, and the places under which a latent keeps the notes of a phrase.

A latent is an associative memory (holographic reduced representations: Plate 1995; with multiplication as
binding: Gayler 1998). Each place in a phrase has a key, as long as the latent. The encoder writes a value for
each note, multiplies it by the key of the note's place, and adds all of these up; the decoder multiplies the
sum by the key of the place where it is, and gets back the value that was written there, and noise. The same
keys serve both, so that a network without any training already finds a note where it was put.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from linnet.engine import latent as latent_readings
from linnet.tokens import features

EMBEDDING = 128
"""Numbers in the embedding of a note."""

NARROW = -4.0
"""Log variance at the start: little noise, so that the decoder has a use for the latent from the first step
on."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the encoder makes of phrases: a normal distribution over latents for each."""

    mean: Tensor  # (batch, latent)
    log_variance: Tensor  # (batch, latent)

    def sample(self) -> Tensor:
        """A latent for each phrase. (batch, latent)"""
        return self.mean + torch.randn_like(self.mean) * (0.5 * self.log_variance).exp()

    def kl(self) -> Tensor:
        """KL divergence of each number of each latent from N(0, 1), in nats. (batch, latent)"""
        return 0.5 * (self.mean**2 + self.log_variance.exp() - 1 - self.log_variance)


class Places(nn.Module):
    """The key of each place: the product of one for the bar, modulo 8, and one for the position in it."""

    def __init__(self, latent: int) -> None:
        """Keys are initialised by the network that this belongs to; row 0 is for what precedes the first
        bar.
        """
        super().__init__()
        families = {family.name: family for family in features.FAMILIES}
        self._bar, self._position = families["bar_modulo_8"], families["bar_position"]
        self.bars = nn.Embedding(self._bar.count + 1, latent)
        self.positions = nn.Embedding(self._position.count + 1, latent)

    def forward(self, feature_ids: Tensor) -> Tensor:
        """Keys (..., latent) of the places that feature ids or readings (..., width) are at."""
        bar, position = (
            (feature_ids[..., family.first_column] - (family.first_id - 1)).clamp(min=0)
            for family in (self._bar, self._position)
        )
        key: Tensor = self.bars(bar) * self.positions(position)
        return key


class Encoder(nn.Module):
    """Two readings of a phrase, forwards and backwards, through one LSTM; an id in each step says which it
    is.

    Sharing the weights halves the encoder in the model file, where it is a step network like the decoder.
    """

    def __init__(self, latent: int, hidden_size: int) -> None:
        """Weights are PyTorch's, until the network that this belongs to initialises them."""
        super().__init__()
        self.embedding = nn.EmbeddingBag(latent_readings.COUNT, EMBEDDING, mode="sum", padding_idx=0)
        self.lstm = nn.LSTM(EMBEDDING, hidden_size, batch_first=True)
        self.output = nn.Linear(hidden_size, latent)
        self.spread = nn.Linear(hidden_size, latent)

    def forward(self, readings: Tensor, lengths: Tensor, places: Places) -> Posterior:
        """Encodes phrases.

        Args:
            readings: (2, batch, steps, width), forwards and backwards.
            lengths: (batch,), how many of the steps count.
            places: the keys, which the decoder shares.
        """
        directions, batch, steps, width = readings.shape
        x = self.embedding(readings.reshape(-1, width)).view(directions * batch, steps, -1)
        h, _ = self.lstm(x)
        h = h.view(directions, batch, steps, -1)
        counts = (torch.arange(steps, device=lengths.device) < lengths[:, None])[..., None]
        written = self.output(h).float() * places(readings) * counts
        mean = written.sum(dim=(0, 2)) * lengths[:, None].float().rsqrt()
        average = (h * counts).sum(dim=(0, 2)) / (directions * lengths[:, None])
        return Posterior(mean, self.spread(average).float())
