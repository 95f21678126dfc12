"""What a network is shown of the past before each frame, transposed as the batch asks."""

from dataclasses import dataclass

import torch
from torch import Tensor

from linnet_train.frames.batches import FrameBatch, FrameData


@dataclass(frozen=True, slots=True)
class Past:
    """The past of each frame of a batch."""

    source: Tensor  # (frames, sources): index of the source frame; of silence where there is none
    shift: Tensor  # (frames, sources): semitones by which it is moved up
    known: Tensor  # (frames, sources): 1 where there is a source
    sounding: Tensor  # (frames, sources, pitches): what the sources hold, moved
    traces: Tensor  # (frames, traces, pitches)
    trust: Tensor  # (frames, sources * windows)
    place: Tensor  # (frames,): how far into the piece


def past_of(data: FrameData, batch: FrameBatch, keep: Tensor) -> Past:
    """Gathers it; `keep`, 0 or 1 and broadcast to (frames, sources), hides sources."""
    frame, silence = batch.index, len(data.roll) - 1
    source = data.source[frame]
    known = (source < silence) * keep
    source = torch.where(known > 0, source, silence)
    shift = data.shift[frame] + batch.transposition[:, None]
    return Past(
        source,
        shift,
        known,
        moved(data.roll[source].float(), shift),
        moved(data.traces[frame].float(), batch.transposition[:, None]),
        data.trust[frame],
        data.place[frame],
    )


def moved(rows: Tensor, shift: Tensor) -> Tensor:
    """Rows (..., pitches), each moved up by `shift` (...) semitones; what leaves the keyboard is gone."""
    if not shift.any():
        return rows
    pitches = rows.shape[-1]
    origin = torch.arange(pitches) - shift[..., None]
    inside = (origin >= 0) & (origin < pitches)
    return rows.gather(-1, origin.clamp(0, pitches - 1).expand(rows.shape)) * inside
