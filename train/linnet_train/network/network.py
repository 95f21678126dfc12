"""The network: a sum of embeddings, an LSTM, a dense layer. Nothing else, so that a step stays small."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from linnet.tokens import features
from linnet_train.network.config import ModelConfig
from linnet_train.network.encoder import NARROW, Encoder, Places, Posterior
from linnet_train.network.plan import told_of_plan, untold
from linnet_train.network.shared_heads import SharedHeads

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each (num_layers, batch, hidden_size)."""

QUIET = 0.2
LOUD = {"last_token": 4.0, "suffix_match": 4.0}
"""Standard deviations of the weights at the start. Tokens must not drown in the sum of thirty other rows:
with all rows equally loud, half an epoch of dance tunes ended at 1.01 nats a token, with these at 0.50."""


class Network(nn.Module):
    """Reads the feature ids of a step, one step after the other, and says how likely each token is to come
    next.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        dropout: float = 0.0,
        locked: bool = False,
        weight_drop: float = 0.0,
        seed: int = 0,
    ) -> None:
        """The seed decides the weights; the three kinds of dropout act in training mode alone.

        `locked` (variational dropout, Gal and Ghahramani 2016) drops the same numbers all through a chunk;
        `weight_drop` drops recurrent weights (DropConnect, Merity, Keskar and Socher 2017).
        """
        super().__init__()
        self.config = config
        self.weight_drop = weight_drop
        # EmbeddingBag adds rows up as it reads them; gathered, those of a 32 x 128 chunk would fill 250 MB.
        self.embedding = nn.EmbeddingBag(
            config.feature_count, config.embedding_dim, mode="sum", padding_idx=0
        )
        self.dropout = Dropout(dropout, locked=locked)
        self.lstm = nn.LSTM(
            config.embedding_dim + config.latent,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=dropout if config.num_layers > 1 else 0.0,
        )
        self.heads = SharedHeads(config.all_heads)
        self.output = nn.Linear(config.hidden_size + config.latent, config.vocabulary_size + self.heads.size)
        self.places, self.encoder = None, None
        if config.latent:
            self.places = Places(config.latent)
            self.encoder = Encoder(config.latent, config.encoder_size)
        self._initialise(torch.Generator().manual_seed(seed))

    def forward(
        self, feature_ids: Tensor, state: State | None = None, latent: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Predicts the token after each step.

        Args:
            feature_ids: (batch, time, width).
            state: what the last call returned; None at the start of pieces.
            latent: (batch, latent), for a variational model; what it holds of the place of each step is read
                by the LSTM and by the last layer, beside what they read in other models.

        Returns:
            Logits (batch, time, vocabulary), and the next state.
        """
        if latent is None:
            h, state = self.hidden(feature_ids, state)
            return self.score(h, feature_ids), state
        assert self.places is not None
        recalled = latent[:, None] * self.places(feature_ids)
        x = self.read(feature_ids)
        h, state = self._recur(torch.cat([x, recalled.to(x.dtype)], dim=-1), state)
        h = torch.cat([self.dropout(h, time_first=True), recalled.to(h.dtype)], dim=-1)
        return self.score(h, feature_ids), state

    def score(self, h: Tensor, feature_ids: Tensor) -> Tensor:
        """Logits (..., vocabulary) from what the last layer reads (..., hidden) and the ids of the same
        steps.
        """
        logits: Tensor = self.heads(self.output(h), feature_ids)
        return logits

    def columns(self, feature_ids: Tensor) -> Tensor:
        """Those that it reads; a run from before there were as many features reads those that it learnt."""
        return feature_ids[..., : 1 if self.config.inputs == "last-token" else self.config.feature_width]

    def read(self, feature_ids: Tensor) -> Tensor:
        """The sum of the embeddings of each step. (batch, time, embedding)"""
        feature_ids = self.columns(feature_ids)
        batch, time, width = feature_ids.shape
        x: Tensor = self.dropout(
            self.embedding(feature_ids.reshape(batch * time, width)).view(batch, time, -1)
        )
        return x

    def hidden(self, feature_ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """What the last layer reads (batch, time, hidden) and the next state, in a network without latent."""
        h, state = self._recur(self.read(feature_ids), state)
        return self.dropout(h, time_first=True), state

    def _recur(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        layered = self.dropout.locked or self.dropout.rows or self.weight_drop
        if not (self.training and layered):
            h, state = self.lstm(x, state)
            return h, state
        # Layer by layer: what nn.LSTM does in one call, but for the dropout that it does not know.
        hidden, cell = state or self.initial_state(len(x))
        ends = []
        for layer in range(self.config.num_layers):
            if layer:  # as nn.LSTM has it inside, step by step
                x = self.dropout(x, time_first=True)
            w_ih, w_hh, *biases = self.lstm.all_weights[layer]
            weights = [w_ih, F.dropout(w_hh, self.weight_drop), *biases]
            start = [hidden[layer : layer + 1], cell[layer : layer + 1]]
            x, *end = torch.lstm(x, start, weights, True, 1, 0.0, True, False, True)
            ends.append(end)
        hidden, cell = (torch.cat(parts) for parts in zip(*ends, strict=True))
        return x, (hidden, cell)

    def encode(self, readings: Tensor, lengths: Tensor) -> Posterior:
        """What a variational model makes of phrases; see `Encoder`."""
        assert self.places is not None
        assert self.encoder is not None
        posterior: Posterior = self.encoder(readings, lengths, self.places)
        return posterior

    def initial_state(self, batch: int) -> State:
        """The state at the start of a piece: zeros."""
        weight = self.output.weight
        shape = (self.config.num_layers, batch, self.config.hidden_size)
        return weight.new_zeros(shape), weight.new_zeros(shape)

    @torch.no_grad()
    def _initialise(self, generator: torch.Generator) -> None:
        hidden = self.config.hidden_size
        rows = self.embedding.weight.normal_(0.0, QUIET, generator=generator)
        for family in features.FAMILIES:
            if family.name in LOUD:
                rows[family.first_id : family.first_id + family.count * family.tables] *= (
                    LOUD[family.name] / QUIET
                )
        told = told_of_plan(self.config.plan)
        for family in untold(told, roles=self.config.roles, given=self.config.given):
            rows[family.first_id : family.first_id + family.count * family.tables] = 0  # they stay so
        rows[0].zero_()  # padding adds nothing; padding_idx keeps its gradient at zero
        for parameter in self.output.parameters():
            parameter.zero_()  # what heads have to say, they learn; other weights do not depend on them
        logits = [parameter[: self.config.vocabulary_size] for parameter in self.output.parameters()]
        for weights in (*self.lstm.parameters(), *logits):
            weights.uniform_(-(hidden**-0.5), hidden**-0.5, generator=generator)
        _remember(self.lstm, self.config.num_layers)
        if self.places is not None and self.encoder is not None:
            self._initialise_latent(self.places, self.encoder, generator)

    def _initialise_latent(self, places: Places, encoder: Encoder, generator: torch.Generator) -> None:
        # After all others, whose weights then do not depend on whether there is a latent.
        for keys in (places.bars, places.positions):
            keys.weight.normal_(0.5, 1.0, generator=generator)
        encoder.embedding.weight.normal_(0.0, 1.0, generator=generator)[0].zero_()
        size = encoder.lstm.hidden_size
        for module in (encoder.lstm, encoder.output, encoder.spread):
            for parameter in module.parameters():
                parameter.uniform_(-(size**-0.5), size**-0.5, generator=generator)
        _remember(encoder.lstm, 1)
        encoder.spread.bias.fill_(NARROW)


def _remember(lstm: nn.LSTM, layers: int) -> None:
    """Sets the gates to remember. PyTorch orders them input, forget, cell, output, and adds two biases."""
    size = lstm.hidden_size
    for layer in range(layers):
        getattr(lstm, f"bias_ih_l{layer}")[size : 2 * size].fill_(1.0)
        getattr(lstm, f"bias_hh_l{layer}")[size : 2 * size].zero_()


class Dropout(nn.Module):
    """Some numbers zero in training, the others louder in turn."""

    def __init__(self, share: float, *, locked: bool = False) -> None:
        """`locked`: the same numbers at all times, a mask (batch, width) for what is (batch, time, width)."""
        super().__init__()
        self.share, self.locked = share, locked
        self.rows: tuple[int, int] | None = None
        """The first row of a batch that is seen here, and how many the whole batch has, where several
        processes share it: then they drop what one process would have dropped."""

    def forward(self, x: Tensor, *, time_first: bool = False) -> Tensor:
        """`x` (batch, time, width) with some of it dropped; the masks of one batch may be drawn for all lanes
        of one time after the other, as nn.LSTM does and lays out what it returns.
        """
        if not self.training or not self.share:
            return x
        if self.rows is None:
            if not self.locked:
                return F.dropout(x, self.share)
            return x * F.dropout(x.new_ones(len(x), 1, x.shape[-1]), self.share)
        first, batch = self.rows
        time = 1 if self.locked else x.shape[1]
        if time_first and not self.locked:
            mask = F.dropout(x.new_ones(time, batch, x.shape[-1]), self.share).transpose(0, 1)
        else:
            mask = F.dropout(x.new_ones(batch, time, x.shape[-1]), self.share)
        return x * mask[first : first + len(x)]


def next_token_nats(logits: Tensor, targets: Tensor) -> Tensor:
    """Nats that each target costs, shaped like targets (batch, time); zero where the target is pad (0)."""
    flat = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=0, reduction="none")
    return flat.view(targets.shape)


def forbidden_nats(logits: Tensor, legal: Tensor) -> Tensor:
    """Nats that are lost to what the grammar forbids: -log of the probability of all that is legal.

    Args:
        logits: (batch, time, vocabulary).
        legal: likewise, bool.

    Returns:
        (batch, time); zero where nothing is legal, which is padding.

    The semantic loss of Xu et al., "A Semantic Loss Function for Deep Learning with Symbolic Knowledge" (ICML
    2018), which is exact here, because one token at a time either obeys or does not.
    """
    logits, wrong = logits.float(), ~legal & legal.any(-1, keepdim=True)
    return logits.logsumexp(-1) - logits.masked_fill(wrong, -torch.inf).logsumexp(-1)
