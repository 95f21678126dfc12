"""Parts that can be added to music: what each is there for, who plays it, and what it keeps to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from linnet.music.roles import ROLES
from linnet.tools.dataclass import dataclass

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.music.score import Score

__all__ = ["KINDS", "SUITED", "NewPart", "known_program", "new_parts", "parts_named", "suited"]


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part that is to be composed."""

    name: str
    role: int
    """In `linnet.music.roles.ROLES`."""

    program: int
    """Who is heard."""

    range: tuple[int, int]
    voices: int
    """Most notes together."""


KINDS = {
    "melody": NewPart("melody", ROLES.index("lead"), 73, (60, 86), 1),
    "second": NewPart("second", ROLES.index("second"), 71, (53, 79), 1),
    "chords": NewPart("chords", ROLES.index("chords"), 0, (48, 76), 4),
    "bass": NewPart("bass", ROLES.index("bass"), 33, (28, 52), 1),
}
"""Beside `drums`. Instruments and ranges are the usual ones where a model says nothing else."""

DRUMS = "drums"
SUITED = {"melody": "folk", "second": "chorale", "chords": "chorale", "bass": "chorale", "drums": "band"}
"""The packaged model that plays each part best: `python -m benchmarks.music.added`."""

_MANY = "band"
_ROOM = {"folk": 3, "chorale": 4}
"""Pitched parts that such a model has learnt to play together; whoever plays with drums or more is a band."""

_FAMILY = 8
"""Programs of General MIDI that are of one family."""


def suited(part: str, score: Score) -> str:
    """The packaged model that suits a part that is added to music."""
    name = SUITED.get(part, _MANY)
    pitched = sum(not track.is_drum for track in score.tracks)
    kit = any(track.is_drum and track.notes for track in score.tracks)
    return _MANY if kit or pitched >= _ROOM.get(name, pitched + 1) else name


def parts_named(names: str | Iterable[str]) -> list[str]:
    """The parts that are named, each once; ValueError for a name that is none."""
    words = names.split(",") if isinstance(names, str) else list(names)
    wanted = [str(word).strip().lower() for word in words]
    wanted = [word for word in wanted if word]
    known = [*KINDS, DRUMS]
    if not wanted or not set(wanted) <= set(known):
        got = ", ".join(word for word in wanted if word not in known) or "none"
        raise ValueError(f"parts must be some of {', '.join(known)}, got {got}")
    return wanted


def new_parts(info: ModelInfo, names: str | Iterable[str]) -> tuple[list[NewPart], bool]:
    """The parts of these names, and whether drums are among them.

    Raises:
        ValueError: For a name that is none, or a part that the model has not learnt to play.
    """
    wanted = parts_named(names)
    taught = info.repertoire
    if DRUMS in wanted and taught is not None and not taught.drums:
        raise ValueError(f"{info.name} has learnt no drums: ask a model that has, such as band")
    if info.time_base != "grid" or info.latent is not None or (taught is not None and not taught.programs):
        raise ValueError(f"{info.name} cannot play around given music: ask band, chorale, piano or folk")
    found = []
    for word in wanted:
        if word == DRUMS:
            continue
        part = KINDS[word]
        own = taught.roles.get(ROLES[part.role]) if taught is not None else None
        if own is not None:
            program = part.program if part.program in own.programs else own.programs[0]
            part = NewPart(part.name, part.role, program, own.range, own.voices)
        found.append(part)
    return found, DRUMS in wanted


def known_program(info: ModelInfo, program: int) -> int:
    """The program as which a model knows an instrument: itself, or the nearest of its family, or any."""
    taught = info.repertoire
    if taught is None or program in taught.programs or not taught.programs:
        return program
    family = [each for each in taught.programs if each // _FAMILY == program // _FAMILY]
    return min(family or taught.programs, key=lambda each: abs(each - program))
