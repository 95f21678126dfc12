"""What a stream was asked for and what it played, as lines of JSON in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from linnet.stream.hearing import DueNote


class Log:
    """A file that grows line by line; each line is in it when the call returns."""

    def __init__(self, path: str | PathLike[str]) -> None:
        """Opens it; what stands there stays."""
        self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  # open for as long as the music

    def asked(self, seconds: float, call: str, options: Mapping[str, Any]) -> None:
        """What was changed at a moment of the music."""
        self._write({"seconds": round(seconds, 6), "call": call, "asked": dict(options)})

    def played(self, seconds: float, notes: Iterable[DueNote]) -> None:
        """Notes that were handed out, counted from this moment of the music."""
        for note in notes:
            fields = {
                "pitch": note.pitch,
                "velocity": note.velocity,
                "duration": round(note.duration, 6),
                "program": note.program,
                "drum": note.is_drum,
            }
            self._write({"seconds": round(seconds + note.onset, 6), "note": fields})

    def close(self) -> None:
        """Ends it."""
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
