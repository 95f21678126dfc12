"""What matplotlib draws: pictures as PNG, and the likeness of bars as a matrix."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from linnet.errors import LinnetError
from linnet.picture.drawing import PAINTS, Boxes, Drawing, Lines, Text

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["matrix_png", "to_png"]

SCALE = 2
"""Pixels of the file for each of the drawing's, so that it stays sharp on a dense screen and on paper."""

DPI = 72 * SCALE  # one point of text is then one pixel of the drawing
MOST_PIXELS = 2**15
"""No file gets wider or higher."""

MOST_TICKS = 16


def to_png(drawing: Drawing, dark: bool = False) -> bytes:
    """The file's bytes."""
    tallest = max(drawing.width, drawing.height) * SCALE
    if tallest > MOST_PIXELS:
        raise ValueError(
            f"a PNG of {tallest:.0f} pixels is more than the {MOST_PIXELS} that programs can show: "
            "take fewer bars or more of them in a row, or save as .svg"
        )
    figure, axes = _canvas(drawing.width, drawing.height, dark)
    axes.set_position((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    for order, shape in enumerate(drawing.shapes):
        _paint(axes, shape, order, dark)
    return _bytes(figure)


def _paint(axes: Axes, shape: Boxes | Lines | Text, order: int, dark: bool) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    colour = PAINTS[shape.paint][dark]
    if isinstance(shape, Boxes):
        corners = [((x, y), (x + w, y), (x + w, y + h), (x, y + h)) for x, y, w, h in shape.boxes]
        axes.add_collection(
            PolyCollection(corners, facecolors=colour, alpha=shape.opacity, linewidths=0, zorder=order),
            autolim=False,
        )
    elif isinstance(shape, Lines):
        ends = [((x, top), (x, bottom)) for x, top, bottom in shape.upright]
        ends += [((left, y), (right, y)) for y, left, right in shape.level]
        axes.add_collection(LineCollection(ends, colors=colour, linewidths=1, zorder=order), autolim=False)
    else:
        axes.text(
            shape.x, shape.y, shape.words, color=colour, fontsize=shape.size, zorder=order,
            ha="left" if shape.anchor == "start" else "right", va="baseline",
            weight="bold" if shape.bold else "normal", parse_math=False,  # a $ in a name is a $
        )  # fmt: skip


def matrix_png(likeness: NDArray[np.float64], *, title: str, first: int, dark: bool = False) -> bytes:
    """The bars of a piece beside each other, from 0 (nothing in common) to 1 (the same).

    `likeness` is (bars, bars), and bar `first` is the first of them.
    """
    from matplotlib.colors import LinearSegmentedColormap

    figure, axes = _canvas(720, 650, dark)
    axes.set_position((0.07, 0.05, 0.79, 0.875))  # a square, room for numbers and title around it
    ink, quiet = (PAINTS[paint][dark] for paint in ("ink", "quiet"))
    last = first + len(likeness) - 1
    edges = (first - 0.5, last + 0.5, last + 0.5, first - 0.5)
    paints = [PAINTS[paint][dark] for paint in ("stripe", "voice0")]
    shades = LinearSegmentedColormap.from_list("likeness", paints)
    image = axes.imshow(likeness, cmap=shades, vmin=0, vmax=1, interpolation="nearest", extent=edges)
    axes.set_title(title, loc="left", fontsize=17, color=ink, weight="bold", pad=12, parse_math=False)
    scale = figure.colorbar(image, cax=figure.add_axes((0.88, 0.05, 0.025, 0.875)))
    scale.set_label("notes that two bars share, of all in either", color=quiet, fontsize=12)
    scale.outline.set_visible(False)
    step = 1
    while len(likeness) > step * MOST_TICKS:
        step *= 2
    numbered = range(first, last + 1, step)
    axes.set(xticks=numbered, yticks=numbered)
    axes.spines[:].set_visible(False)
    for which in (axes, scale.ax):
        which.tick_params(colors=quiet, labelsize=11, length=3)
    return _bytes(figure)


def _canvas(width: float, height: float, dark: bool) -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure  # not pyplot: no window system is asked for
    except ImportError as error:
        raise LinnetError(
            "a PNG needs matplotlib, which is not installed: pip install 'linnet[plot]', or save as .svg"
        ) from error
    ground = PAINTS["ground"][dark]
    figure = Figure(figsize=(width / 72, height / 72), dpi=DPI, facecolor=ground)
    return figure, figure.add_subplot(facecolor=ground)


def _bytes(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box for it says as much
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
