"""Two networks to compare the frame network with.

The Bernoulli LSTM is the one of the published tables: it steps from frame to frame and takes pitches for
independent. If it scores what was published, the evaluator is right. The token LSTM is fed its last token and
nothing else: what remains of the frame network when its features are taken away.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from linnet_train.frames.batches import FrameBatch, FrameData, FrameModel, FrameState


class BernoulliLstm(FrameModel):
    """Reads the last frame, says of each pitch how likely it is to sound, whatever the others do."""

    def __init__(self, pitches: int, *, hidden_size: int, num_layers: int, dropout: float) -> None:
        super().__init__()
        between = dropout if num_layers > 1 else 0.0
        self.lstm = nn.LSTM(pitches, hidden_size, num_layers, batch_first=True, dropout=between)
        self.output = nn.Linear(hidden_size, pitches)
        self.dropout = nn.Dropout(dropout)
        # Of 88 pitches a handful sounds. To learn that from scratch would take the first epochs.
        nn.init.normal_(self.lstm.get_parameter("weight_ih_l0"), 0.0, 0.3)
        nn.init.constant_(self.output.bias, -4.0)

    def initial_state(self, lanes: int) -> FrameState:
        """The state at the start of a piece."""
        zeros = self.output.weight.new_zeros(self.lstm.num_layers, lanes, self.lstm.hidden_size)
        return zeros, zeros

    def forward(
        self, data: FrameData, batch: FrameBatch, state: FrameState
    ) -> tuple[Tensor, Tensor, FrameState]:
        """Nats of each frame, the frame, both (frames,), and the next state."""
        x = data.roll.new_zeros(*batch.where.shape, data.pitches, dtype=torch.float32)
        x[batch.where] = data.roll[batch.index - 1].float()
        keep = (~batch.starts).float()[None, :, None]
        h, (hidden, cell) = self.lstm(x, (state[0] * keep, state[1] * keep))
        logits = self.output(self.dropout(h[batch.where]))
        came = data.roll[batch.index].float()
        nats = F.binary_cross_entropy_with_logits(logits, came, reduction="none").sum(1)
        return nats, batch.index, (hidden.detach(), cell.detach())


class TokenLstm(FrameModel):
    """Reads the last token, says how likely each legal token is to come next."""

    by_tokens = True

    def __init__(
        self, pitches: int, *, embedding_dim: int, hidden_size: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.start = pitches + 1
        self.embedding = nn.Embedding(pitches + 2, embedding_dim)
        between = dropout if num_layers > 1 else 0.0
        self.lstm = nn.LSTM(embedding_dim, hidden_size, num_layers, batch_first=True, dropout=between)
        self.output = nn.Linear(hidden_size, pitches + 1)
        self.dropout = nn.Dropout(dropout)

    def initial_state(self, lanes: int) -> FrameState:
        """The state at the start of a piece."""
        zeros = self.output.weight.new_zeros(self.lstm.num_layers, lanes, self.lstm.hidden_size)
        return zeros, zeros

    def forward(
        self, data: FrameData, batch: FrameBatch, state: FrameState
    ) -> tuple[Tensor, Tensor, FrameState]:
        """Nats of each token, the frame it belongs to, both (tokens,), and the next state.

        The network reads first frames, but they cost nothing.
        """
        frame = data.token_frame[batch.index]
        opens = batch.index == data.token_offsets[frame]
        before = data.tokens[batch.index - 1]
        first = opens & (data.place[frame] == 0)
        last = torch.zeros(batch.where.shape, dtype=torch.long)
        last[batch.where] = torch.where(first, self.start, before)
        keep = (~batch.starts).float()[None, :, None]
        x = self.dropout(self.embedding(last))
        h, (hidden, cell) = self.lstm(x, (state[0] * keep, state[1] * keep))
        logits = self.output(self.dropout(h[batch.where]))
        legal = torch.arange(logits.shape[1]) < torch.where(opens, self.start, before)[:, None]
        logits = logits.masked_fill(~legal, float("-inf"))
        nats = F.cross_entropy(logits, data.tokens[batch.index], reduction="none")
        return nats * (data.place[frame] > 0), frame, (hidden.detach(), cell.detach())
