"""The models that a studio plays: the packaged ones and files that were named, each opened once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from linnet.errors import ModelError
from linnet.model import DEFAULT, Model, load, models
from linnet.music.key import KEYS

__all__ = ["Models"]

_WORDS = {
    "folk": ("Dance tune", "jigs and reels, one line"),
    "chorale": ("Hymn", "four voices"),
    "piano": ("Piano", "two hands"),
    "band": ("Band", "several instruments and drums"),
    "orchestra": ("Orchestra", "strings, winds, brass, harp"),
    "groove": ("Drums", "as people play them"),
}
"""How a newcomer would call what a packaged model plays; the others are called by their names."""

_HIDDEN = ("phrase",)
"""What is for morphing, and no pieces come of it."""


class Models:
    """Models by name. Only what is listed can be opened, so that no request names a file."""

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self._paths: dict[str, Path | None] = dict.fromkeys(
            [DEFAULT, *(name for name in _WORDS if name != DEFAULT)]
        )
        self._paths |= dict.fromkeys(name for name in models() if name not in (*_WORDS, *_HIDDEN))
        self._open: dict[str, Model] = {}
        self._shown: dict[str, str] = {}
        self._lock = Lock()
        for file in files:
            self.add(file)

    def add(self, file: Path, *, shown: str = "") -> str:
        """One more model, by the stem of its file; its name here. It is opened, so that a bad one says so.

        `shown`: what recipes call it, where that is not its path.
        """
        name = file.stem
        while name in self._paths and self._paths[name] != file:
            name += "'"
        opened = _opened(str(file))
        with self._lock:
            self._paths[name], self._open[name] = file, opened
            self._shown[name] = shown or str(file)
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def get(self, name: str) -> Model:
        """A model by its name; ValueError for one that is not here."""
        if name not in self._paths:
            raise ValueError(f"there is no model {name!r} here: {', '.join(self._paths)}")
        with self._lock:
            if name not in self._open:
                self._open[name] = _opened(str(self._paths[name] or name))
            return self._open[name]

    def path(self, name: str) -> str:
        """What a command calls it."""
        return self._shown.get(name, name)

    def about(self) -> list[dict[str, Any]]:  # what JSON can say
        """What the page says of each, and which controls it shows."""
        found = []
        for name in self._paths:
            info = self.get(name).info
            learnt = sorted(wish["name"] for wish in info.wishes if wish["trained"])
            taught = info.repertoire
            title, words = _WORDS.get(name, (name, "a model of your own"))
            found.append(
                {
                    "name": name,
                    "path": self.path(name),
                    "title": title,
                    "words": words,
                    "barred": info.time_base == "grid",
                    "learnt": learnt,
                    "many": taught is None or taught.tracks > 1 or taught.drums,
                    "judged": info.judge is not None,
                }
            )
        return found

    @staticmethod
    def keys() -> list[str]:
        """All keys, the major ones first."""
        return sorted(KEYS, key=lambda key: not key.endswith("major"))


def _opened(name: str) -> Model:
    """With linnet's own engine where it can play the model: it starts and steps faster, to the same notes."""
    try:
        return load(name, engine="native")
    except ModelError:
        return load(name)
