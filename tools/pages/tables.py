"""A hook of MkDocs: puts tables that are made from the code where a page says `<!-- table: NAME -->`."""

import re
from collections.abc import Callable, Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from linnet import features, vocabulary


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


TABLES: dict[str, Callable[[], Iterator[str]]] = {"vocabulary": vocabulary_table, "features": features_table}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replaces each such line by its table."""

    def table(found: re.Match[str]) -> str:
        if found[1] not in TABLES:
            raise ValueError(f"{page.file.src_uri}: there is no table {found[1]!r}, only {', '.join(TABLES)}")
        return "\n".join(TABLES[found[1]]())

    return re.sub(r"^<!-- table: (\w+) -->$", table, markdown, flags=re.MULTILINE)
