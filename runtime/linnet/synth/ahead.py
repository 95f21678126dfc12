"""Sound kept ready for an audio callback that must never wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from linnet.controls import kinds
from linnet.tools.closing import Closing
from linnet.tools.lazy import np
from linnet.tools.urgent import be_urgent, brief_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ahead"]

_BLOCK = kinds.whole(16, 16_384)
_BLOCKS = kinds.whole(1, 64)
_PATIENCE = 0.05
"""Seconds after which the thread looks whether there is room, if nobody rang."""


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
        self._ring = np.zeros((self._size, 2), np.float32)
        self._made = self._read = 0  # frames; each is written by one thread only
        self._bell = threading.Lock()
        self._closing = False
        self.error: BaseException | None = None
        """What ended the sound before its time, if anything did; `close` raises it."""

        self.dropouts = 0
        """How often `read` found less than it was to give."""

        self.missing = 0
        """How many frames of silence that came to."""

        self._fill()
        self._thread = threading.Thread(target=self._run, name="linnet sound", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> int:
        """Frames that are made and not read yet."""
        return self._made - self._read

    def read(self, frames: int) -> NDArray[np.float32]:
        """The next frames, without waiting. (frames, 2)"""
        out = np.zeros((frames, 2), np.float32)
        count, place = min(frames, self._made - self._read), self._read % self._size
        head = min(count, self._size - place)
        out[:head] = self._ring[place : place + head]
        out[head:count] = self._ring[: count - head]
        self._read += count
        if count < frames:
            self.dropouts += 1
            self.missing += frames - count
        if self._bell.locked():  # only this thread lets go of it
            self._bell.release()
        return out

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
        while self._made - self._read <= self._size - self.block and not self._closing:
            place = self._made % self._size
            self._ring[place : place + self.block] = self._sound(self.block)
            self._made += self.block

    def _run(self) -> None:
        be_urgent()
        try:
            with brief_turns():
                while not self._closing:
                    self._fill()
                    self._bell.acquire(timeout=_PATIENCE)
        except BaseException as error:  # whoever closes it hears of it
            self.error = error
