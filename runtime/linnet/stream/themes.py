"""The themes of a game, in one key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path

from linnet.music.key import KEYS
from linnet.music.score import Score
from linnet.music.theory import key_index
from linnet.stream.moving import in_key, key_of

__all__ = ["Themes"]


class Themes(Mapping[str, Score]):
    """Themes by name, all moved to one key, so that they can be heard after one another and together.

    `stream.play(themes["hero"])` moves a theme on to the key of the music.
    """

    def __init__(self, key: str, scores: Mapping[str, Score] | None = None) -> None:
        """An empty library, or one with these.

        Args:
            key: That of all themes, such as `"D minor"`.
            scores: By name; see `add`.
        """
        self.key = KEYS[key_index(key)]
        """That of all themes."""
        self._scores: dict[str, Score] = {}
        for name, score in (scores or {}).items():
            self.add(name, score)

    @classmethod
    def open(cls, folder: str | PathLike[str], key: str) -> Themes:
        """All MIDI files of a folder, named after the files: `hero.mid` is `hero`."""
        files = sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in (".mid", ".midi"))
        if not files:
            raise FileNotFoundError(f"{folder} has no MIDI files, such as hero.mid")
        return cls(key, {path.stem: Score.open(path) for path in files})

    def add(self, name: str, score: Score, *, key: str | None = None) -> None:
        """A theme more, moved to the library's key.

        The same steps of the scale are played in the other key, the shortest way up or down: what was in a
        major key is in minor then. Drums stay.

        Args:
            name: What it is called.
            score: The theme.
            key: What it is in; found in its notes unless given.
        """
        if not score.notes:
            raise ValueError(f"a theme has notes, and {name} has none")
        self._scores[name] = in_key(score, key_index(self.key), key_of(score, key))

    def __getitem__(self, name: str) -> Score:
        try:
            return self._scores[name]
        except KeyError:
            there = ", ".join(self._scores) or "none"
            raise KeyError(f"there is no theme {name} (there are: {there})") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._scores)

    def __len__(self) -> int:
        return len(self._scores)

    def __repr__(self) -> str:
        return f"<linnet.Themes in {self.key}: {', '.join(self._scores)}>"
