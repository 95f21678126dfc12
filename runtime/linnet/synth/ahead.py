"""Sound kept ready for an audio callback that must never wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from linnet._core import Ring
from linnet.controls import kinds
from linnet.tools.closing import Closing
from linnet.tools.lazy import np
from linnet.tools.urgent import be_urgent, brief_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ahead"]

_BLOCK = kinds.whole(16, 16_384)
_BLOCKS = kinds.whole(1, 64)
_FASTEST = 96_000
"""Frames that are read in a second, at most: the thread looks for room when a block of them may have gone.
Nobody tells it, because an audio callback has no time for that."""


class Ahead(Closing):
    """A thread that makes sound before it is wanted, and keeps it ready.

        def sound(frames):
            synth.play(stream.advance(frames / synth.rate))
            return synth.render(frames)

        with Ahead(sound) as ahead:
            ...  # an audio callback calls ahead.read(frames)

    `read` copies what is there and never waits: no lock is shared with the thread that makes it. Where it
    has come too late there is silence, which is counted. What is changed in the music is heard so many blocks
    later. While it runs, Python switches between threads every millisecond (`sys.setswitchinterval`), so that
    a busy game does not keep it waiting.

    A callback that is written in Python waits for the GIL before it can call `read`, and beside a busy thread
    comes late now and then, whatever is ready. So there are `sdl` and `portaudio`, functions in C that do the
    same without Python. The library that calls them must be told to stop before this is closed and gone.
    """

    def __init__(
        self, sound: Callable[[int], NDArray[np.float32]], *, block: int = 512, blocks: int = 4
    ) -> None:
        """Makes the first blocks, and then begins its thread.

        Args:
            sound: makes the next frames (frames, 2); it is called in the thread. An error of its ends the
                sound, and is raised by `close`.
            block: frames that are made at a time, 16 to 16,384.
            blocks: how many are kept ready, 1 to 64.
        """
        self.block: int = kinds.read("block", _BLOCK, block)
        self._size = self.block * int(kinds.read("blocks", _BLOCKS, blocks))
        self._sound = sound
        self._ring = Ring(self._size)
        self._next = np.zeros((self.block, 2), np.float32)
        self._closing = False
        self.error: BaseException | None = None
        """What ended the sound before its time, if anything did; `close` raises it."""

        self._fill()
        self._thread = threading.Thread(target=self._run, name="linnet sound", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> int:
        """Frames that are made and not read yet."""
        return self._ring.ready

    @property
    def dropouts(self) -> int:
        """How often less was there to read than was wanted."""
        return self._ring.gaps

    @property
    def missing(self) -> int:
        """How many frames of silence that came to."""
        return self._ring.missing

    def read(self, frames: int) -> NDArray[np.float32]:
        """The next frames, without waiting. (frames, 2)"""
        out = np.empty((frames, 2), np.float32)
        self._ring.read(out)
        return out

    @property
    def sdl(self) -> int:
        """The address of a C function that reads as SDL asks, a `SDL_AudioCallback`."""
        return self._ring.sdl

    @property
    def portaudio(self) -> int:
        """The address of a C function that reads as PortAudio asks, a `PaStreamCallback`."""
        return self._ring.portaudio

    @property
    def userdata(self) -> int:
        """What `sdl` and `portaudio` are to be called with."""
        return self._ring.userdata

    def close(self) -> None:
        """Ends the thread; raises what ended it before, if anything did."""
        self._closing = True
        if self._thread is not threading.current_thread():
            self._thread.join()
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _fill(self) -> None:
        """Makes blocks while there is room for one."""
        while self._ring.ready <= self._size - self.block and not self._closing:
            self._next[:] = self._sound(self.block)
            self._ring.write(self._next)

    def _run(self) -> None:
        be_urgent()
        try:
            with brief_turns():
                while not self._closing:
                    self._fill()
                    time.sleep(self.block / _FASTEST)  # to the millisecond on Windows too, unlike locks
        except BaseException as error:  # whoever closes it hears of it
            self.error = error
