"""What changes while a piece plays, and when: scenes that begin at a moment, and curves."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from linnet.controls import moods
from linnet.controls.kinds import Kind, listed, number, plain, read, shown
from linnet.tools.named import NamedTuple

__all__ = [
    "AT",
    "BPM",
    "CURVE",
    "Curve",
    "Scene",
    "bpm_of",
    "check_changes",
    "sampled",
    "scenes_of",
    "seconds_of",
]

HIT = "hit"
_MOOD = ("valence", "arousal")
_LONGEST = 100_000.0
"""Seconds."""

_AT_POSSIBLE = "a time and a mood, such as 0:20 joyful, 0:20 hit, or 0:20 density=7+key=Am+hit"

_ONE_BPM = number(10, 1000)

_COLUMNS = "must have a column time, and others such as valence, arousal, density or bpm"

Curve = tuple[tuple[float, tuple[tuple[str, Any], ...]], ...]
"""Rows in time: seconds, and values by option."""


class Scene(NamedTuple):
    """From a moment on, these options."""

    seconds: float
    what: str
    """As it was asked for: `joyful+hit`."""

    @property
    def is_hit(self) -> bool:
        """Whether it is struck: an accent, and a marker."""
        return HIT in self.what.split("+")

    @property
    def changes(self) -> dict[str, Any]:
        """Options by name, as words."""
        found: dict[str, Any] = {}
        for part in self.what.split("+"):
            name, sign, value = part.partition("=")
            if sign:
                found[name] = value
            elif part != HIT:
                found["mood"] = part
        return found


def seconds_of(value: Any) -> float:
    """The seconds of a number, or of a time such as `0:20`, `1:02:03.5`. ValueError for what is none."""
    value = plain(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = float(value)
    else:
        parts = str(value).strip().split(":")
        if not (1 <= len(parts) <= 3 and all(re.fullmatch(r"\d+(\.\d+)?", part) for part in parts)):
            raise ValueError(f"a time must be such as 20, 0:20 or 1:02:03.5, got {shown(value)}")
        found = 0.0
        for part in parts:
            found = 60 * found + float(part)
    if not 0 <= found <= _LONGEST:
        raise ValueError(f"a time must be between 0 and {_LONGEST:g} seconds, got {shown(value)}")
    return found


def bpm_of(value: Any) -> float | tuple[float, ...]:
    """A tempo, or several that the music passes through: `80:60`."""
    value = plain(value)
    if isinstance(value, str) and ":" in value:
        value = [_number(each) for each in value.split(":")]
    if isinstance(value, list | tuple):
        numbers = tuple(_one_bpm(each) for each in value)
        if not 2 <= len(numbers) <= 100:
            raise ValueError(f"must be 2 to 100 tempos, such as 80:60, got {shown(value)}")
        return numbers
    return _one_bpm(value)


def _one_bpm(value: Any) -> float:
    found: float = _ONE_BPM.read(value)
    return found


def scenes_of(value: Any) -> tuple[Scene, ...]:
    """Scenes in time. ValueError in one line for what is none, and for a time that goes back."""
    if isinstance(value, Mapping):
        value = list(value.items())
    found: list[Scene] = []
    for member in listed(value, f"pairs of {_AT_POSSIBLE}", ordered=True):
        pair = listed(member, f"pairs of {_AT_POSSIBLE}", ordered=True)
        if len(pair) != 2:
            raise ValueError(f"must be {_AT_POSSIBLE}, got {shown(member)}")
        seconds, words = seconds_of(pair[0]), "+".join(str(pair[1]).split())
        scene = Scene(seconds, re.sub(r"\++", "+", words))
        if found and seconds <= found[-1].seconds:
            raise ValueError(
                f"must go forward in time, and {seconds:g} s comes after {found[-1].seconds:g} s"
            )
        for name, each in scene.changes.items():
            if name == "mood":
                try:
                    moods.point(each)
                except ValueError:
                    known = f"a mood ({', '.join(moods.MOODS)}), an option such as density=7, or hit"
                    raise ValueError(f"must be {known}, got {shown(each)}") from None
        found.append(scene)
    if not found:
        raise ValueError(f"must be {_AT_POSSIBLE}, got none")
    return tuple(found)


def _curve(value: Any) -> Curve:
    name = ""
    if isinstance(value, str | PathLike):
        name = f"{Path(fspath(value)).name}: "
        value = _rows(Path(value).read_text(encoding="utf-8-sig"))
    found: list[tuple[float, tuple[tuple[str, Any], ...]]] = []
    for place, row in enumerate(listed(value, "rows with a time and options", ordered=True), 1):
        if isinstance(row, tuple) and len(row) == 2:  # as it was read before
            row = {"time": row[0], **dict(row[1])}
        if not isinstance(row, Mapping) or "time" not in row:
            raise ValueError(f"{name}{_COLUMNS}")
        seconds = seconds_of(row["time"])
        if found and seconds <= found[-1][0]:
            raise ValueError(
                f"{name}must go forward in time, and row {place} has {seconds:g} s after {found[-1][0]:g} s"
            )
        values = {
            str(key).strip(): _number(each)
            for key, each in row.items()
            if str(key).strip() != "time" and each not in (None, "")
        }
        for each in _MOOD:
            if each in values and not (isinstance(values[each], float) and -1 <= values[each] <= 1):
                raise ValueError(
                    f"{name}{each} must be between -1 and 1, got {values[each]!r} in row {place}"
                )
        found.append((seconds, tuple(sorted(values.items()))))
    if not found or not any(values for _, values in found):
        raise ValueError(
            f"{name}must have a column time, and others such as valence, arousal, density or bpm"
        )
    return tuple(found)


def _rows(text: str) -> list[dict[str, Any]]:
    sample = text.splitlines()[0] if text.strip() else ""
    delimiter = ";" if sample.count(";") > sample.count(",") else "\t" if "\t" in sample else ","
    import csv  # which few need

    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    return [{(key or "").strip().lower(): each for key, each in row.items() if key} for row in rows]


def _number(value: Any) -> Any:
    """A number where it is one, else the word."""
    value = plain(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return float(str(value))
    except ValueError:
        return str(value).strip()


def sampled(curve: Curve, seconds: float) -> dict[str, Any]:
    """What a curve says at a moment: numbers between those of two rows, words as they were said last; before
    its first row what that says. Valence and arousal are a mood, to a tenth.
    """
    found: dict[str, Any] = {}
    for name in {name for _, values in curve for name, _ in values}:
        rows = [(at, dict(values)[name]) for at, values in curve if name in dict(values)]
        after = bisect_right([at for at, _ in rows], seconds)
        (begin, value), (end, later) = rows[max(after - 1, 0)], rows[min(after, len(rows) - 1)]
        if isinstance(value, float) and isinstance(later, float) and begin < seconds < end:
            value += (later - value) * (seconds - begin) / (end - begin)
        found[name] = value
    if any(name in found for name in _MOOD):
        found["mood"] = tuple(round(found.pop(name, 0.0), 1) + 0.0 for name in _MOOD)
    for name, value in found.items():
        if isinstance(value, float) and name in ("density", "register", "texture", "loudness"):
            found[name] = round(value)
    return found


AT = Kind(scenes_of, ("TIME", "MOOD"), words=2)
CURVE = Kind(_curve, "FILE.csv")
BPM = Kind(bpm_of, "X", lambda word: word if ":" in word else float(word))


def check_changes(
    changes: Sequence[Mapping[str, Any]], about: Mapping[str, Any], what: str
) -> list[dict[str, Any]]:
    """The changes as plain values; TypeError or ValueError for what no piece can change while it plays.

    `about`: what there is to know of each option, by name.
    """
    possible = [name for name, each in about.items() if "wish" in each.calls]
    checked: list[dict[str, Any]] = []
    for change in changes:
        for name in change:
            if name not in possible:
                raise ValueError(f"{what} can change {', '.join(possible)}, and not {name!r}")
        checked.append({name: read(name, about[name].kind, _typed(value)) for name, value in change.items()})
    return checked


def _typed(value: Any) -> Any:
    """Words of a command line that are numbers, as numbers."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
