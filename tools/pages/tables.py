"""A hook of MkDocs: puts tables that are made from the code where a page says `<!-- table: NAME -->`."""

import re
from collections.abc import Callable, Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from linnet import features, vocabulary
from linnet.controls.options import ABOUT
from linnet.controls.rules import GROUPS
from linnet.practice.levels import LEVELS


def vocabulary_table() -> Iterator[str]:
    """The families of tokens."""
    yield "| family | tokens | ids |\n|---|---|---|"
    for family in vocabulary.FAMILIES.values():
        yield f"| `{family.name}` | {family.count} | {family.first} to {family.first + family.count - 1} |"


def features_table() -> Iterator[str]:
    """The families of features."""
    yield "| family | columns | values |\n|---|---|---|"
    for family in features.FAMILIES:
        yield f"| `{family.name}` | {family.columns} | {family.count} |"
    rows = features.COUNT - 1  # row 0 stands for "nothing to say"
    yield f"\nThese are {features.WIDTH} columns, and {rows:,} rows of weights."


def options_table() -> Iterator[str]:
    """What a player may ask for, group by group, and which calls take it."""
    for group, title in GROUPS.items():
        yield f"**{title[:1].upper()}{title[1:]}**\n"
        yield "| option | | given to |\n|---|---|---|"
        for name, about in ABOUT.items():
            if about.group == group:
                meaning = about.help.replace("|", "\\|")
                yield f"| `{name}` | {meaning} | {', '.join(f'`{call}`' for call in about.calls)} |"
        yield ""


def levels_table() -> Iterator[str]:
    """What exercises of each level have."""
    heads = "level | note values | interval | steps | meters | signs at most | range"
    yield f"| {heads} |"
    yield "|---|---|---|---|---|---|---|"
    for number, level in enumerate(LEVELS, 1):
        signs = f"{level.signs}, major{' and minor' if level.minor else ''}"
        facts = (
            level.rhythm,
            level.leap,
            f"{level.step_share:.0%}",
            ", ".join(level.meters),
            signs,
            level.span,
        )
        yield f"| {number} | {' | '.join(map(str, facts))} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "vocabulary": vocabulary_table,
    "features": features_table,
    "options": options_table,
    "levels": levels_table,
}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replaces each such line by its table."""

    def table(found: re.Match[str]) -> str:
        if found[1] not in TABLES:
            raise ValueError(f"{page.file.src_uri}: there is no table {found[1]!r}, only {', '.join(TABLES)}")
        return "\n".join(TABLES[found[1]]())

    return re.sub(r"^<!-- table: (\w+) -->$", table, markdown, flags=re.MULTILINE)
