"""numpy, imported when something first needs it.

To make a piece and write it as MIDI needs none, and importing it takes as long as all the rest together: on a
small board that is a second.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["np"]

if TYPE_CHECKING:
    import numpy as np
else:

    class _Numpy:
        """Looks like the module; each name is fetched once."""

        def __getattr__(self, name: str) -> Any:  # whatever numpy has there
            value = getattr(importlib.import_module("numpy"), name)
            setattr(self, name, value)
            return value

    np = _Numpy()
