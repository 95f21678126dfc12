"""What a game's cues are to be, as a file in TOML says it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from linnet.controls.options import ABOUT
from linnet.tools.dataclass import dataclass

__all__ = ["Cue", "Kind", "Plan", "read_plan"]

Kind = Literal["loop", "sting", "transition"]
KINDS: tuple[Kind, ...] = ("loop", "sting", "transition")

_BARS = {"loop": 8, "sting": 1, "transition": 2}
_OWN = {"loop": (), "sting": ("file",), "transition": ("from", "to")}
_POSSIBLE = "a file of cues has tables such as [loop.explore], [sting.found] and [transition.to-fight]"


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of music of a game."""

    name: str
    kind: Kind
    bars: int
    options: Mapping[str, Any]
    """Of `Model.generate`."""

    file: Path | None = None
    """A sting that somebody wrote, which is moved to the key."""

    begins: str = ""
    """Of a transition: the loop that it leaves; and where it goes."""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a game's cues."""

    model: str
    cues: tuple[Cue, ...]


def read_plan(path: str | PathLike[str]) -> Plan:
    """The cues of a file. ValueError, in one line, for what cannot be."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: is no TOML: {error}") from error
    model = str(found.pop("model", "folk"))
    tables = {kind: found.pop(kind, {}) for kind in KINDS}
    _check(path, "at the top", found, ())
    cues: list[Cue] = []
    for kind, table in tables.items():
        for name, entry in table.items():
            if not isinstance(entry, dict):
                raise ValueError(f"{path}: {_POSSIBLE}")
            cues.append(_cue(path, name, kind, entry, found))
    if not cues:
        raise ValueError(f"{path}: names no cues: {_POSSIBLE}")
    loops = {cue.name for cue in cues if cue.kind == "loop"}
    for cue in cues:
        for end in (cue.begins, cue.ends):
            if cue.kind == "transition" and end not in loops:
                there = ", ".join(sorted(loops)) or "none"
                raise ValueError(f"{path}: {cue.name} joins loops (there are: {there}), got {end!r}")
    names = [cue.name for cue in cues]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: two cues are called {twice[0]}")
    return Plan(model, tuple(cues))


def _cue(
    path: str | PathLike[str], name: str, kind: Kind, entry: Mapping[str, Any], common: Mapping[str, Any]
) -> Cue:
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{path}: a cue is named in letters, digits, - and _, got {name!r}")
    _check(path, f"{kind}.{name}", entry, ("bars", *_OWN[kind]))
    own = {key: value for key, value in entry.items() if key not in ("bars", "file", "from", "to")}
    bars = entry.get("bars", _BARS[kind])
    if type(bars) is not int or not 1 <= bars <= 1000:
        raise ValueError(f"{path}: {name} has 1 to 1,000 bars, got {bars!r}")
    file = Path(path).parent / str(entry["file"]) if "file" in entry else None
    return Cue(
        name, kind, bars, {**common, **own}, file, str(entry.get("from", "")), str(entry.get("to", ""))
    )


def _check(path: str | PathLike[str], where: str, entry: Mapping[str, Any], own: tuple[str, ...]) -> None:
    for key in entry:
        known = key in ABOUT and "generate" in ABOUT[key].calls and key not in ("bars", "primer", "loop")
        if not known and key not in own:
            words = ", ".join([*own, "key", "bpm", "density", "mood", "seed"])
            raise ValueError(f"{path}: {where} has no {key!r}; write {words} or other options of generate")
