"""What a wish is, and where a group of them stands."""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import linnet.cli
from linnet.music.score import Score

SAID = "said.txt"
"""The file in which stands what was said last of what cannot be."""

Found = Callable[[Path], tuple[str, bool]]
"""What was found in the folder in which a wish was tried, in words with figures, and whether that is it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that somebody wants, and how to ask for it."""

    name: str
    ask: str
    """One command, or several lines of Python."""

    check: Found
    refused: bool = False
    """Whether it cannot be; what is said then is in SAID."""

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
        elif self.refused:
            self._refuse()
        elif linnet.cli.main(self.arguments):
            raise RuntimeError(f"it failed: {self.ask}")

    def _refuse(self) -> None:
        heard = io.StringIO()
        with contextlib.redirect_stderr(heard):
            code = linnet.cli.main(self.arguments)
        if not code:
            raise RuntimeError(f"it was done: {self.ask}")
        Path(SAID).write_text(heard.getvalue(), "utf-8")


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
