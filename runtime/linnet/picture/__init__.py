"""Pictures of a piece: a piano roll as SVG, as PNG or in a terminal's characters, and how its bars return.

`bars=(17, 32)` draws those bars alone, counted from 1 as musicians do. `dark` asks for a dark ground (True)
or a light one (False); left out, an SVG follows the reader's preference, and a PNG is light.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from linnet.music.score import Score
from linnet.picture.roll import roll
from linnet.picture.view import View
from linnet.tools.files import write_whole

__all__ = ["matrix", "png", "svg", "text", "write"]

Bars = tuple[int, int]
EXTENSIONS = (".svg", ".png")
MOST_BARS = 2000
"""In a matrix; each has a pixel still."""


def svg(
    score: Score,
    *,
    title: str | None = None,
    bars: Bars | None = None,
    bars_per_row: int | None = None,
    dark: bool | None = None,
) -> str:
    """The piano roll as the text of an SVG file; the same score gives the same text.

    Long pieces get more bars in a row, unless `bars_per_row` says how many.
    """
    from linnet.picture.vector import to_svg

    return to_svg(roll(View(score, title=title, bars=bars), bars_per_row), dark)


def png(
    score: Score,
    *,
    title: str | None = None,
    bars: Bars | None = None,
    bars_per_row: int | None = None,
    dark: bool | None = None,
) -> bytes:
    """The piano roll as the bytes of a PNG file. Needs the extra `plot`; `LinnetError` without it."""
    from linnet.picture.plot import to_png

    return to_png(roll(View(score, title=title, bars=bars), bars_per_row), bool(dark))


def matrix(
    score: Score, *, title: str | None = None, bars: Bars | None = None, dark: bool | None = None
) -> bytes:
    """Which bars are alike, each beside each, as the bytes of a PNG file: a form such as AABB shows as
    stripes beside the diagonal. Needs the extra `plot`; `LinnetError` without it.
    """
    from linnet.music.similarity import bar_contents, likeness
    from linnet.picture.plot import matrix_png

    view = View(score, title=title, bars=bars)
    if view.last - view.first > MOST_BARS:
        raise ValueError(
            f"bars must be at most {MOST_BARS} to be compared with each other, got {view.last - view.first}"
        )
    contents = bar_contents(view.score)[view.first : view.last]
    return matrix_png(likeness(contents), title=view.title, first=view.first + 1, dark=bool(dark))


def text(
    score: Score,
    *,
    title: str | None = None,
    bars: Bars | None = None,
    width: int = 80,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    """The piano roll in block characters, `width` columns wide, for a terminal of this encoding."""
    from linnet.picture.blocks import blocks

    return blocks(View(score, title=title, bars=bars), width, colour=colour, encoding=encoding)


def write(
    score: Score,
    path: str | PathLike[str],
    *,
    title: str | None = None,
    bars: Bars | None = None,
    bars_per_row: int | None = None,
    dark: bool | None = None,
) -> None:
    """Save the piano roll as .svg or .png, whole or not at all; its title is the file's name unless given."""
    check_path(path)
    title = Path(path).stem if title is None else title
    if Path(path).suffix.lower() == ".svg":
        data = svg(score, title=title, bars=bars, bars_per_row=bars_per_row, dark=dark).encode()
    else:
        data = png(score, title=title, bars=bars, bars_per_row=bars_per_row, dark=dark)
    write_whole(path, data)


def check_path(path: str | PathLike[str]) -> None:
    """`ValueError` unless the name is one of a picture."""
    if Path(path).suffix.lower() not in EXTENSIONS:
        raise ValueError(f"a picture's name must end in {' or '.join(EXTENSIONS)}, got {fspath(path)!r}")
