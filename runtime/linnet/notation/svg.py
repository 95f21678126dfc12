"""What Verovio draws, taken apart: shapes that fpdf2 can read, and words apart from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from linnet.tools.dataclass import dataclass

__all__ = ["Engraved", "Words", "drawn"]

_SVG = "{http://www.w3.org/2000/svg}"

_NOTES = {"\ueca2": "w", "\ueca3": "h", "\ueca5": "q", "\ueca7": "e", "\uecb7": "."}
"""Notes among words: whole, half, quarter, eighth, and a dot."""

_SIGNS = {"\ue260": "b", "\ue262": "#", "\ued60": "b", "\ued62": "#", "\ue261": "", "\ued61": ""}
"""Accidentals among words."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a picture; numbers in its units."""

    x: float
    y: float
    """Of the line that letters stand on."""

    size: float
    words: str
    anchor: str
    """start, middle or end: what of the words is at x."""

    bold: bool
    italic: bool


@dataclass(frozen=True, slots=True)
class Engraved:
    """A picture without words, and the words."""

    width: float
    height: float
    picture: bytes
    texts: tuple[Words, ...]


def drawn(svg: str) -> Engraved:
    """A page of Verovio's."""
    ET.register_namespace("", _SVG[1:-1])
    root = ET.fromstring(svg)
    inner = root.find(f"{_SVG}svg")
    assert inner is not None, "Verovio draws into an inner picture"
    _, _, width, height = map(float, str(inner.get("viewBox")).split())
    for style in [*root.findall(f"{_SVG}style"), *root.findall(f"{_SVG}desc")]:
        root.remove(style)
    texts, shapes = _taken(inner, 0.0, 0.0, bold=False, italic=False)
    inner.tag = f"{_SVG}g"
    for name in ("viewBox", "color", "font-family"):
        inner.attrib.pop(name, None)
    for shape in shapes:
        inner.append(shape)
    root.set("viewBox", f"0 0 {width:g} {height:g}")
    return Engraved(width, height, ET.tostring(root), tuple(texts))


def _taken(
    node: Element, x: float, y: float, *, bold: bool, italic: bool
) -> tuple[list[Words], list[Element]]:
    """Words below a node, which are taken out of it, and shapes that stand for notes among them."""
    texts: list[Words] = []
    shapes: list[Element] = []
    for child in list(node):
        kinds = str(child.get("class", "")).split()
        if "placeholder" in kinds or "bounding-box" in kinds or child.tag == f"{_SVG}title":
            node.remove(child)
            continue
        if child.tag == f"{_SVG}text":
            node.remove(child)
            found, more = _words(child, x, y, bold=bold, italic=italic)
            texts += found
            shapes += more
            continue
        moved = re.match(r"translate\(([-\d.]+),? ?([-\d.]+)\)", str(child.get("transform", "")))
        dx, dy = (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)
        more_texts, more_shapes = _taken(
            child,
            x + dx,
            y + dy,
            bold=bold or not {"tempo", "ending", "reh", "fing"}.isdisjoint(kinds),
            italic=italic or not {"dir", "dynam", "mNum"}.isdisjoint(kinds),
        )
        texts += more_texts
        shapes += more_shapes
    return texts, shapes


def _words(
    text: Element, x: float, y: float, *, bold: bool, italic: bool
) -> tuple[list[Words], list[Element]]:
    x += float(text.get("x", 0))
    y += float(text.get("y", 0))
    anchor = str(text.get("text-anchor", "start"))
    texts: list[Words] = []
    shapes: list[Element] = []
    said, size = "", 0.0
    for run, height in _runs(text, 0.0):
        notes = "".join(_NOTES.get(letter, "") for letter in run)
        if notes and not said:
            shapes += _note(notes, x, y)
            x += 300 + 130 * notes.count(".")
            continue
        said += "".join(
            _SIGNS.get(letter, "" if "\ue000" <= letter <= "\uf8ff" else letter) for letter in run
        )
        size = max(size, height if run[:1] < "\ue000" else 0.0)
    said = re.sub(r"\s+", " ", said.replace("\xa0", " "))
    if said.strip():
        lead = len(said) - len(said.lstrip())
        texts.append(Words(x + 100 * lead, y, size or 405.0, said.strip(), anchor, bold, italic))
    return texts, shapes


def _runs(node: Element, size: float) -> Iterator[tuple[str, float]]:
    """What is written below a node, with its height."""
    size = float(str(node.get("font-size", size)).removesuffix("px"))
    if node.text and node.text.strip("\n\t "):
        yield node.text.strip("\n\t "), size
    for child in node:
        yield from _runs(child, size)


def _note(kinds: str, x: float, y: float) -> list[Element]:
    """A small note, its head on the line that letters stand on."""
    head = {"transform": f"translate({x + 100:g},{y - 70:g}) rotate(-25)"}
    open_head = kinds[0] in "wh"
    found = [Element(f"{_SVG}g", head)]
    shape = {"cx": "0", "cy": "0", "rx": "105", "ry": "72"}
    shape |= {"fill": "none", "stroke": "black", "stroke-width": "28"} if open_head else {"fill": "black"}
    ET.SubElement(found[0], f"{_SVG}ellipse", shape)
    if kinds[0] != "w":
        stem = f"M{x + 190:g} {y - 90:g} V{y - 560:g} H{x + 212:g} V{y - 90:g} Z"
        found.append(Element(f"{_SVG}path", {"d": stem, "fill": "black"}))
    if kinds[0] == "e":
        flag = f"M{x + 200:g} {y - 560:g} C{x + 220:g} {y - 430:g} {x + 380:g} {y - 420:g} "
        flag += f"{x + 320:g} {y - 220:g} "
        flag += f"C{x + 340:g} {y - 370:g} {x + 240:g} {y - 400:g} {x + 200:g} {y - 430:g} Z"
        found.append(Element(f"{_SVG}path", {"d": flag, "fill": "black"}))
    if "." in kinds:
        dot = {"cx": f"{x + 290:g}", "cy": f"{y - 70:g}", "rx": "32", "ry": "32", "fill": "black"}
        found.append(Element(f"{_SVG}ellipse", dot))
    return found
