"""When things happen: tempo changes, time signatures, and the bars they make. Whole ticks throughout."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, overload

from linnet.music.notes import MAX_TICK
from linnet.music.theory import key_index
from linnet.tools.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_TEMPO = 500_000
"""Microseconds a quarter note where nothing else is said: 120 BPM."""

FINE_TICKS_PER_BEAT = 480
"""Enough for the timing of people: 1 ms at 120 BPM."""

_DENOMINATORS = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `tick` on, a quarter note lasts `tempo` microseconds."""

    tick: int
    tempo: int

    def __post_init__(self) -> None:
        check_range("tick", self.tick, 0, MAX_TICK)
        check_range("tempo", self.tempo, 1, 0xFFFFFF)

    @classmethod
    def at_bpm(cls, tick: int, bpm: float) -> TempoChange:
        """Of so many quarter notes a minute; `ValueError` for a tempo that MIDI does not have."""
        if not 60e6 / 0xFFFFFF <= bpm <= 60e6:
            raise ValueError(f"bpm must be between 4 and 60000000, got {bpm:g}")
        return cls(tick, round(60e6 / bpm))

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return 60e6 / self.tempo


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """From `tick` on, a bar holds `numerator` notes of length 1/`denominator`. A new bar starts at `tick`."""

    tick: int
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        check_range("tick", self.tick, 0, MAX_TICK)
        check_range("numerator", self.numerator, 1, 255)
        if self.denominator not in _DENOMINATORS:
            raise ValueError(f"denominator must be one of {_DENOMINATORS}, got {self.denominator}")

    @classmethod
    def named(cls, name: str, tick: int = 0) -> TimeSignature:
        """That of a name such as `6/8`; `ValueError` for what is none."""
        parts = name.split("/")
        if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
            raise ValueError(f"time_signature must be such as 6/8, got {name!r}")
        return cls(tick, *map(int, parts))


@dataclass(frozen=True, slots=True)
class KeySignature:
    """From `tick` on, the music is written with so many sharps, or flats where `fifths` is below 0."""

    tick: int
    fifths: int
    """-7..7: sharps, or below 0 flats."""

    is_minor: bool = False

    def __post_init__(self) -> None:
        check_range("tick", self.tick, 0, MAX_TICK)
        check_range("fifths", self.fifths, -7, 7)

    @classmethod
    def of_key(cls, key: int, tick: int = 0) -> KeySignature:
        """The usual signature of a key, numbered as in `linnet.music.key.KEYS`: 12 major ones, then minor."""
        is_minor = key >= 12
        fifths = (7 * (key + 3 * is_minor) + 5) % 12 - 5  # from five flats to six sharps
        return cls(tick, fifths, is_minor)

    @classmethod
    def named(cls, key: str, tick: int = 0) -> KeySignature:
        """That of a key such as `D major` or `Gbm`, with flats where its name has one."""
        signature, tonic = cls.of_key(key_index(key), tick), key.strip()[1:2]
        turned = signature.fifths + (12 if tonic in ("#", "♯") else -12)
        spelt_otherwise = signature.fifths > 0 if tonic in ("b", "♭") else signature.fifths < 0
        if tonic in ("#", "♯", "b", "♭") and spelt_otherwise and -7 <= turned <= 7:
            return cls(tick, turned, signature.is_minor)
        return signature

    def transposed(self, semitones: int) -> KeySignature:
        """The usual signature of the key so much higher."""
        key = self.key
        return KeySignature.of_key((key + semitones) % 12 + 12 * (key >= 12), self.tick)

    @property
    def key(self) -> int:
        """Its number in `linnet.music.key.KEYS`."""
        tonic = (7 * self.fifths + (9 if self.is_minor else 0)) % 12
        return tonic + 12 * self.is_minor

    @property
    def name(self) -> str:
        """Such as `D major`, spelt as it is signed: `Gb major` has six flats, `F# major` six sharps."""
        place = self.fifths + (3 if self.is_minor else 0) + 1  # on the line of fifths, F is 0
        accidental = "b" * -(place // 7) if place < 0 else "#" * (place // 7)
        return f"{'FCGDAEB'[place % 7]}{accidental} {'minor' if self.is_minor else 'major'}"


@overload
def rescale(value: int, new: int, old: int) -> int: ...
@overload
def rescale(value: NDArray[np.int64], new: int, old: int) -> NDArray[np.int64]: ...
def rescale(value: int | NDArray[np.int64], new: int, old: int) -> int | NDArray[np.int64]:
    """`value * new / old` in whole numbers, halves upwards; no product along the way overflows 64 bits."""
    whole, rest = divmod(value, old)
    return whole * new + (2 * rest * new + old) // (2 * old)


def check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= operator.index(value) <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value}")


