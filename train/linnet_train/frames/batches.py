"""A split of a frame set as tensors: frames, their tokens, their features, and batches of them in lanes.

Tokens: a frame is its pitches from the highest to the lowest, then its end. Token 0 is the end of the frame,
token p + 1 the pitch p. Legal is what lies below the token before; at the start of a frame everything.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linnet_train.data.batches import Lanes, Loaded, Shuffle, chunks
from linnet_train.frames.features import FrameFeatures, compute
from linnet_train.frames.sets import Rolls

FrameState = tuple[Tensor, ...]
"""What an LSTM carries from chunk to chunk."""

END = 0
"""The token that ends a frame."""


class FrameData:
    """The frames of a split, ready to be gathered by index; one frame of silence is added at the end."""

    def __init__(self, rolls: Rolls, features: FrameFeatures | None = None) -> None:
        """Computes the features unless they are given."""
        features = compute(rolls) if features is None else features
        self.rolls = rolls
        self.pitches = rolls.roll.shape[1]
        silent = np.zeros((1, self.pitches), dtype=np.bool_)
        roll = np.concatenate([rolls.roll, silent])
        self.roll = torch.from_numpy(roll.view(np.uint8))  # (frames + 1, pitches)
        self.below = torch.from_numpy(_below(roll))  # (frames + 1, pitches + 2)
        tokens, offsets = _tokens(rolls.roll)
        self.tokens, self.token_offsets = torch.from_numpy(tokens), torch.from_numpy(offsets)
        source = np.where(features.source < 0, len(rolls.roll), features.source)
        self.source = torch.from_numpy(source.astype(np.int64))  # silence where there is no source
        self.shift = torch.from_numpy(features.shift.astype(np.int64))
        self.trust = torch.from_numpy(features.trust)
        self.traces = torch.from_numpy(features.traces)
        self.place = torch.from_numpy(rolls.place)  # (frames,)
        self.token_frame = torch.from_numpy(
            np.repeat(np.arange(len(rolls.roll)), np.diff(offsets))
        )  # (tokens,)


def _below(roll: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The highest token of each frame below each token 0..pitches + 1: what would be written next, or END."""
    pitches = roll.shape[1]
    below = np.zeros((len(roll), pitches + 2), dtype=np.uint8)
    for token in range(1, pitches + 1):
        below[:, token + 1] = np.where(roll[:, token - 1], token, below[:, token])
    return below


def _tokens(roll: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The tokens of all frames one after another, and where each frame starts, (frames + 1,)."""
    counts = roll.sum(axis=1) + 1
    offsets = np.concatenate([[0], np.cumsum(counts)])
    tokens = np.full(int(offsets[-1]), END, dtype=np.int64)
    frame, falling = np.nonzero(roll[:, ::-1])
    slot = np.arange(len(frame)) - (offsets[:-1] - np.arange(len(roll)))[frame]
    tokens[offsets[frame] + slot] = roll.shape[1] - falling
    return tokens, offsets.astype(np.int64)


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """One chunk of every lane: of frames, or of tokens for a network that steps from token to token."""

    index: Tensor  # (n,): frames or tokens to predict, lane after lane
    where: Tensor  # (lanes, chunk) bool: where they stand
    transposition: Tensor  # (n,): semitones by which everything is moved up
    starts: Tensor  # (lanes,) bool: a piece starts here, forget the state


@dataclass(frozen=True, slots=True)
class Transposing:
    """How training pieces are moved: by up to `widest` semitones, but with probability `home` not at all."""

    widest: int = 0
    home: float = 1.0


AS_IT_IS = Transposing()


class FrameLanes:
    """Batches of all frames (or tokens) of all pieces, but for the first `skip` of each."""

    def __init__(
        self,
        rolls: Rolls,
        offsets: NDArray[np.int64],
        *,
        lanes: int,
        chunk: int,
        skip: int,
        seed: int | None = None,
        transposing: Transposing = AS_IT_IS,
    ) -> None:
        """`offsets` (pieces + 1,) says where pieces start. With a seed, shuffled and for ever; without, each
        piece once and as it is, long ones first.
        """
        self._rolls, self._offsets, self._skip, self._transposing = rolls, offsets, skip, transposing
        lengths = np.diff(offsets)
        used = np.flatnonzero(np.diff(rolls.offsets) > 1)
        self.chunks = chunks(lengths[used] - skip, chunk)
        self._shuffle = None if seed is None else Shuffle(len(used), seed)
        self._pieces = used if self._shuffle else used[np.argsort(-lengths[used], kind="stable")]
        draws = None if self._shuffle else len(used)
        self._lanes = Lanes(self._load, batch_size=lanes, chunk=chunk, draws=draws)
        self.width = lanes if draws is None else min(lanes, draws)

    def __iter__(self) -> "FrameLanes":
        return self

    def __next__(self) -> FrameBatch:
        batch = next(self._lanes)
        index, transposition = torch.from_numpy(batch.feature_ids).long().unbind(-1)
        where = index > 0
        return FrameBatch(index[where] - 1, where, transposition[where], torch.from_numpy(batch.starts))

    @property
    def position(self) -> NDArray[np.int64]:
        """Where the stream is, for `seek`."""
        return self._lanes.position

    def seek(self, position: NDArray[np.int64]) -> None:
        """Goes to a position of an equal stream."""
        self._lanes.seek(position)

    def _load(self, draw: int) -> Loaded:
        transposition = 0
        if self._shuffle is None:
            piece = int(self._pieces[draw])
        else:
            i, rng = self._shuffle[draw]
            piece = int(self._pieces[i])
            transposition = self._draw_transposition(piece, rng)
        first, stop = self._offsets[piece : piece + 2].tolist()
        rows = np.empty((stop - first - self._skip, 2), dtype=np.int32)
        rows[:, 0] = np.arange(first + self._skip + 1, stop + 1)  # one more than the index: 0 is padding
        rows[:, 1] = transposition
        return Loaded(rows, np.ones(len(rows), dtype=np.uint16))

    def _draw_transposition(self, piece: int, rng: np.random.Generator) -> int:
        widest = self._transposing.widest
        if not widest or rng.random() < self._transposing.home:
            return 0
        first, stop = self._rolls.offsets[piece : piece + 2].tolist()
        used = np.flatnonzero(self._rolls.roll[first:stop].any(axis=0))
        if not len(used):
            return 0
        low = -min(widest, int(used[0]))  # every note stays on the keyboard
        high = min(widest, self._rolls.roll.shape[1] - 1 - int(used[-1]))
        return int(rng.integers(low, high + 1))


class FrameModel(nn.Module, ABC):
    """A network that reads batches of frames, or of tokens, and says what each cost."""

    by_tokens = False
    """Whether it steps from token to token; else from frame to frame."""

    @abstractmethod
    def initial_state(self, lanes: int) -> FrameState:
        """The state at the start of a piece: zeros."""

    @abstractmethod
    def forward(
        self, data: FrameData, batch: FrameBatch, state: FrameState
    ) -> tuple[Tensor, Tensor, FrameState]:
        """Nats, the frame that each of them counts for, both (n,), and the next state."""
