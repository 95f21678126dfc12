"""The tokens of a batch of frames, and what is known when each of them is written."""

from dataclasses import dataclass

import torch
from torch import Tensor

from linnet_train.frames.batches import END, FrameBatch, FrameData
from linnet_train.frames.past import Past


@dataclass(frozen=True, slots=True)
class Writing:
    """Tokens of all frames of a batch, one frame after another."""

    token: Tensor  # (tokens,): what is written
    frame: Tensor  # (tokens,): the frame in the batch
    counts: Tensor  # (frames,): tokens of each frame
    slot: Tensor  # (tokens,): how many are written before it in its frame
    last: Tensor  # (tokens,): the one before; pitches + 1 at the start of a frame
    written: Tensor  # (n,): for each token in turn, all tokens before it in its frame
    offsets: Tensor  # (tokens,): where in `written` those of a token start
    pointer: Tensor  # (tokens, sources): how each source would go on below the last token
    points: Tensor  # (tokens, sources) bool: whether it can
    agrees: Tensor  # (tokens, sources) bool: whether it went on as written so far


def writing_of(data: FrameData, batch: FrameBatch, past: Past) -> Writing:
    """Lays the tokens of the frames side by side."""
    starts, stops = data.token_offsets[batch.index], data.token_offsets[batch.index + 1]
    counts = stops - starts
    frame = torch.repeat_interleave(counts)
    first = (counts.cumsum(0) - counts)[frame]  # the token that opens the frame
    slot = torch.arange(len(frame)) - first
    token = data.tokens[starts[frame] + slot]
    token = torch.where(token > END, token + batch.transposition[frame], token)
    last = torch.where(slot > 0, token.roll(1), data.pitches + 1)

    offsets = slot.cumsum(0) - slot
    reader = torch.repeat_interleave(slot)
    written = token[first[reader] + torch.arange(len(reader)) - offsets[reader]]

    shift = past.shift[frame]
    below = (last[:, None] - shift).clamp(0, data.pitches + 1)
    pointer = data.below[past.source[frame], below].long()
    pointer = torch.where(pointer > END, pointer + shift, pointer)
    points = (past.known[frame] > 0) & (pointer >= 0) & (pointer <= data.pitches)
    missed = (pointer != token[:, None]).cumsum(0)
    missed = torch.cat([missed.new_zeros(1, missed.shape[1]), missed])  # before each token
    agrees = points & (missed[:-1] == missed[first])
    pointer = torch.where(points, pointer, END)
    return Writing(token, frame, counts, slot, last, written, offsets, pointer, points, agrees)
