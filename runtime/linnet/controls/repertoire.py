"""What a model's music is made of: instruments, ranges, rhythms. What was never taught is never played."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linnet.music.roles import ROLES
from linnet.tokens.vocabulary import FAMILIES, LONGEST_DURATION
from linnet.tools.dataclass import dataclass, field

__all__ = [
    "BEATS",
    "LastBar",
    "Repertoire",
    "RolePart",
    "checked_program",
    "heard_program",
    "usual_instrument",
]

BEATS = (24, 36)
"""Ticks in the beats that bars are counted in: a quarter, and three eighths."""

_DRUMS = FAMILIES["drum"]


@dataclass(frozen=True, slots=True)
class LastBar:
    """What the last bars of people's pieces keep to, all but one in two hundred."""

    notes: int
    """The most notes and strokes."""

    span: int
    """Semitones from the lowest to the highest pitch, at most."""

    shortest: int
    """Ticks of the shortest note."""


@dataclass(frozen=True, slots=True)
class RolePart:
    """What players of a role keep to, all but one note in two hundred."""

    programs: tuple[int, ...]
    """Who has the role, ascending."""

    range: tuple[int, int]
    """The lowest and the highest pitch."""

    voices: int
    """The most notes that sound together."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> RolePart:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is none."""
        low, high = map(int, entry["range"])
        found = cls(_numbers(entry["programs"], 0, 127), (low, high), int(entry["voices"]))
        if not (found.programs and 0 <= low <= high <= 127 and 1 <= found.voices <= 255):
            raise ValueError("a role of a repertoire is damaged")
        return found


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What is in the music that a model learnt from."""

    programs: tuple[int, ...]
    """General MIDI programs, ascending; none in music for drums alone."""

    drums: tuple[int, ...]
    """Pitches of the kit that are struck, ascending."""

    tracks: int
    """The most pitched tracks that play together."""

    ranges: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """The lowest and the highest pitch of each program."""

    onsets: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """For each of BEATS the ticks of the beat at which notes begin; none where there are no bars."""

    durations: tuple[int, ...] = ()
    """Ticks that notes last; none where there are no bars."""

    last_bar: LastBar | None = None
    roles: Mapping[str, RolePart] = field(default_factory=dict)
    """Of ROLES, those that the network is told of; none in files of before."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Repertoire:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is no repertoire."""
        ranges = {int(name): (int(low), int(high)) for name, (low, high) in entry["ranges"].items()}
        onsets = {int(beat): _numbers(places, 0, int(beat) - 1) for beat, places in entry["onsets"].items()}
        found = cls(
            programs=_numbers(entry["programs"], 0, 127),
            drums=_numbers(entry["drums"], _DRUMS.value, _DRUMS.value + _DRUMS.count - 1),
            tracks=int(entry["tracks"]),
            ranges=ranges,
            onsets=onsets,
            durations=_numbers(entry["durations"], 1, LONGEST_DURATION),
            last_bar=LastBar(**entry["last_bar"]) if entry.get("last_bar") else None,
            roles={str(name): RolePart.of(part) for name, part in entry.get("roles", {}).items()},
        )
        if not (
            0 <= found.tracks <= 16
            and (found.programs or found.drums)
            and ranges.keys() == set(found.programs)
            and all(0 <= low <= high <= 127 for low, high in ranges.values())
            and onsets.keys() in (set(), set(BEATS))
            and all(0 in places for places in onsets.values())
            and found.roles.keys() <= set(ROLES[1:])
            and bool(found.durations) == bool(onsets and found.programs)  # drums have none
        ):
            raise ValueError("a repertoire is damaged")
        return found

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As it stands in a model file; `of` reads it."""
        last = self.last_bar
        return {
            "programs": list(self.programs),
            "drums": list(self.drums),
            "tracks": self.tracks,
            "ranges": {str(program): list(pair) for program, pair in self.ranges.items()},
            "onsets": {str(beat): list(places) for beat, places in self.onsets.items()},
            "durations": list(self.durations),
            "last_bar": last and {"notes": last.notes, "span": last.span, "shortest": last.shortest},
            **(
                {"roles": {name: _role_entry(part) for name, part in self.roles.items()}}
                if self.roles
                else {}
            ),
        }

    @property
    def pitches(self) -> tuple[int, int]:
        """The lowest and the highest pitch of all programs."""
        return min(low for low, _ in self.ranges.values()), max(high for _, high in self.ranges.values())


def _role_entry(part: RolePart) -> dict[str, Any]:  # Any: JSON
    return {"programs": list(part.programs), "range": list(part.range), "voices": part.voices}


def heard_program(program: int, allowed: Iterable[int | str] | None) -> int:
    """What plays the part of a program where only some are allowed (None: all): itself, the nearest of its
    family of eight, or else the nearest of all.
    """
    numbers = [int(each) for each in allowed or ()]  # names were read by `Options`
    if not numbers or program in numbers:
        return program
    return min(numbers, key=lambda other: (other // 8 != program // 8, abs(other - program), other))


def usual_instrument(defaults: Mapping[str, Any], seed: int) -> int | None:  # Any: JSON
    """Who is heard where nobody is asked for: of the instruments that suit a model, as programs, one in turn
    by the seed. None where its file names none: its music says who plays.

    Raises:
        ValueError: The file names what is no instrument.
    """
    choice = defaults.get("instrument")
    if not isinstance(choice, list):
        return checked_program(choice)
    return checked_program(choice[seed % len(choice)]) if choice else None


def checked_program(value: Any) -> int | None:
    """A program of General MIDI, or None for none; `ValueError` for anything else."""
    if value is None or (type(value) is int and 0 <= value < 128):
        return value
    raise ValueError(f"no program of General MIDI: {value!r}")


def _numbers(values: Sequence[int], lowest: int, highest: int) -> tuple[int, ...]:
    found = tuple(int(value) for value in values)
    if list(found) != sorted(set(found)) or not all(lowest <= value <= highest for value in found):
        raise ValueError(f"numbers must ascend from {lowest} to {highest}")
    return found
