"""Who of a stream is heard, how loud and on which instrument: layers, mutes, solos, volumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from linnet.music.roles import ROLES, usual_role
from linnet.tools.dataclass import dataclass, replace

__all__ = ["DRUMS", "KIT", "STING", "Mix", "Part", "parts_of", "read_part", "role_of"]

Part = str | int
"""A role, such as `"bass"`, or the number of a track; `"drums"` and -1 are the kit."""

DRUMS, STING = "drums", "sting"
"""Roles beside those of `linnet.music.roles`: the kit, and what is laid over the music."""

KIT = -1
"""The track of the kit."""

_TRACKS = range(KIT, 16)
_NAMES = (*ROLES[1:], DRUMS, STING)


def read_part(part: Part) -> Part:
    """A part as it is kept. ValueError or TypeError, in one line, for what is none."""
    if isinstance(part, bool) or not isinstance(part, (str, int)):
        raise TypeError(
            f"a part is a role such as 'bass' or the number of a track, got {type(part).__name__}"
        )
    if part not in _NAMES and part not in _TRACKS:
        raise ValueError(
            f"a part is one of {', '.join(_NAMES)}, or a track from -1 (drums) to 15, got {part!r}"
        )
    return DRUMS if part == KIT else part


def role_of(track: int, program: int, roles: Sequence[int]) -> str:
    """What the player of a track is there for: as the model was told, else as the program is used as a rule;
    the first track leads then, and the others play chords.
    """
    if track < 0:
        return DRUMS
    if track < len(roles) and roles[track]:
        return ROLES[roles[track]]
    usual = usual_role(program)
    return usual if usual != "none" else "lead" if track == 0 else "chords"


def parts_of(parts: Iterable[Part]) -> frozenset[Part]:
    """Several of them."""
    return frozenset(map(read_part, parts))


@dataclass(frozen=True, slots=True)
class Mix:
    """What is done to notes on their way from the music to who plays them."""

    layers: frozenset[Part] | None = None
    """Who plays at all; None: everybody."""

    muted: frozenset[Part] = frozenset()
    soloed: frozenset[Part] = frozenset()
    """If there are any, all others are silent."""

    volumes: tuple[tuple[Part, float], ...] = ()
    programs: tuple[tuple[Part, int], ...] = ()

    def lets(self, role: str, track: int) -> bool:
        """Whether a part is heard; what is laid over the music is no layer."""
        if role in self.muted or track in self.muted:
            return False
        if self.soloed and role not in self.soloed and track not in self.soloed:
            return False
        return self.layers is None or role == STING or role in self.layers or track in self.layers

    def velocity(self, role: str, track: int, velocity: int) -> int:
        """As loud as the part is to be, 1 to 127."""
        for part, volume in self.volumes:
            if part in (role, track):
                velocity = round(velocity * volume)
        return min(max(velocity, 1), 127)

    def program(self, role: str, track: int, program: int) -> int:
        """Who plays the part."""
        for part, instead in self.programs:
            if part in (role, track):
                program = instead
        return program

    def changed(self, what: str, parts: Iterable[Part], value: Any) -> Mix:  # Any: of the change
        """After a change by name; its values are checked."""
        named = frozenset(parts)
        if what == "layers":
            return replace(self, layers=None if value is None else named)
        if what == "mute":
            return replace(self, muted=self.muted | named)
        if what == "unmute":
            return replace(self, muted=self.muted - named if named else frozenset())
        if what == "solo":
            return replace(self, soloed=named)
        if what == "volume":
            return replace(self, volumes=_with(self.volumes, named, value, 1.0))
        return replace(self, programs=_with(self.programs, named, value, None))

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it."""
        return {
            "layers": None if self.layers is None else _sorted(self.layers),
            "muted": _sorted(self.muted),
            "soloed": _sorted(self.soloed),
            "volumes": [list(each) for each in self.volumes],
            "programs": [list(each) for each in self.programs],
        }

    @classmethod
    def restored(cls, entry: dict[str, Any]) -> Mix:
        """What was saved. ValueError and its kin for damage."""
        volumes = tuple((read_part(part), float(volume)) for part, volume in entry["volumes"])
        programs = tuple((read_part(part), program) for part, program in entry["programs"])
        if any(not 0 <= volume <= 4 for _, volume in volumes):
            raise ValueError("no volume")
        if any(type(program) is not int or not 0 <= program <= 127 for _, program in programs):
            raise ValueError("no program")
        return cls(
            None if entry["layers"] is None else parts_of(entry["layers"]),
            parts_of(entry["muted"]),
            parts_of(entry["soloed"]),
            volumes,
            programs,
        )


def _with(pairs: tuple[tuple[Part, Any], ...], parts: frozenset[Part], value: Any, usual: Any) -> Any:
    kept = tuple(pair for pair in pairs if pair[0] not in parts)
    return kept if value == usual else (*kept, *((part, value) for part in _sorted(parts)))


def _sorted(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=str)
