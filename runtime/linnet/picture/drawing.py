"""A picture as plain shapes in named paints, and what each paint looks like on paper and in the dark.

Everything is in pixels from the top left corner. `picture.vector` and `picture.plot` put it on a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from linnet.tools.dataclass import dataclass, field

__all__ = ["COLOURS", "PAINTS", "Box", "Boxes", "Drawing", "Lines", "Text", "text_width"]

COLOURS = 14
"""How many voices a picture can tell apart."""

# The colours of Okabe and Ito (2008), which the colour-blind can tell apart, some of them a little lighter
# in the dark. Their yellow would be lost on white, and their black is too near the text: grey stands in. From
# the eighth voice on they return, darker on light ground and lighter on dark.
_VOICES = (
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#e69f00"),
    ("#009e73", "#1fbf92"),
    ("#cc79a7", "#d98cb8"),
    ("#e69f00", "#f0e442"),
    ("#56b4e9", "#ea6a1f"),
    ("#7b8490", "#b4bcc6"),
)


def _mixed(colour: str, other: int, share: float) -> str:
    """The colour with so much of black (0) or white (255) in it."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02x}" for part in parts)


PAINTS = {
    "ground": ("#ffffff", "#14171b"),
    "stripe": ("#f3f4f6", "#1b1f24"),
    "beat": ("#e6e8ec", "#272c33"),
    "octave": ("#c9ced5", "#39414a"),
    "bar": ("#a7aeb8", "#56606c"),
    "quiet": ("#5f6873", "#a2abb6"),
    "ink": ("#1f242b", "#e8ebef"),
} | {
    f"voice{i}": colours
    for i, colours in enumerate(
        (*_VOICES, *((_mixed(light, 0, 0.45), _mixed(dark, 255, 0.55)) for light, dark in _VOICES))
    )
}
"""Colours on light and on dark ground."""

Box = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Filled rectangles."""

    paint: str
    boxes: Sequence[Box]
    opacity: float = 1.0
    notes: bool = False
    """Whether they are music, and not what stands around it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Upright lines (x, top, bottom) and level ones (y, left, right), one pixel wide."""

    paint: str
    upright: Sequence[tuple[float, float, float]] = ()
    level: Sequence[tuple[float, float, float]] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Words on one line; x is where they start, or end, and y their base line."""

    x: float
    y: float
    words: str
    paint: str = "quiet"
    size: float = 10
    anchor: Literal["start", "end"] = "start"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes from the back to the front."""

    width: float
    height: float
    title: str
    description: str
    shapes: list[Boxes | Lines | Text] = field(default_factory=list)


def text_width(words: str, size: float) -> float:
    """About how wide the words are in a usual font without serifs."""
    return 0.58 * size * len(words)
