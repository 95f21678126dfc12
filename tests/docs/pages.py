"""The pages and their examples: fenced blocks, with the reason where a test cannot run one.

A comment in the line above a block says why: `<!-- not run: opens a window -->` above an example,
`<!-- record: measures for an hour -->` above the command that made the figures of a page.
"""

import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]

_FENCE = re.compile(
    r"^(?:[ ]*<!-- (?P<mark>not run|record): (?P<reason>[^\n]+?) -->\n)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str
    line: int
    """Of its first line of text."""

    mark: str | None
    """`"not run"`, `"record"`, or None where a test runs it."""

    reason: str | None
    """Why no test runs it."""


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page's text, from top to bottom."""
    return [
        Block(
            found["language"],
            dedent(found["text"]),
            page.count("\n", 0, found.start("text")) + 1,
            found["mark"],
            found["reason"],
        )
        for found in _FENCE.finditer(page)
    ]


def outside_blocks(page: str) -> str:
    """A page's text without what is fenced; line numbers stay."""
    return _FENCE.sub(lambda found: "\n" * found[0].count("\n"), page)


def commands(text: str) -> list[str]:
    """The commands of a shell block, one a line or between pipes; a backslash joins the next line."""
    lines = text.replace("\\\n", " ").splitlines()
    return [command.strip() for line in lines for command in line.split(" | ") if command.strip()]
