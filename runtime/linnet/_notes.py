"""Notes as four arrays under an object face: a million notes cost no million Python objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_TICK = 2**53
"""No tick lies beyond this one, so that float64 seconds and int64 sums stay exact enough to trust."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note; onset and duration in ticks, pitch 0..127 (60 is middle C), velocity 1..127."""

    onset: int
    duration: int
    pitch: int
    velocity: int

    @property
    def end(self) -> int:
        """The tick at which the note is released."""
        return self.onset + self.duration


class Notes(Sequence[Note]):
    """Many notes, sorted by onset, pitch, duration and velocity; immutable, equal when they sound the same.

    Index it or loop over it for `Note` objects; take `.onset` and `.duration` (int64 ticks), `.pitch` and
    `.velocity` (uint8) for arrays.
    """

    __slots__ = ("duration", "onset", "pitch", "velocity")

    onset: NDArray[np.int64]
    duration: NDArray[np.int64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]

    def __init__(
        self, onset: ArrayLike = (), duration: ArrayLike = (), pitch: ArrayLike = (), velocity: ArrayLike = ()
    ) -> None:
        columns = [
            _column("onset", onset, 0, MAX_TICK),
            _column("duration", duration, 1, MAX_TICK),
            _column("pitch", pitch, 0, 127),
            _column("velocity", velocity, 1, 127),
        ]
        lengths = [len(column) for column in columns]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"onset, duration, pitch and velocity must be equally long, got lengths {lengths}"
            )
        order = np.lexsort((columns[3], columns[1], columns[2], columns[0]))
        for name, column, dtype in zip(_FIELDS, columns, _DTYPES, strict=True):
            self._put(name, column[order].astype(dtype))

    @classmethod
    def of(cls, notes: Iterable[Note]) -> Notes:
        """The notes of any iterable, in any order."""
        rows = [(note.onset, note.duration, note.pitch, note.velocity) for note in notes]
        return cls(*zip(*rows, strict=True)) if rows else cls()

    @property
    def end(self) -> NDArray[np.int64]:
        """The tick at which each note is released."""
        return self.onset + self.duration

    @classmethod
    def sorted(
        cls,
        onset: NDArray[np.int64],
        duration: NDArray[np.int64],
        pitch: NDArray[np.uint8],
        velocity: NDArray[np.uint8],
    ) -> Notes:
        """Notes from arrays that are valid and in order already; they are kept, not copied or checked."""
        notes = cls.__new__(cls)
        columns: tuple[NDArray[Any], ...] = (onset, duration, pitch, velocity)  # Any: as in _put
        for name, column in zip(_FIELDS, columns, strict=True):
            notes._put(name, column)
        return notes

    def select(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Notes:
        """The notes a boolean mask, an index array or a slice picks."""
        return Notes(self.onset[which], self.duration[which], self.pitch[which], self.velocity[which])

    def _put(self, name: str, column: NDArray[Any]) -> None:  # Any: ticks and pitches differ in dtype
        column.flags.writeable = False
        object.__setattr__(self, name, column)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Notes cannot be changed; build new ones instead of assigning {name}")

    def __len__(self) -> int:
        return len(self.onset)

    def __iter__(self) -> Iterator[Note]:
        return map(
            Note, self.onset.tolist(), self.duration.tolist(), self.pitch.tolist(), self.velocity.tolist()
        )

    @overload
    def __getitem__(self, index: int) -> Note: ...
    @overload
    def __getitem__(self, index: slice) -> Notes: ...
    def __getitem__(self, index: int | slice) -> Note | Notes:
        if isinstance(index, slice):
            return self.select(index)
        return Note(
            int(self.onset[index]),
            int(self.duration[index]),
            int(self.pitch[index]),
            int(self.velocity[index]),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notes):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in _FIELDS)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name).tobytes() for name in _FIELDS))

    def __repr__(self) -> str:
        head = ", ".join(repr(note) for note in self[:3])
        return f"<Notes: {len(self)}{': ' if head else ''}{head}{', ...' if len(self) > 3 else ''}>"

    def __reduce__(self) -> tuple[type[Notes], tuple[Any, ...]]:  # Any: the arrays differ in dtype
        return Notes, (self.onset, self.duration, self.pitch, self.velocity)


_FIELDS = ("onset", "duration", "pitch", "velocity")
_DTYPES = (np.int64, np.int64, np.uint8, np.uint8)


def _column(name: str, values: ArrayLike, low: int, high: int) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if not len(array):
        return np.empty(0, np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"{name} must be whole numbers, got {array.dtype}")
    for extreme in (int(array.min()), int(array.max())):
        if not low <= extreme <= high:
            raise ValueError(f"{name} must be between {low} and {high}, got {extreme}")
    return array.astype(np.int64)
