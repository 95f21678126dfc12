"""The terminal, which may be of any encoding, or not there at all."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path


def any_encoding() -> None:
    """Lets the standard streams take every text: what their encoding lacks becomes a question mark.

    A program without a window of text has no streams, and what is said to it is lost.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without an é is no reason to stop
