"""Options of a command made from `linnet.Options`: their names, kinds of value and help."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable
from typing import Any

from linnet.controls import kinds
from linnet.controls.options import ABOUT, GROUPS, About

__all__ = ["add_options", "given"]


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
    flag = about.flag or f"--{name.replace('_', '-')}"
    help = about.help.replace("%", "%%")
    if about.kind is kinds.FLAG:
        group.add_argument(
            flag, dest=name, action="store_const", const=not flag.startswith("--no-"), help=help
        )
        return
    group.add_argument(
        flag, dest=name, type=about.kind.parse, metavar=about.kind.metavar, nargs=about.kind.words, help=help
    )


def given(
    args: argparse.Namespace, names: Iterable[str] = ABOUT
) -> dict[str, Any]:  # values of several kinds
    """What a command line says, as keyword arguments of `Model.generate`; None where it says nothing."""
    return {name: getattr(args, name) for name in names if hasattr(args, name)}
