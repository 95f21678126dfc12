"""Exercises of a level, each as a sheet to be read and a piece to be heard."""

from __future__ import annotations

import base64
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from linnet import midi, practice
from linnet.errors import LinnetError
from linnet.practice.levels import INSTRUMENTS, LEVELS, Level
from linnet.tools.chance import new_seed

__all__ = ["about", "exercises", "printed"]

MOST = 24
"""Exercises of one sheet."""

_NEEDS = ("music21", "verovio", "fpdf")


def about() -> dict[str, Any]:  # what JSON can say
    """Levels and instruments, and what must be installed for sheets where it is not there."""
    missing = any(find_spec(name) is None for name in _NEEDS)
    return {
        "levels": [_words(level) for level in LEVELS],
        "instruments": list(INSTRUMENTS),
        "missing": "pip install 'linnet[notation,score]'" if missing else "",
    }


def exercises(asked: dict[str, Any]) -> dict[str, Any]:  # what JSON can say
    """Exercises by `level`, `instrument`, `key`, `bars`, `count` and `seed`: each as MIDI, and engraved."""
    from linnet.notation import engraving  # with what it needs, for this alone

    given = _asked(asked)
    found = []
    for tune in practice.exercises(**given):
        try:
            drawn = engraving.svg(tune.score)
        except LinnetError as error:
            drawn = ""
            given["missing"] = str(error)
        data = base64.b64encode(midi.dumps(tune.score)).decode()
        seconds = round(float(tune.score.seconds(tune.score.end)), 2)
        found.append({"midi": data, "key": tune.key, "meter": tune.meter, "svg": drawn, "seconds": seconds})
    return {"exercises": found, "title": _title(given), **given}


def printed(asked: dict[str, Any]) -> bytes:
    """The same exercises on one sheet, as a PDF file."""
    given = _asked(asked)
    with tempfile.TemporaryDirectory(prefix="linnet-") as folder:
        file = Path(folder) / "sheet.pdf"
        practice.write(practice.exercises(**given), file, title=_title(given))
        return file.read_bytes()


def _asked(asked: dict[str, Any]) -> dict[str, Any]:
    known = ("level", "instrument", "key", "bars", "count", "seed")
    given = {name: asked[name] for name in known if asked.get(name) not in (None, "")}
    for name in ("count", "bars", "seed"):
        if name in given and (isinstance(given[name], bool) or not isinstance(given[name], int)):
            raise ValueError(f"{name} must be a whole number, got {given[name]!r}")
    if not 1 <= given.setdefault("count", 6) <= MOST:
        raise ValueError(f"count must be between 1 and {MOST} here, got {given['count']}")
    if "key" in given and not isinstance(given["key"], str):
        raise ValueError("key must be such as D major")
    given.setdefault("seed", new_seed() % 1_000_000)
    return given


def _title(given: dict[str, Any]) -> str:
    return f"Exercises for {given.get('instrument', 'recorder')}, level {given.get('level', 1)}"


def _words(level: Level) -> str:
    """What is in it, in a line."""
    many = "s" * (level.signs > 1)
    signs = f"up to {level.signs} sharp{many} or flat{many}"
    rhythm = level.rhythm.replace(",", ", ")
    return f"notes of {rhythm}; in {', '.join(level.meters)}; {signs}"
