"""A command line that helps who mistypes: what is near, what there is instead, and where the rest stands."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from linnet.tools.lazy import later

if TYPE_CHECKING:
    import textwrap
else:
    textwrap = later("textwrap")

__all__ = ["Parser", "nearest"]

_NUMBERS = r"-[\d.][\d.,eE+-]*"
"""A word that begins like an option and is numbers, such as -0.6,0.8."""

_PLAINER = (
    (r"invalid int value: ", "must be a whole number, got "),
    (r"invalid float value: ", "must be a number, got "),
    (r"invalid choice: (.*) \(choose from (.*)\)", r"must be one of \2, got \1"),
    (r"the following arguments are required: ", "missing: "),
    (r"^argument (?:-\w/)?(\S+): expected one argument", r"\1 needs a value"),
    (r"^argument (?:-\w/)?(\S+): expected (\d+) arguments", r"\1 needs \2 values"),
    (r"^argument (?:-\w/)?(\S+): must ", r"\1 must "),
    (r"^argument (?:-\w/)?(\S+): ", r"\1: "),
)
"""What argparse says, and what is said instead."""


def nearest(word: str, known: Sequence[str], synonyms: Mapping[str, str] | None = None) -> str | None:
    """The known word that somebody may have meant by `word`; None where none is near."""
    wanted = word.lower()
    if synonyms and wanted in synonyms:
        return synonyms[wanted]
    from difflib import get_close_matches  # only who mistypes waits for it

    near = get_close_matches(wanted, known, 1, 0.65)
    return near[0] if near else None


class Help(argparse.HelpFormatter):
    """Folds prose to the terminal's width. Indented lines are commands to be typed, and stay while they fit.

    Where they do not, what is said beside them goes below, and long ones are broken with a backslash.
    """

    def __init__(self, prog: str, **kwargs: Any) -> None:  # as argparse's
        super().__init__(prog, **{"width": _columns() - 2} | kwargs)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """As argparse calls it, for descriptions and for what stands at the end."""
        folded: list[str] = []
        for kind, group in groupby(text.strip("\n").split("\n"), _kind):
            lines = list(group)
            if kind == "prose":
                lines = textwrap.wrap(" ".join(lines), width - len(indent))
            elif any(len(line) > width - len(indent) for line in lines):
                lines = [part for line in lines for part in _apart(line, width - len(indent))]
            folded += lines
        return "\n".join(indent + line if line else line for line in folded)


def _columns() -> int:
    """Of the terminal, as argparse finds them, but without importing shutil, for every parser asks."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns or 80
    except (OSError, ValueError, AttributeError):  # none, or a closed one
        return 80


def _kind(line: str) -> str:
    return "" if not line.strip() else "commands" if line.startswith(" ") else "prose"