def normal_tempos(tempos: Iterable[TempoChange]) -> tuple[TempoChange, ...]:
    by_tick = {0: TempoChange(0, DEFAULT_TEMPO)} | {
        change.tick: change for change in sorted(tempos, key=_tick)
    }
    changes = list(by_tick.values())
    return tuple(c for i, c in enumerate(changes) if i == 0 or c.tempo != changes[i - 1].tempo)


def normal_signatures(signatures: Iterable[TimeSignature], ticks_per_beat: int) -> tuple[TimeSignature, ...]:
    by_tick = {0: TimeSignature(0, 4, 4)} | {s.tick: s for s in sorted(signatures, key=_tick)}
    kept: list[TimeSignature] = []
    for signature in by_tick.values():
        if kept and _meter(kept[-1]) == _meter(signature):
            gap = signature.tick - kept[-1].tick
            # A bar starts at `gap` exactly when one tick more of room lets one more bar begin.
            bars = [bars_within(room, signature, ticks_per_beat) for room in (gap, gap + 1)]
            if bars[0] < bars[1]:
                continue
        kept.append(signature)
    return tuple(kept)


def normal_keys(keys: Iterable[KeySignature]) -> tuple[KeySignature, ...]:
    kept: list[KeySignature] = []
    for key in {key.tick: key for key in sorted(keys, key=_tick)}.values():
        if not kept or (kept[-1].fifths, kept[-1].is_minor) != (key.fifths, key.is_minor):
            kept.append(key)
    return tuple(kept)


def _tick(change: TempoChange | TimeSignature | KeySignature) -> int:
    return change.tick


def _meter(signature: TimeSignature) -> tuple[int, int]:
    return signature.numerator, signature.denominator


def bar_length(signature: TimeSignature, ticks_per_beat: int) -> tuple[int, int]:
    """The ticks of one bar as a fraction: bar n starts at `rescale(n, *bar_length)`. At least one tick."""
    return max(4 * ticks_per_beat * signature.numerator, signature.denominator), signature.denominator


def bars_within(ticks: int, signature: TimeSignature, ticks_per_beat: int) -> int:
    """How many bars begin in the first `ticks` ticks of a signature."""
    length, parts = bar_length(signature, ticks_per_beat)
    return -(-(2 * ticks - 1) * parts // (2 * length)) if ticks > 0 else 0


def bar_numbers(bars: str | int, last: int, *, upbeat: bool = False) -> tuple[int, int]:
    """The first and the last of some bars as people count them, such as `"5-8"`, `"5-"` or 5; from 1, or from
    0 where there is an upbeat. `last` is the piece's. `ValueError`, with what is possible, for others.
    """
    least = 0 if upbeat else 1
    words = str(bars).replace("–", "-").strip().split("-")
    begin = words[0].strip()
    end = begin if len(words) == 1 else words[1].strip() or str(last)
    if not (len(words) <= 2 and begin.isdecimal() and end.isdecimal()):
        raise ValueError(f"bars must be such as 5-8, 5- or 5, got {bars!r}")
    if not least <= int(begin) <= int(end) <= last:
        raise ValueError(f"bars must be between {least} and {last}, the first one first, got {bars!r}")
    return int(begin), int(end)
