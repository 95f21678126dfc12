"""A thread that composes ahead of a stream. It plays in C, and asks for the GIL once in a bar."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from linnet.stream.player import Player


class Worker:
    """Composes whenever the player is not composed far enough ahead; ends with the player, or at `close`."""

    def __init__(self, player: Player) -> None:
        """Starts at once."""
        self._changed = threading.Condition()
        self._halts = 0
        self._composing = False
        self._closing = False
        self._error: BaseException | None = None
        self._loop = player.composer.loop
        # It must not keep the player alive: a stream that is forgotten ends its worker.
        self._player = weakref.ref(player, lambda _: self.close())
        threading.Thread(target=self._work, name="linnet", daemon=True).start()

    def wake(self) -> None:
        """To be called when there may be something to do."""
        with self._changed:
            self._changed.notify_all()

    def check(self) -> None:
        """Raises what went wrong in the thread."""
        if self._error is not None:
            raise self._error

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Nothing is composed meanwhile."""
        with self._changed:
            self._halts += 1
            if self._composing:
                self._loop.stop()
            while self._composing:
                self._changed.wait()
        try:
            self.check()
            yield
        finally:
            with self._changed:
                self._halts -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Ends the thread, after the token it is at."""
        with self._changed:
            self._closing = True
            if self._composing:
                self._loop.stop()
            self._changed.notify_all()

    def _work(self) -> None:
        while self._next_turn():
            player = self._player()
            try:
                if player is not None:
                    player.compose_on(None)
            except BaseException as error:
                self._error = error
                self._closing = True
            del player
            with self._changed:
                self._composing = False
                self._changed.notify_all()

    def _next_turn(self) -> bool:
        """Waits until there is something to do; False when it is time to go."""
        with self._changed:
            while not self._closing and (self._halts or self._is_full()):
                self._changed.wait()
            self._composing = not self._closing
            return self._composing

    def _is_full(self) -> bool:
        player = self._player()
        return player is None or player.full
