"""Scores in notebooks: each shows its piano roll and plays itself, and `Studio` changes it.

In notebooks such as Jupyter and marimo, the last line of a cell is shown:

    score = linnet.load("folk").generate(bars=16, seed=7)
    score                             # a roll that plays, also in exported HTML and without a network
    studio = linnet.ui.Studio(score)  # choose bars, and have them composed anew (extra `notebook`)
    studio.score                      # the piece as it is now
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.errors import LinnetError
from linnet.ui.shown import html

if TYPE_CHECKING:
    from linnet.ui.widget import Studio

__all__ = ["Studio", "html"]


def __getattr__(name: str) -> object:
    """The widget comes when somebody asks for it, with the package that it needs."""
    if name != "Studio":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from linnet.ui.widget import Studio
    except ImportError as error:
        raise LinnetError(
            f"linnet.ui.Studio needs {error.name}, which is not installed: pip install 'linnet[notebook]'"
        ) from error
    return Studio
