"""A drawing as SVG: small, alone on a page or inside another, and readable on light and dark ground."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from linnet.picture.drawing import PAINTS, Boxes, Drawing, Lines, Text

__all__ = ["to_svg"]


def to_svg(drawing: Drawing, dark: bool | None = None) -> str:
    """The file's text. It follows the reader's preference for light or dark unless told."""
    theme = "auto" if dark is None else "dark" if dark else "light"
    width, height = _number(drawing.width), _number(drawing.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="linnet-{theme}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(drawing.title)} '
        'font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif" font-size="10">'
    )
    parts = [
        head,
        f"<title>{escape(drawing.title)}</title>",
        f"<desc>{escape(drawing.description)}</desc>",
        f"<style>{_style(theme, dark)}</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>',
        *(_shape(shape) for shape in drawing.shapes),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _style(theme: str, dark: bool | None) -> str:
    """The paints, for this picture alone: a page may hold others, and styles reach all of it."""
    lines = {"beat", "octave", "bar"}

    def rules(column: int) -> str:
        return "".join(
            f".linnet-{theme} .{name}{{{'stroke' if name in lines else 'fill'}:{colours[column]}}}"
            for name, colours in PAINTS.items()
        )

    if dark is not None:
        return rules(int(dark))
    return f"{rules(0)}@media(prefers-color-scheme:dark){{{rules(1)}}}"


def _shape(shape: Boxes | Lines | Text) -> str:
    if isinstance(shape, Text):
        anchor = ' text-anchor="end"' if shape.anchor == "end" else ""
        size = "" if shape.size == 10 else f' font-size="{_number(shape.size)}"'
        bold = ' font-weight="600"' if shape.bold else ""
        place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
        return f'<text class="{shape.paint}" {place}{size}{anchor}{bold}>{escape(shape.words)}</text>'
    if isinstance(shape, Lines):
        path = "".join(f"M{_number(x)} {_number(top)}V{_number(end)}" for x, top, end in shape.upright)
        path += "".join(f"M{_number(left)} {_number(y)}H{_number(end)}" for y, left, end in shape.level)
        return f'<path class="{shape.paint}" shape-rendering="crispEdges" d="{path}"/>'
    classes = f"notes {shape.paint}" if shape.notes else shape.paint
    opacity = "" if shape.opacity == 1 else f' fill-opacity="{_number(shape.opacity)}"'
    boxes = "".join(
        f'<rect x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"/>'
        for x, y, width, height in shape.boxes
    )
    return f'<g class="{classes}"{opacity}>{boxes}</g>'


def _number(value: float) -> str:
    """In a hundredth of a pixel at most, and no digit more than it takes."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
