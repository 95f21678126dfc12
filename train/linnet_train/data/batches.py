"""Pieces laid side by side in lanes and cut into chunks, the LSTM's state carried from chunk to chunk.

A piece starts at the start of a chunk, with the state at zero, exactly as in play. What is left of its last
chunk is padding: half a chunk a piece on average.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Loaded(NamedTuple):
    """What a network reads of one piece."""

    feature_ids: NDArray[np.int32]  # (n, width)
    targets: NDArray[np.uint16]  # (n,): the token that follows each of them
    allowed: NDArray[np.uint8] | None = (
        None  # (n, bytes): all that might follow, packed bits; None: not wanted
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """One chunk of every lane. Padding is 0 in features and in targets."""

    feature_ids: NDArray[np.int32]  # (lanes, chunk, width)
    targets: NDArray[np.int64]  # (lanes, chunk)
    starts: NDArray[np.bool_]  # (lanes,): a new piece starts here, forget the state
    allowed: NDArray[np.uint8] | None = None  # (lanes, chunk, bytes): see Loaded


class Lanes:
    """An iterator of batches. A lane walks through a piece and then takes the next one.

    `load(draw)` gives the piece for a draw 0, 1, 2...; it must give the same piece each time it is called,
    because a position (`position`) is nothing but numbers, and `seek` loads the pieces again.
    """

    def __init__(
        self,
        load: Callable[[int], Loaded],
        *,
        batch_size: int,
        chunk: int,
        draws: int | None = None,
        share: Callable[[int], tuple[int, int]] | None = None,
    ) -> None:
        """`draws` is the number of pieces to deliver; None goes on for ever.

        Where several processes have some of the lanes each, `share` takes how many pieces this one needs and
        gives how many those before it need, and how many all need: they draw what one process would draw.
        """
        self._load, self._chunk, self._draws, self._share = load, chunk, draws, share
        self._next_draw = 0
        self._lanes: list[_Lane | None] = [None] * (batch_size if draws is None else min(batch_size, draws))

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        over = [i for i, lane in enumerate(self._lanes) if lane is None or lane.offset >= len(lane.targets)]
        if self._share is None:
            for i in over:
                self._lanes[i] = self._next_lane()
        else:
            self._take(over, *self._share(len(over)))
        walking = [lane for lane in self._lanes if lane is not None]
        if not walking:
            raise StopIteration
        shape = (len(self._lanes), self._chunk)
        feature_ids = np.zeros((*shape, walking[0].feature_ids.shape[1]), dtype=np.int32)
        targets = np.zeros(shape, dtype=np.int64)
        starts = np.zeros(len(self._lanes), dtype=np.bool_)
        bits = walking[0].allowed
        allowed = None if bits is None else np.zeros((*shape, bits.shape[1]), np.uint8)
        for i, lane in enumerate(self._lanes):
            if lane is None:
                continue
            part = slice(lane.offset, lane.offset + self._chunk)
            n = len(lane.targets[part])
            feature_ids[i, :n], targets[i, :n] = lane.feature_ids[part], lane.targets[part]
            if allowed is not None and lane.allowed is not None:
                allowed[i, :n] = lane.allowed[part]
            starts[i] = lane.offset == 0
            lane.offset += self._chunk
        return Batch(feature_ids, targets, starts, allowed)

    @property
    def position(self) -> NDArray[np.int64]:
        """Rows (draw, offset), one for each lane, draw -1 where it idles; then a row (next draw, 0)."""
        rows = [(-1, 0) if lane is None else (lane.draw, lane.offset) for lane in self._lanes]
        return np.array([*rows, (self._next_draw, 0)], dtype=np.int64)

    def seek(self, position: NDArray[np.int64]) -> None:
        """Goes to a position of an equal stream."""
        *rows, (self._next_draw, _) = position.tolist()
        assert len(rows) == len(self._lanes)
        self._lanes = [
            None if draw < 0 else _Lane(draw, *self._load(draw), offset=offset) for draw, offset in rows
        ]

    def _take(self, over: Sequence[int], before: int, needed: int) -> None:
        for draw, i in enumerate(over, self._next_draw + before):
            piece = self._load(draw)
            assert len(piece.targets)  # else one process would have gone on to the next
            self._lanes[i] = _Lane(draw, *piece)
        self._next_draw += needed

    def _next_lane(self) -> "_Lane | None":
        while self._draws is None or self._next_draw < self._draws:
            draw, self._next_draw = self._next_draw, self._next_draw + 1
            piece = self._load(draw)
            if len(piece.targets):
                return _Lane(draw, *piece)
        return None


@dataclass(slots=True)
class _Lane:
    draw: int
    feature_ids: NDArray[np.int32]
    targets: NDArray[np.uint16]
    allowed: NDArray[np.uint8] | None
    offset: int = 0


class Shuffle:
    """The numbers 0..count-1 in a new random order each epoch, for ever: a pure function of the seed."""

    def __init__(self, count: int, seed: int) -> None:
        """`count` pieces, at least one."""
        self._count, self._seed = count, seed
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def __getitem__(self, draw: int) -> tuple[int, "np.random.Generator"]:
        """The piece of this draw, and a generator for whatever else is drawn about it."""
        epoch, place = divmod(draw, self._count)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, _generator(self._seed, 0, epoch).permutation(self._count)
        return int(self._order[place]), _generator(self._seed, 1, draw)


def _generator(*key: int) -> np.random.Generator:
    return np.random.default_rng(key)


def chunks(lengths: Any, chunk: int) -> int:
    """How many chunks pieces of these many predictions fill."""
    return int(np.sum(-(-np.asarray(lengths, dtype=np.int64) // chunk)))
