"""Scores of pitches by weights that all pitches share: what one pitch teaches is known of every other."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from linnet_train.frames.features import HALF_LIVES, SOURCE_NAMES
from linnet_train.frames.past import Past
from linnet_train.frames.writing import Writing

NEAR = ("lag 1", "lag 2", "lag 3", "lag 4", "lag 8", "suffix 2", "period")
"""Sources of which a pitch sees the neighbourhood; of the others it sees itself."""

REACH = 12
"""Semitones up and down that it sees."""

BLOCK = 50
"""Frames that are scored at a time. What is computed for them stays in the cache: four times as fast."""


class SharedScores(nn.Module):
    """A small network that looks at the music from a pitch and says how likely that pitch comes next."""

    def __init__(self, pitches: int, size: int, context_size: int) -> None:
        """`size` hidden units for each pitch."""
        super().__init__()
        traces = len(HALF_LIVES) + 1
        self.near_sources = [SOURCE_NAMES.index(name) for name in NEAR]
        self.near = nn.Conv1d(len(NEAR) + traces, size, 2 * REACH + 1, padding=REACH)
        self.here = nn.Conv1d(2 * len(SOURCE_NAMES), size, 1, bias=False)
        self.own = nn.Parameter(torch.zeros(pitches, size))
        self.interval = nn.Parameter(torch.randn(pitches, size) * 0.1)
        self.context = nn.Linear(context_size, size, bias=False)
        self.output = nn.Linear(size, 1, bias=False)

    def forward(self, past: Past, writing: Writing, context: Tensor) -> Tensor:
        """Scores (tokens, pitches), from a context (tokens, context_size)."""
        pitches, size = self.own.shape
        seen = self._seen(past)
        # [q, p]: what a written note q does to a lower pitch p depends on the interval alone
        interval = torch.arange(pitches)[:, None] - torch.arange(pitches)
        above = self.interval[interval.clamp(min=0)].flatten(1)
        context = self.context(context)
        stops = [*writing.counts.cumsum(0)[BLOCK - 1 : -1 : BLOCK].tolist(), len(context)]
        entries = [*writing.offsets.tolist(), len(writing.written)]
        scores, first = [], 0
        blocks = zip(torch.split(seen, BLOCK), torch.split(writing.counts, BLOCK), stops, strict=True)
        for part, counts, stop in blocks:
            written = writing.written[entries[first] : entries[stop]] - 1
            offsets = writing.offsets[first:stop] - entries[first]
            hidden = F.embedding_bag(written, above, offsets, mode="sum").view(-1, pitches, size)
            hidden += part.repeat_interleave(counts, 0, output_size=stop - first)
            hidden += context[first:stop, None]
            scores.append(self.output(hidden.relu_())[..., 0])
            first = stop
        return torch.cat(scores)

    def _seen(self, past: Past) -> Tensor:
        """What each pitch sees before the frame is written, (frames, pitches, size)."""
        near: Tensor = self.near(torch.cat([past.sounding[:, self.near_sources], past.traces], dim=1))
        trusted = past.sounding * past.trust[:, : past.sounding.shape[1], None]
        here = self.here(torch.cat([past.sounding, trusted], dim=1))
        seen: Tensor = (near + here).transpose(1, 2) + self.own
        return seen
