"""Model files that are to be played much: by linnet's own engine, which is the faster one, where it can."""

from __future__ import annotations

import os
from os import PathLike

import linnet
from linnet.engine.network import VARIABLE
from linnet.errors import ModelError, ModelFormatError, ModelVersionError
from linnet.model import Model


def load(name_or_path: str | PathLike[str]) -> Model:
    """What `linnet.load` opens, and with the same notes: in linnet's own engine where the model is exact.

    Where LINNET_ENGINE is set, it has its way.

    Raises:
        FileNotFoundError: When there is neither a packaged model nor a file of that name.
        ModelError: Or one of its kin, for a file that cannot be used.
    """
    if os.environ.get(VARIABLE):
        return linnet.load(name_or_path)
    try:
        return linnet.load(name_or_path, engine="native")
    except (ModelFormatError, ModelVersionError):
        raise
    except ModelError:  # one that is not exact
        return linnet.load(name_or_path)