def _apart(line: str, width: int) -> list[str]:
    """A command, and below it what is said beside it."""
    lead = " " * (len(line) - len(line.lstrip()))
    command, _, remark = line.strip().partition("   ")
    # an option stays with its value, and what is quoted stays together
    bound = re.sub(r"(?<=\s)(--?\S+) (?=[^-])|\"[^\"]*\"", lambda found: found[0].replace(" ", "\0"), command)
    parts = textwrap.wrap(bound, width - 2 - len(lead), subsequent_indent="    ", break_on_hyphens=False)
    lines = [f"{lead}{part} \\" for part in parts[:-1]] + [lead + parts[-1]]
    mark = f"{lead}    # "
    remark = remark.strip().removeprefix("# ")
    said = textwrap.wrap(remark, width, initial_indent=mark, subsequent_indent=mark)
    return [each.replace("\0", " ") for each in lines] + said


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line that says what to do, and exit code 2.

    `advice` says for options that there are not what there is instead, by their names without hyphens in
    front; `synonyms` names the command behind other words for it; `for_files` is the command that may be
    meant where a file stands instead of one.
    """

    def __init__(
        self,
        *args: Any,  # as argparse's
        advice: Mapping[str, str] | None = None,
        synonyms: Mapping[str, str] | None = None,
        for_files: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"formatter_class": Help} | kwargs)
        self.advice, self.synonyms, self.for_files = advice or {}, synonyms or {}, for_files
        self.commands: dict[str, Parser] = {}
        """The parsers of its commands, where it has some."""

        self.siblings: dict[str, Parser] = {}
        """Those of all commands beside its own, itself included."""

    def add_commands(self, **kwargs: Any) -> argparse._SubParsersAction[Parser]:
        """As `add_subparsers`."""
        named: Any = {"prog": self.prog, "required": True} | kwargs
        action: argparse._SubParsersAction[Parser] = self.add_subparsers(**named)
        self.commands = action.choices  # a dict that grows with the commands
        return action

    def add_command(self, to: argparse._SubParsersAction[Parser], name: str, **kwargs: Any) -> Parser:
        """A command of this parser, which knows its siblings."""
        parser = to.add_parser(name, **kwargs)
        parser.siblings = self.commands
        return parser

    def parse_known_args(  # type: ignore[override]  # its overloads differ in the namespace alone
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse, but numbers such as -0.6,0.8 are values, and there is no unknown option."""
        words = list(sys.argv[1:] if args is None else args)
        if self.commands:
            self._check_command(words)
        else:
            words = self._check_options(words)
        parsed, others = super().parse_known_args(words, namespace)
        if others:
            self.error(f"a word too many: {others[0]!r}; {self._usage()}")
        return parsed, others

    def error(self, message: str) -> NoReturn:
        """One line, without the usage, which is a screenful."""
        text = message
        for theirs, ours in _PLAINER:
            text = re.sub(theirs, ours, text)
        if text.startswith("missing: "):
            text = f"{text}; {self._usage()}"
        self.exit(2, f"{self.prog}: {text}\n")

    def _usage(self) -> str:
        return f"see {self.prog} --help"

    # ---- commands

    def _check_command(self, words: Sequence[str]) -> None:
        first = words[0] if words else ""
        if first.startswith("--") and not any(each.startswith(first) for each in self._option_string_actions):
            self.error(f"options stand after the command: {self.prog} COMMAND {first}")
        command = next((word for word in words if not word.startswith("-")), None)
        if command is None and not words:
            self.print_help(sys.stderr)
            self.exit(2)
        if command is None or command in self.commands:
            return
        if self.for_files and Path(command).suffix:
            self.error(f"a command comes first, such as {self.prog} {self.for_files} {command}")
        near = nearest(command, list(self.commands), self.synonyms)
        there = f"there is no command {command!r}"
        if near in self.commands:
            self.error(f"{there}; did you mean {self.prog} {near}?")
        self.error(f"{there}: {near}" if near else f"{there}; there are {', '.join(self.commands)}")

    # ---- options

    def _check_options(self, words: Sequence[str]) -> list[str]:
        """The words, with numbers that look like options bound to the option before them."""
        known = self._option_string_actions  # argparse has no public name for them
        checked: list[str] = []
        for i, word in enumerate(words):
            if word == "--":
                return [*checked, *words[i:]]
            before = checked[-1] if checked else ""
            if re.fullmatch(_NUMBERS, word) and "," in word and before.startswith("--") and "=" not in before:
                checked[-1] = f"{before}={word}"
                continue
            name = word.partition("=")[0]
            if (
                name.startswith("--")
                and " " not in name
                and not any(option.startswith(name) for option in known)
            ):
                self._refuse(name)
            checked.append(word)
        return checked

    def _refuse(self, option: str) -> NoReturn:
        """Says what there is instead of an option."""
        name = option.strip("-").lower().replace("_", "-")
        own = [each for each in self._option_string_actions if each.startswith("--")]
        there = f"there is no {option}"
        if f"--{name}" in own:
            self.error(f"{there}, but --{name}")
        if name in self.advice:
            self.error(f"{there}: {self.advice[name]}")
        elsewhere = [
            command
            for command, sibling in self.siblings.items()
            if f"--{name}" in sibling._option_string_actions
        ]
        if elsewhere:
            has = "has" if len(elsewhere) == 1 else "have"
            self.error(f"{there} here; {self.prog.split()[0]} {', '.join(elsewhere)} {has} it")
        near = nearest(name, [each.strip("-") for each in own])
        if near:
            near = f"--{near}"
            action = self._option_string_actions[near]
            help = (action.help or "") % {**vars(action), "prog": self.prog}
            self.error(f"{there}; did you mean {near}? {help}")
        self.error(f"{there}; {self._usage()}")
