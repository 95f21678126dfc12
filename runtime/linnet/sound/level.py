"""How loud sound may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KNEE, _ROOM = 0.75, 0.23
"""Above the knee, waves are bent into the room that is left, so nothing is ever clipped."""


def bent(block: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Waves above the knee, bent into the room that is left."""
    size = np.abs(block)
    waves = _KNEE + _ROOM * np.tanh((size - _KNEE) / _ROOM)
    return np.where(size > _KNEE, np.copysign(waves, block), block)
