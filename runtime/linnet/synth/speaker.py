"""The loudspeaker, which takes sound a few frames at a time; through the SDL inside pygame-ce."""

from __future__ import annotations

import ctypes
import os
import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from linnet.errors import LinnetError, in_one_line
from linnet.synth.ahead import Ahead
from linnet.tools.closing import Closing
from linnet.tools.quiet import hushed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Speaker"]


class Speaker(Closing):
    """Plays sound while it is made, until it is closed.

    with Speaker(sound, rate=synth.rate) as speaker:
        ...
    """

    def __init__(
        self,
        sound: Callable[[int], NDArray[np.float32]],
        *,
        rate: int,
        block: int = 512,
        blocks: int = 4,
    ) -> None:
        """Begins to play.

        Args:
            sound: makes the next frames (frames, 2); called in a thread of its own, as `Ahead` does.
            rate: frames a second.
            block: frames that the loudspeaker asks for at a time.
            blocks: how many are kept ready; what is changed is heard as much later.

        Raises:
            LinnetError: where pygame-ce or a loudspeaker is missing.
        """
        sdl = _sdl()
        self.ahead = Ahead(sound, block=block, blocks=blocks)
        """What it plays from; `ahead.dropouts` counts gaps."""

        try:
            device = _opened(sdl, rate, block, self.ahead)
        except BaseException:
            self.ahead.close()
            raise
        # Nobody may read from `ahead` when that is gone, also where this is forgotten before it is closed.
        self._end = weakref.finalize(self, sdl.SDL_CloseAudioDevice, device)
        sdl.SDL_PauseAudioDevice(device, 0)

    def close(self) -> None:
        """Ends the sound at once; raises what ended it before, if anything did."""
        self._end()  # waits until nobody reads any more
        self.ahead.close()


class _Spec(ctypes.Structure):
    """How SDL opens a device, its SDL_AudioSpec."""

    _fields_ = (
        ("freq", ctypes.c_int),
        ("format", ctypes.c_uint16),
        ("channels", ctypes.c_uint8),
        ("silence", ctypes.c_uint8),
        ("samples", ctypes.c_uint16),
        ("padding", ctypes.c_uint16),
        ("size", ctypes.c_uint32),
        ("callback", ctypes.c_void_p),
        ("userdata", ctypes.c_void_p),
    )


_AUDIO = 0x10
"""SDL_INIT_AUDIO."""

_FLOAT32 = 0x8120 if sys.byteorder == "little" else 0x9120
"""AUDIO_F32SYS."""


def _sdl() -> ctypes.CDLL:
    """The library inside pygame-ce."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        from pygame._sdl2 import audio
    except ImportError as missing:
        raise LinnetError(
            "the loudspeaker is played by pygame-ce, which is not installed: pip install 'linnet[audio]'"
        ) from missing
    library = ctypes.CDLL("SDL2.dll" if os.name == "nt" else audio.__file__)  # finds what that is linked with
    device, library.SDL_GetError.restype = ctypes.c_uint32, ctypes.c_char_p
    library.SDL_OpenAudioDevice.restype = device
    library.SDL_OpenAudioDevice.argtypes = (
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.POINTER(_Spec),
        ctypes.POINTER(_Spec),
        ctypes.c_int,
    )
    library.SDL_PauseAudioDevice.argtypes = (device, ctypes.c_int)
    library.SDL_CloseAudioDevice.argtypes = (device,)
    return library


def _opened(sdl: ctypes.CDLL, rate: int, block: int, ahead: Ahead) -> int:
    """The number of a device that reads from `ahead`, in a thread of SDL that never asks for the GIL.

    That is why pygame does not open it, whose callback is in Python and comes late beside a busy game.
    """
    wanted = _Spec(
        freq=rate, format=_FLOAT32, channels=2, samples=block, callback=ahead.sdl, userdata=ahead.userdata
    )
    with hushed():  # ALSA has much to say where it finds nothing
        found: int = 0
        # Until the program ends, because pygame's mixer may use it, too.
        if sdl.SDL_InitSubSystem(_AUDIO) == 0:
            found = sdl.SDL_OpenAudioDevice(None, 0, ctypes.byref(wanted), None, 0)
        reason = sdl.SDL_GetError().decode(errors="replace")
    if not found:
        raise LinnetError(f"there is no loudspeaker ({in_one_line(reason)})")
    return found
