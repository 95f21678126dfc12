"""A hook of MkDocs: writes the reference of the commands from the parsers that read the command line.

So the pages say what `--help` says, and nothing that is not so.
"""

import argparse
import os
import re
from collections.abc import Callable, Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import linnet.cli
import linnet_export.cli
import linnet_train.commands

PROGRAMS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "linnet": linnet.cli.parser,
    "linnet-train": linnet_train.commands.parser,
    "linnet-export": linnet_export.cli.parser,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each program."""
    os.environ["COLUMNS"] = "100"  # argparse folds usage lines at the width of the terminal
    for name, parser in PROGRAMS.items():
        path = f"reference/commands/{name}.md"
        files.append(File.generated(config, path, content="\n".join(page(parser()))))
    return files


def page(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The page of one program, its subcommands in the order of `--help`."""
    yield f"# {parser.prog}\n"
    subparsers = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not subparsers:
        yield from section(parser)
        return
    yield f"{parser.description}\n"
    yield from examples(parser)
    for command in subparsers[0].choices.values():
        yield f"## {command.prog}\n"
        yield from section(command)


def section(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What one command does, how it is called, and every option it takes."""
    yield f"{escaped(parser.description or '')}\n"
    yield f"```text\n{parser.format_usage().removeprefix('usage: ').rstrip()}\n```\n"
    for group in parser._action_groups:
        rows = [row(parser, action) for action in group._group_actions if action.help != argparse.SUPPRESS]
        if rows:
            yield f"**{escaped((group.title or '').capitalize())}**\n"
            if group.description:
                yield f"{escaped(group.description)}\n"
            yield "| | |\n|---|---|"
            yield "\n".join(rows) + "\n"
    yield from examples(parser)


def row(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """One option: how it is written, and what it does."""
    formatter = parser._get_formatter()
    written = formatter._format_action_invocation(action)
    meant = formatter._expand_help(action) if action.help else ""
    return f"| `{written.replace('|', '&#124;')}` | {escaped(meant)} |"


def examples(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What stands at the end of the command's help, as it stands there."""
    if parser.epilog:
        yield f"```text\n{parser.epilog.strip()}\n```\n"


def escaped(text: str) -> str:
    """Words of a help text so that Markdown takes them for words."""
    return re.sub(r"([\\*_<>|\[\]#])", r"\\\1", " ".join(text.split()))
