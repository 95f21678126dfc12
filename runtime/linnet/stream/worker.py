"""A thread that composes ahead of a stream. It plays in C, and asks for the GIL a few times in a bar."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from queue import SimpleQueue

from linnet.stream.player import Player

_BREATH = 0.0002
"""Seconds between two looks whether those who were let in before it are through."""

_working: weakref.WeakSet[Worker] = weakref.WeakSet()


class Worker:
    """Composes whenever the player is not composed far enough ahead.

    It ends with the player, at `close`, and before the program does: Python halts its threads wherever they
    are then, and what one of them was at would never be over.
    """

    def __init__(self, player: Player) -> None:
        """Starts at once."""
        self._error: BaseException | None = None
        self._stop = player.composer.loop.stop
        # It must not keep the player alive: a stream that is forgotten ends its worker.
        self._player = weakref.ref(player, lambda _: self.close())
        self.closed = False
        """Whether nothing more is composed here."""

        self._start()
        _working.add(self)

    def _start(self) -> None:
        self._bell: SimpleQueue[None] = SimpleQueue()
        """Rings where there may be something to do."""

        self._thread = threading.Thread(target=self._work, name="linnet", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """To be called when there may be something to do."""
        self._bell.put(None)

    def check(self) -> None:
        """Raises what went wrong in the thread."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Ends the thread, after the token it is at."""
        self.closed = True
        self._bell.put(None)
        self._stop()

    def _work(self) -> None:
        try:
            while not self.closed:
                self._compose()
                self._bell.get()
        except BaseException as error:
            self._error = error

    def _compose(self) -> None:
        while not self.closed and (player := self._player()) is not None and not player.full:
            while player.desk.waiting:
                time.sleep(_BREATH)
            player.desk.run(player.compose_ahead)
            del player


def start(player: Player) -> Worker | None:
    """A worker for a player; None where the program ends, and no thread can begin."""
    return None if _ending else Worker(player)


_ending = False


def _end_all() -> None:
    global _ending
    _ending = True
    for worker in list(_working):
        worker.close()
    for worker in list(_working):
        worker._thread.join(10)


def _begin_anew() -> None:
    """In the child of a fork there is but one thread."""
    for worker in list(_working):
        if not worker.closed:
            worker._start()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_begin_anew)
