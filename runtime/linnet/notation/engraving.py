"""Sheet music as pictures and on paper: engraved by Verovio, laid out on pages by fpdf2 (extra `score`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from linnet.errors import LinnetError
from linnet.music.score import Score
from linnet.notation import musicxml
from linnet.notation.svg import Engraved, drawn
from linnet.tools.dataclass import dataclass
from linnet.tools.files import write_whole
from linnet.tools.text import printable

__all__ = ["FORMATS", "Item", "sheet", "svg", "write"]

FORMATS = (".pdf", ".svg", ".png")
"""What is engraved."""

_PAGE = 210.0, 297.0
"""Millimetres of A4."""

_MARGIN, _GAP, _HEAD = 16.0, 6.0, 12.0
"""Round a page, between two pieces on it, and under its title."""

_LABEL = 8.0
"""For the label above a piece: the stem of a tempo mark reaches above its picture."""

_SHARPNESS = 150
"""Dots an inch of a PNG."""

_TENTHS = 10
"""Verovio counts tenths of a millimetre."""

_BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
"""In every PDF, so that the same music makes the same bytes."""


@dataclass(frozen=True, slots=True)
class Item:
    """One of several pieces on a sheet."""

    score: Score
    label: str = ""
    """Above it, such as its number."""

    bars_a_line: int | None = None
    """None: as many as there is room for."""

    piano: bool = False
    """Whether its parts are the staves of one piano, with a brace and no names."""


def write(score: Score, path: str | PathLike[str], *, title: str | None = None) -> None:
    """Engraves a piece: a .pdf of all its pages, or one .svg or .png with all of it.

    The title is the file's name unless given. `LinnetError` without the libraries of the extra `score`.
    """
    path = Path(path)
    title = path.stem if title is None else title
    if path.suffix.lower() == ".svg":
        write_whole(path, svg(score).encode())
        return
    document = _Sheet(title)
    if path.suffix.lower() == ".png":
        document.put_all_on_one_page(_engraved(Item(score), height=None))
        write_whole(path, _pictures(document.written())[0])
        return
    for page in _engraved(Item(score), height=_PAGE[1] - 2 * _MARGIN - _HEAD):
        document.put(page)
    write_whole(path, document.written())


def sheet(items: Sequence[Item], path: str | PathLike[str], *, title: str) -> list[Path]:
    """Several pieces on one sheet, one under the other, with its title and their labels.

    Returns:
        The files that were written: one .pdf, or a .png for each of its pages (name-1.png, name-2.png, ..
        where there are several).

    Raises:
        ValueError: For a name that ends otherwise.
        LinnetError: Without the libraries of the extra `score`.
    """
    path = Path(path)
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"path must end in .pdf or .png, got {str(path)!r}")
    document = _Sheet(title)
    for item in items:
        for place, page in enumerate(_engraved(item, height=None)):
            document.put(page, label=item.label if place == 0 else "")
    data = document.written()
    if path.suffix.lower() == ".pdf":
        write_whole(path, data)
        return [path]
    pictures = _pictures(data)
    count = len(pictures)
    names = [path] if count == 1 else [path.with_stem(f"{path.stem}-{i + 1}") for i in range(count)]
    for name, picture in zip(names, pictures, strict=True):
        write_whole(name, picture)
    return names


def svg(score: Score) -> str:
    """A piece as one SVG picture, however long it is."""
    toolkit = _toolkit(Item(score), None)
    return str(toolkit.renderToSVG(1))


def _engraved(item: Item, height: float | None) -> list[Engraved]:
    """The pages of a piece, of so many millimetres; None: one as high as need be."""
    toolkit = _toolkit(item, height)
    return [drawn(toolkit.renderToSVG(page + 1)) for page in range(toolkit.getPageCount())]


def _toolkit(item: Item, height: float | None) -> Any:  # Verovio has no types
    try:
        import verovio
    except ImportError as error:
        raise _missing("engraved by Verovio") from error
    verovio.enableLog(verovio.LOG_OFF)
    # Verovio keeps where its fonts are for each thread, and is told in the one that imports it alone.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).with_name("data")))
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "pageWidth": int((_PAGE[0] - 2 * _MARGIN) * _TENTHS),
            "pageHeight": 60_000 if height is None else int(height * _TENTHS),
            "adjustPageHeight": True,
            **{f"pageMargin{side}": 0 for side in ("Top", "Bottom", "Left", "Right")},
            "scale": 100,
            "svgViewBox": True,
            "header": "none",
            "footer": "none",
            "breaks": "encoded" if item.bars_a_line else "auto",
            "minLastJustification": 0,
            "spacingSystem": 7,
            "xmlIdSeed": 1,
        }
    )
    if not toolkit.loadData(_prepared(musicxml.dumps(item.score), item)):
        raise LinnetError("Verovio cannot engrave this piece")
    return toolkit


def _prepared(data: bytes, item: Item) -> str:
    """MusicXML with a final bar line, lines of so many bars, and no name for a part that is alone."""
    root, bars_a_line = ET.fromstring(data), item.bars_a_line
    parts = root.findall("part")
    for part in parts:
        measures = part.findall("measure")
        last = measures[-1]
        if last.find("barline[@location='right']") is None:
            line = ET.SubElement(last, "barline", location="right")
            ET.SubElement(line, "bar-style").text = "light-heavy"
        short = len(measures) > 1 and measures[0].get("implicit") == "yes"
        for number, measure in enumerate(measures):
            for old in measure.findall("print"):
                measure.remove(old)
            full = number - short
            if bars_a_line and full > 0 and full % bars_a_line == 0:
                measure.insert(0, ET.Element("print", {"new-system": "yes"}))
    if item.piano:
        _brace(root)
    if len(parts) == 1 or item.piano:
        for name in ("part-name", "part-abbreviation"):
            for each in root.iterfind(f"part-list/score-part/{name}"):
                each.text = ""
    return ET.tostring(root, encoding="unicode")


def _brace(root: ET.Element) -> None:
    """All parts under one brace, their bar lines joined."""
    names = root.find("part-list")
    assert names is not None
    for old in names.findall("part-group"):
        names.remove(old)
    group = ET.Element("part-group", {"type": "start", "number": "1"})
    ET.SubElement(group, "group-symbol").text = "brace"
    ET.SubElement(group, "group-barline").text = "yes"
    names.insert(0, group)
    names.append(ET.Element("part-group", {"type": "stop", "number": "1"}))


class _Sheet:
    """Pages of A4 that fill from above."""

    def __init__(self, title: str) -> None:
        try:
            from fpdf import FPDF
        except ImportError as error:
            raise _missing("laid out by fpdf2") from error
        self._title = printable(title)
        self._pdf = FPDF(unit="mm", format="a4")
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.creation_date = _BEGAN
        self._at = 0.0
        self._bare = True
        """Whether nothing stands on the page yet, its title apart."""

    def put(self, engraved: Engraved, *, label: str = "") -> None:
        """What is engraved, on this page if there is room."""
        width = _PAGE[0] - 2 * _MARGIN
        height = width * engraved.height / engraved.width
        above = _LABEL if label else 0.0
        if not self._pdf.page or (not self._bare and self._at + above + height > _PAGE[1] - _MARGIN):
            self._begin_page(_PAGE[1])
        if label:
            self._text(_MARGIN, self._at + 3.5, label, size=11, bold=True)
        self._draw(engraved, self._at + above, width, height)
        self._at += above + height + _GAP
        self._bare = False

    def put_all_on_one_page(self, pages: Sequence[Engraved]) -> None:
        """What is engraved, on a page as high as it is."""
        width = _PAGE[0] - 2 * _MARGIN
        heights = [width * page.height / page.width for page in pages]
        self._begin_page(sum(heights) + 2 * _MARGIN + _HEAD + _GAP * len(pages))
        for page, height in zip(pages, heights, strict=True):
            self._draw(page, self._at, width, height)
            self._at += height + _GAP

    def written(self) -> bytes:
        """The PDF."""
        return bytes(self._pdf.output())

    def _begin_page(self, height: float) -> None:
        first = not self._pdf.page
        self._pdf.add_page(format=(_PAGE[0], height))
        self._at, self._bare = _MARGIN, True
        if first and self._title:
            self._pdf.set_font("times", "B", 18)
            x = (_PAGE[0] - self._pdf.get_string_width(_plain(self._title))) / 2
            self._text(x, _MARGIN + 5, self._title, size=18, bold=True)
            self._at += _HEAD
        elif self._title:
            self._text(_MARGIN, _MARGIN - 6, f"{self._title}, page {self._pdf.page}", size=9)

    def _draw(self, engraved: Engraved, y: float, width: float, height: float) -> None:
        self._pdf.image(BytesIO(engraved.picture), x=_MARGIN, y=y, w=width, h=height)
        scale = width / engraved.width
        for text in engraved.texts:
            x = _MARGIN + text.x * scale
            size = text.size * scale * 72 / 25.4
            style = ("B" if text.bold else "") + ("I" if text.italic else "")
            self._pdf.set_font("times", style, size)
            words = _plain(text.words)
            wide = self._pdf.get_string_width(words)
            x -= wide if text.anchor == "end" else wide / 2 if text.anchor == "middle" else 0.0
            self._pdf.text(x, y + text.y * scale, words)

    def _text(self, x: float, y: float, words: str, *, size: float, bold: bool = False) -> None:
        self._pdf.set_font("times", "B" if bold else "", size)
        self._pdf.text(x, y, _plain(words))


def _plain(words: str) -> str:
    """In the letters that the fonts of every PDF reader have."""
    words = words.replace("\u266d", "b").replace("\u266f", "#").replace("\u2013", "-").replace("\u2019", "'")
    return re.sub(r"[^\x20-\x7e\xa0-\xff]", "?", words)


def _pictures(data: bytes) -> list[bytes]:
    """The pages of a PDF as PNG."""
    try:
        import pypdfium2
    except ImportError as error:
        raise _missing("made a picture of by pypdfium2") from error
    found = []
    for sheet_of in pypdfium2.PdfDocument(data):
        file = BytesIO()
        sheet_of.render(scale=_SHARPNESS / 72).to_pil().save(file, "PNG")
        found.append(file.getvalue())
    return found


def _missing(done: str) -> LinnetError:
    return LinnetError(f"sheet music is {done}, which is not installed: pip install 'linnet[notation,score]'")
