"""A hook of MkDocs: `<!-- pieces: MODEL -->` becomes the first three seeds of a model, to see and hear.

They are made while the site is, by the model that is packaged with it, and nobody has chosen among them.
"""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

import linnet

SEEDS = (1, 2, 3)
BARS = 16


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: object) -> str:
    """Replaces each such comment by pieces."""

    def pieces(found: re.Match[str]) -> str:
        scores = linnet.load(found[1]).generate(count=len(SEEDS), seed=SEEDS[0], bars=BARS)
        named = zip(SEEDS, scores, strict=True)
        return "\n".join(f"<p>Seed {seed}</p>\n{score._repr_html_()}" for seed, score in named)

    return re.sub(r"<!-- pieces: (\w+) -->", pieces, html)
