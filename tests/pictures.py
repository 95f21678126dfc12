"""The trainer's pictures are painted for tests that look at them: each takes a second, every run has some."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from linnet_train import drawing

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""

_plain_text = drawing.plain_text


@contextmanager
def painted(really: bool = True) -> Iterator[None]:
    """In here the trainer's pictures are painted, or really not: a figure is made, and a dot is its PNG."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "plain_text", _plain_text if really else _unpainted)
        yield


@contextmanager
def _unpainted() -> Iterator[None]:
    from matplotlib.figure import Figure

    paint = Figure.savefig

    def savefig(figure: Figure, file: IO[bytes], *, format: str, **settings: Any) -> None:
        if format == "png":
            file.write(DOT)
        else:
            paint(figure, file, format=format, **settings)

    with _plain_text(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig)
        yield
