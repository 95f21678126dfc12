"""Modules that are imported when something first needs them, numpy above all.

To make a piece and write it as MIDI needs no numpy, and importing it takes as long as all the rest together:
on a small board that is a second.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["later", "np"]


class _Later:
    """Looks like the module; each name is fetched once."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:  # whatever the module has there
        value = getattr(importlib.import_module(self._module), name)
        setattr(self, name, value)
        return value


def later(module: str) -> Any:  # it looks like a module of that name
    """Stands for a module until something of it is needed.

    Beside it belongs an import for type checkers, by which programs that pack apps find the module too.
    """
    return _Later(module)


if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")
