"""The frame network: an LSTM steps from frame to frame, a head writes each frame from its highest note down.

Both read features: what sounded, the sources that the next frame may repeat, the phase. The head also reads
the notes of the frame that are already written, and the note with which each source would go on from there.
Every pitch is scored twice: by weights of its own, and by weights that all pitches share, which see the music
as it looks from that pitch.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from linnet_train.frames.batches import FrameBatch, FrameData, FrameModel, FrameState
from linnet_train.frames.features import HALF_LIVES, LAGS, PARTS, RECENT, SOURCE_NAMES
from linnet_train.frames.past import Past, past_of
from linnet_train.frames.shared import SharedScores
from linnet_train.frames.writing import Writing, writing_of

PHASES = (12, 16)
"""The place in the piece is shown modulo these, and so modulo 2, 3, 4, 6 and 8."""

AGES = 8
"""And on a scale of powers of two."""

MOST_SLOTS = 16
"""Notes of a frame that are told apart by number."""


@dataclass(frozen=True, slots=True)
class FrameConfig:
    """Sizes and noise of the network."""

    pitches: int
    embedding_dim: int = 256
    hidden_size: int = 256
    num_layers: int = 2
    head_size: int = 256
    shared_size: int = 32
    input_dropout: float = 0.2
    layer_dropout: float = 0.3
    head_dropout: float = 0.4
    weight_drop: float = 0.3
    source_drop: float = 0.1
    """How often a source is hidden in training."""

    widest: int = 6
    """Semitones by which pieces may be transposed; the network sees by how many."""

    without: tuple[str, ...] = ()
    """Names of PARTS."""


class FrameNetwork(FrameModel):
    """Says what the next frame may be."""

    usable: Tensor  # (sources,): 1, or 0 for those left out

    def __init__(self, config: FrameConfig) -> None:
        """Weights come from PyTorch's own generator."""
        super().__init__()
        self.config = c = config
        sources, traces = len(SOURCE_NAMES), len(HALF_LIVES) + 1
        facts = sources * (1 + len(RECENT)) + sum(PHASES) + AGES
        self.reader = nn.Linear((sources + traces) * c.pitches + facts, c.embedding_dim)
        self.transposition = nn.Embedding(2 * c.widest + 1, c.embedding_dim)
        sizes = (c.embedding_dim, *[c.hidden_size] * c.num_layers)
        self.layers = nn.ModuleList(
            nn.LSTM(size, c.hidden_size, batch_first=True) for size in sizes[: c.num_layers]
        )
        self.context = nn.Linear(c.hidden_size + c.embedding_dim, c.head_size)
        self.written = nn.EmbeddingBag(c.pitches + 1, c.head_size, mode="sum")
        self.last = nn.Embedding(c.pitches + 2, c.head_size)
        self.slot = nn.Embedding(MOST_SLOTS, c.head_size)
        self.pointer = nn.EmbeddingBag(sources * (c.pitches + 1) + 1, c.head_size, mode="sum", padding_idx=0)
        self.agreement = nn.Linear(sources, c.head_size, bias=False)
        self.output = nn.Linear(c.head_size, c.pitches + 1)
        self.copying = nn.Linear(c.head_size, 2 * sources)
        self.shared = SharedScores(c.pitches, c.shared_size, c.head_size)
        self.register_buffer("usable", _usable(c), persistent=False)
        self._draw_weights()

    def initial_state(self, lanes: int) -> FrameState:
        """Hidden and cell state of each layer in turn, (1, lanes, hidden_size)."""
        zeros = self.output.weight.new_zeros(1, lanes, self.config.hidden_size)
        return (zeros,) * (2 * self.config.num_layers)

    def forward(
        self, data: FrameData, batch: FrameBatch, state: FrameState
    ) -> tuple[Tensor, Tensor, FrameState]:
        """Nats of each token, the frame it belongs to, both (tokens,), and the next state."""
        past = self._past(data, batch)
        x = self._read(past, batch)
        h, state = self._step(x, batch, state)
        writing = writing_of(data, batch, past)
        logits = self._write(past, writing, torch.cat([h, x], dim=1))
        nats = F.cross_entropy(logits, writing.token, reduction="none")
        return nats, batch.index[writing.frame], state

    def _past(self, data: FrameData, batch: FrameBatch) -> Past:
        keep = self.usable
        if self.training:
            drawn = torch.rand(len(batch.index), len(SOURCE_NAMES)) >= self.config.source_drop
            drawn[:, 0] = True  # the frame before is always shown
            keep = keep * drawn
        return past_of(data, batch, keep)

    def _read(self, past: Past, batch: FrameBatch) -> Tensor:
        """What the LSTM reads before each frame, (frames, embedding_dim)."""
        without = self.config.without
        phases = [F.one_hot(past.place % n, n) for n in PHASES]
        phases.append(F.one_hot((past.place + 1).float().log2().long().clamp(max=AGES - 1), AGES))
        facts = [
            past.sounding.flatten(1),
            past.traces.flatten(1) * ("traces" not in without),
            past.trust * ("trust" not in without),
            past.known,
            torch.cat(phases, dim=1) * ("phase" not in without),
        ]
        x = self.reader(torch.cat(facts, dim=1))
        return F.relu(x + self.transposition(batch.transposition + self.config.widest))

    def _step(self, x: Tensor, batch: FrameBatch, state: FrameState) -> tuple[Tensor, FrameState]:
        """Walks the LSTM over the chunk: its output at each frame, (frames, hidden_size), and its state."""
        c = self.config
        y = x.new_zeros(*batch.where.shape, x.shape[1])
        y[batch.where] = x
        y = _locked_dropout(y, c.input_dropout, self.training)
        keep = (~batch.starts)[None, :, None]
        after: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            weights: dict[str, Tensor] = dict(layer.named_parameters())
            weights["weight_hh_l0"] = F.dropout(weights["weight_hh_l0"], c.weight_drop, self.training)
            carried = state[2 * i] * keep, state[2 * i + 1] * keep
            y, (h, cell) = torch.func.functional_call(layer, weights, (y, carried))
            after += [h.detach(), cell.detach()]
            y = _locked_dropout(y, c.layer_dropout, self.training)
        return y[batch.where], tuple(after)

    def _write(self, past: Past, writing: Writing, context: Tensor) -> Tensor:
        """Logits of each token, (tokens, pitches + 1), minus infinity where it is not legal."""
        c, without = self.config, self.config.without
        z = self.context(context)[writing.frame] + self.last(writing.last)
        z = z + self.written(writing.written, writing.offsets)
        z = z + self.slot(writing.slot.clamp(max=MOST_SLOTS - 1))
        if "pointers" not in without:
            rows = torch.arange(len(SOURCE_NAMES)) * (c.pitches + 1) + 1
            z = z + self.pointer(torch.where(writing.points, rows + writing.pointer, 0))
            z = z + self.agreement(writing.agrees.float())
        z = F.dropout(F.relu(z), c.head_dropout, self.training)
        logits: Tensor = self.output(z)
        if "copying" not in without:
            right, wrong = self.copying(z).chunk(2, dim=1)
            gate = torch.where(writing.agrees, right, wrong) * writing.points
            logits = logits.scatter_add(1, writing.pointer, gate)
        if "sharing" not in without:
            logits = logits + F.pad(self.shared(past, writing, z), (1, 0))
        legal = torch.arange(c.pitches + 1) < writing.last[:, None]
        return logits.masked_fill(~legal, float("-inf"))

    @torch.no_grad()
    def _draw_weights(self) -> None:
        for embedding in (self.transposition, self.written, self.last, self.slot, self.pointer):
            embedding.weight.normal_(0, 0.1)
        self.pointer.weight[0].zero_()
        self.copying.weight.zero_()
        self.copying.bias.zero_()
        n = self.config.hidden_size
        for layer in self.layers:
            # Remember by default. PyTorch orders the gates input, forget, cell, output, and adds two biases.
            layer.get_parameter("bias_ih_l0")[n : 2 * n].fill_(1.0)
            layer.get_parameter("bias_hh_l0").zero_()


def _usable(config: FrameConfig) -> Tensor:
    unknown = [part for part in config.without if part not in PARTS]
    if unknown:
        raise ValueError(f"without must name some of {', '.join(PARTS)}, got {unknown[0]!r}")
    if "look-ups" not in config.without:
        return torch.ones(len(SOURCE_NAMES))
    return (torch.arange(len(SOURCE_NAMES)) < len(LAGS)).float()


def _locked_dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Drops the same units at each step of a lane; x is (lanes, time, units)."""
    if not training or not p:
        return x
    return x * F.dropout(x.new_ones(len(x), 1, x.shape[2]), p)
