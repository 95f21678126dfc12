"""What a frozen app needs beside linnet's modules: the packaged models, and onnxruntime's library.

The library goes to linnet's own folder, where linnet looks first. So the Python package onnxruntime, which
linnet never imports, stays out of the app.
"""

import logging
from pathlib import Path

from linnet.cli import COMMANDS
from linnet.engine import library
from linnet.music.score import WRITERS

_PACKAGE = Path(library.__file__).parents[1]
_LIBRARY = next(library.installed(), None)

datas = [(str(model), "linnet/models") for model in sorted(_PACKAGE.glob("models/*.onnx"))]
hiddenimports = sorted({*WRITERS.values()})  # found by name when a score is saved
hiddenimports += sorted({f"linnet.cli.{module}" for module in COMMANDS.values()})
# Of use where the app brings them by itself.
excludedimports = ["anywidget", "matplotlib", "music21", "pygame"]
binaries = [(_LIBRARY, "linnet")] if _LIBRARY else []

if not _LIBRARY:
    logging.getLogger(__name__).warning(
        "the app will have no onnxruntime, which models that are not exact need: none is installed"
    )
