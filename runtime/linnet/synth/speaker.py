"""The loudspeaker, which asks for sound a few frames at a time; through pygame-ce's SDL."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
        device = _device()
        self.ahead = Ahead(sound, block=block, blocks=blocks)
        """What it plays from; `ahead.dropouts` counts gaps."""

        ahead = self.ahead

        def callback(_: Any, memory: memoryview) -> None:
            memory[:] = ahead.read(len(memory) // 8).tobytes()

        try:
            self._device = device(rate, block, callback)
        except Exception:
            self.ahead.close()
            raise
        self._device.pause(0)

    def close(self) -> None:
        """Ends the sound at once; raises what ended it before, if anything did."""
        if self._device is not None:
            _close(self._device.deviceid)
            self._device = None
        self.ahead.close()


def _close(number: int) -> None:
    """Ends a device of SDL.

    SDL asks for sound with a lock held, and the answer waits for the GIL; pygame's own `close` waits for that
    lock and keeps the GIL, so that both may wait for ever. A call through ctypes lets go of it.
    """
    from pygame._sdl2 import audio

    library = ctypes.CDLL("SDL2.dll" if os.name == "nt" else audio.__file__)  # finds what that is linked with
    library.SDL_PauseAudioDevice(ctypes.c_uint32(number), ctypes.c_int(1))
    library.SDL_CloseAudioDevice(ctypes.c_uint32(number))


def _device() -> Callable[[int, int, Callable[[Any, memoryview], None]], Any]:
    """What opens SDL's device; it has no types."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        from pygame import _sdl2
    except ImportError as missing:
        raise LinnetError(
            "the loudspeaker is played by pygame-ce, which is not installed: pip install 'linnet[audio]'"
        ) from missing

    def opened(rate: int, block: int, callback: Callable[[Any, memoryview], None]) -> Any:
        try:
            with hushed():  # ALSA has much to say where it finds nothing
                _sdl2.init_subsystem(_sdl2.INIT_AUDIO)
                return _sdl2.AudioDevice(None, False, rate, _sdl2.AUDIO_F32, 2, block, 0, callback)
        except _sdl2.error as reason:
            raise LinnetError(f"there is no loudspeaker ({in_one_line(reason)})") from reason

    return opened
