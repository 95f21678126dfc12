"""What a wish is, and where a group of them stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import linnet.cli
from linnet.music.score import Score

Found = Callable[[Path], tuple[str, bool]]
"""What was found in the folder in which a wish was tried, in words with figures, and whether that is it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that somebody wants, and how to ask for it."""

    name: str
    ask: str
    """One command, or several lines of Python."""

    check: Found

    @property
    def is_command(self) -> bool:
        """Whether it is typed into a terminal."""
        return self.ask.startswith("linnet ")

    @property
    def arguments(self) -> list[str]:
        """Of the command."""
        return shlex.split(self.ask)[1:]

    def run(self) -> None:
        """Does it in the folder one stands in.

        Raises:
            RuntimeError: The command failed.
        """
        if not self.is_command:
            exec(compile(self.ask, self.name, "exec"), {"__name__": "wish"})
        elif linnet.cli.main(self.arguments):
            raise RuntimeError(f"it failed: {self.ask}")


@dataclass(frozen=True, slots=True)
class Group:
    """Wishes of one kind."""

    name: str
    guide: str
    """The page that tells how, from `docs`."""

    wishes: tuple[Wish, ...]


def read(folder: Path, name: str) -> Score:
    """A piece that was made there."""
    return Score.open(folder / name)
