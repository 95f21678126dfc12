"""Notes as four arrays under an object face: a million notes cost no million Python objects."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

if TYPE_CHECKING:
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


Row = tuple[int, int, int, int]
"""Onset, duration, pitch, velocity."""


class Notes(Sequence[Note]):
    """Many notes, sorted by onset, pitch, duration and velocity; immutable, equal when they sound the same.

    Index it or loop over it for `Note` objects; take `.onset` and `.duration` (int64 ticks), `.pitch` and
    `.velocity` (uint8) for arrays.
    """

    __slots__ = ("_columns", "_rows")

    _rows: list[Row] | None
    _columns: tuple[NDArray[Any], ...] | None  # ticks and pitches differ in dtype

    def __init__(
        self, onset: ArrayLike = (), duration: ArrayLike = (), pitch: ArrayLike = (), velocity: ArrayLike = ()
    ) -> None:
        if all(isinstance(given, tuple) and not given for given in (onset, duration, pitch, velocity)):
            self._keep([], None)  # numpy stays out of it
            return
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
        struck = columns[0] * 128 + columns[2]
        if not (struck[1:] > struck[:-1]).all():  # else they are in order, as most are that come here
            order = np.lexsort((columns[3], columns[1], columns[2], columns[0]))
            columns = [column[order] for column in columns]
        self._keep(None, tuple(columns))

    @classmethod
    def of(cls, notes: Iterable[Note]) -> Notes:
        """The notes of any iterable, in any order."""
        rows = [(note.onset, note.duration, note.pitch, note.velocity) for note in notes]
        return cls(*zip(*rows, strict=True)) if rows else cls()

    @classmethod
    def of_rows(cls, rows: Iterable[Row]) -> Notes:
        """Notes from rows of whole numbers in range, in any order; they are not checked."""
        notes = cls.__new__(cls)
        notes._keep(sorted(rows, key=_order), None)
        return notes

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
        notes._keep(None, (onset, duration, pitch, velocity))
        return notes

    @property
    def onset(self) -> NDArray[np.int64]:
        """The tick at which each note begins."""
        return self._arrays()[0]

    @property
    def duration(self) -> NDArray[np.int64]:
        """Ticks that each note lasts."""
        return self._arrays()[1]

    @property
    def pitch(self) -> NDArray[np.uint8]:
        """0..127, 60 is middle C."""
        return self._arrays()[2]

    @property
    def velocity(self) -> NDArray[np.uint8]:
        """1..127."""
        return self._arrays()[3]

    @property
    def end(self) -> NDArray[np.int64]:
        """The tick at which each note is released."""
        return self.onset + self.duration

    @property
    def last_end(self) -> int:
        """The tick at which all are released; 0 without notes."""
        if self._rows is None:
            return int(self.end.max(initial=0))
        return max((row[0] + row[1] for row in self._rows), default=0)

    def rows(self) -> list[Row]:
        """(onset, duration, pitch, velocity) of each note."""
        if self._rows is not None:
            return self._rows
        return list(zip(*(column.tolist() for column in self._arrays()), strict=True))

    def select(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Notes:
        """The notes a boolean mask, an index array or a slice picks."""
        if isinstance(which, slice):
            kept = which.step is None or which.step > 0
        else:
            kept = which.dtype == bool
        if kept:  # in order, and valid as they were
            return Notes.sorted(
                self.onset[which], self.duration[which], self.pitch[which], self.velocity[which]
            )
        return Notes(self.onset[which], self.duration[which], self.pitch[which], self.velocity[which])

    def _keep(self, rows: list[Row] | None, columns: tuple[NDArray[Any], ...] | None) -> None:
        """Rows or columns: the one makes the other when it is asked for."""
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_columns", None if columns is None else _frozen(columns))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        if self._columns is None:
            table = np.array(self._rows, np.int64).reshape(-1, 4)
            object.__setattr__(self, "_columns", _frozen(tuple(table.T)))
        assert self._columns is not None
        return self._columns

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Notes cannot be changed; build new ones instead of assigning {name}")

    def __len__(self) -> int:
        return len(self._arrays()[0] if self._rows is None else self._rows)

    def __iter__(self) -> Iterator[Note]:
        return (Note(*row) for row in self.rows())

    @overload
    def __getitem__(self, index: int) -> Note: ...
    @overload
    def __getitem__(self, index: slice) -> Notes: ...
    def __getitem__(self, index: int | slice) -> Note | Notes:
        if isinstance(index, slice):
            return self.select(index)
        return Note(*self.rows()[operator.index(index)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notes):
            return NotImplemented
        if self._rows is not None and other._rows is not None:
            return self._rows == other._rows
        return all(np.array_equal(a, b) for a, b in zip(self._arrays(), other._arrays(), strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self.rows()))

    def __repr__(self) -> str:
        head = ", ".join(repr(Note(*row)) for row in self.rows()[:3])
        return f"<Notes: {len(self)}{': ' if head else ''}{head}{', ...' if len(self) > 3 else ''}>"

    def __reduce__(self) -> tuple[type[Notes], tuple[Any, ...]]:  # Any: the arrays differ in dtype
        return Notes, self._arrays()


def _order(row: Row) -> Row:
    onset, duration, pitch, velocity = row
    return onset, pitch, duration, velocity


def _frozen(columns: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
    """Ticks in 64 bits, pitches and velocities in 8, none of them writeable."""
    kept = []
    for column, dtype in zip(columns, (np.int64, np.int64, np.uint8, np.uint8), strict=True):
        kept.append(np.ascontiguousarray(column, dtype))
        kept[-1].flags.writeable = False
    return tuple(kept)


def _column(name: str, values: ArrayLike, low: int, high: int) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    if not len(array):
        return np.empty(0, np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be whole numbers, got {array.dtype}")
    for extreme in (int(array.min()), int(array.max())):
        if not low <= extreme <= high:
            raise ValueError(f"{name} must be between {low} and {high}, got {extreme}")
    return array.astype(np.int64)
