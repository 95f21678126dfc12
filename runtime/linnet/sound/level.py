"""How loud sound is, and may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.sound.events import Sounds

_LEVEL = 0.5
"""How loud all is together where it is loudest; a lone note at velocity 127 is 1."""

_KNEE, _ROOM = 0.75, 0.23
"""Above the knee, waves are bent into the room that is left, so nothing is ever clipped."""


def bent(block: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Waves above the knee, bent into the room that is left."""
    size = np.abs(block)
    waves = _KNEE + _ROOM * np.tanh((size - _KNEE) / _ROOM)
    return np.where(size > _KNEE, np.copysign(waves, block), block)


def level(sounds: Sounds) -> float:
    """By how much all notes of a piece are turned down, so that there is room where it is loudest."""
    return _LEVEL / max(1.0, sounds.loudness)
