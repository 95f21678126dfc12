"""What a command of `linnet` is made of."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from linnet.tools.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `-v` and `-h` come by themselves."""

    name: str
    help: str
    """In the list of commands."""

    description: str
    """At the top of its own help."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int | None]
    """Does it; returns an exit code, None for success."""

    examples: str = ""
    """At the end of its help, line by line as they stand."""
