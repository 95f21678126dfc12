"""Options of a command made from `linnet.Options`: their names, kinds of value and help."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from linnet.controls import form_kinds, kinds, scenes
from linnet.controls.kinds import Kind
from linnet.controls.options import ABOUT
from linnet.controls.rules import GROUPS, About
from linnet.music.score import Score

__all__ = ["add_options", "flag", "given"]


def add_options(parser: argparse.ArgumentParser, names: Collection[str] = ABOUT) -> None:
    """Those of these options that there are on a command line, in their groups."""
    groups: dict[str, Any] = {}  # argparse has no public type for a group
    for name, about in ABOUT.items():
        if name not in names or about.flag is None:
            continue
        if about.group not in groups:
            groups[about.group] = parser.add_argument_group(GROUPS[about.group])
        _add(groups[about.group], name, about)


def _add(group: Any, name: str, about: About) -> None:  # Any: as above
    word = flag(name)
    help = about.help.replace("%", "%%")
    if about.kind is kinds.FLAG:
        group.add_argument(
            word, dest=name, action="store_const", const=not word.startswith("--no-"), help=help
        )
        return
    if about.kind is scenes.AT:
        group.add_argument(word, dest=name, action="append", nargs=2, metavar=about.kind.metavar, help=help)
        return
    if about.kind is form_kinds.SECTIONS:
        group.add_argument(word, dest=name, action="append", metavar=about.kind.metavar, help=help)
        return
    if name == "loudness":  # two numbers are the rule of that name
        help += "; two velocities, such as 40 70, are --loudness-range"
        group.add_argument(word, dest=name, type=int, metavar="N", nargs="+", help=help)
        return
    words = [word, f"{word}s"] if about.kind is kinds.INSTRUMENT else [word]
    group.add_argument(
        *words,
        dest=name,
        type=partial(_value, about.kind),
        metavar=about.kind.metavar,
        nargs=about.kind.words,
        help=help,
    )


def _value(kind: Kind, word: str) -> Any:  # of whatever type the kind has
    """What a word says; where it says nothing, the error names what would."""
    try:
        return kind.parse(word)
    except ValueError as error:
        try:
            return kind.read(word)
        except (TypeError, ValueError) as better:
            raise argparse.ArgumentTypeError(str(better)) from error


def given(
    args: argparse.Namespace, names: Iterable[str] = ABOUT
) -> dict[str, Any]:  # values of several kinds
    """What a command line says, as keyword arguments of `Model.generate`; None where it says nothing.

    Raises:
        ValueError: For a value that cannot be, by the name of the option as it is typed.
    """
    said = {name: getattr(args, name) for name in names if hasattr(args, name)}
    if said.get("sections"):
        said["sections"] = dict(map(_section, said["sections"]))
    if isinstance(loudness := said.get("loudness"), list):
        if len(loudness) == 2 and "loudness_range" in said:
            said["loudness"], said["loudness_range"] = None, loudness
        elif len(loudness) == 1:
            said["loudness"] = loudness[0]
        else:
            raise ValueError(f"--loudness must be a level from 1 to 8, or two velocities, got {loudness}")
    for name, value in said.items():
        if value is not None and ABOUT[name].flag is not None:
            try:
                kinds.read(name, ABOUT[name].kind, value)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{flag(name)}{str(error).removeprefix(name)}") from None
    return said


def _section(word: str) -> tuple[str, Score]:
    """A section and what is given for it: `A=my.mid`."""
    name, sign, file = word.partition("=")
    if not sign or not name or not file:
        raise ValueError(f"--section must be a name and a file, such as A=my.mid, got {word!r}")
    return name, Score.open(file)


def flag(name: str) -> str:
    """An option as it is typed."""
    return ABOUT[name].flag or f"--{name.replace('_', '-')}"
