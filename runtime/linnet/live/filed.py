"""A MIDI file as the player, to try a jam without a keyboard."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from typing import Any

from linnet import midi
from linnet.music.score import Score

__all__ = ["FilePlayer"]


class FilePlayer:
    """Plays a score in time, as somebody at a keyboard would."""

    def __init__(self, score: Score, receive: Callable[[Any, float], None]) -> None:
        """`receive` is told each message and when it came. Any: mido's."""
        self._score, self._receive = score, receive
        self._stop, self.done = threading.Event(), threading.Event()
        """When it has played to its end."""

        self._thread = threading.Thread(target=self._run, name="linnet player", daemon=True)

    def start(self) -> None:
        """Begins to play."""
        self._thread.start()

    def close(self) -> None:
        """Plays no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        from mido import MidiFile

        due = time.perf_counter()
        for message in MidiFile(file=io.BytesIO(midi.dumps(self._score))):
            due += message.time
            if self._stop.wait(max(due - time.perf_counter(), 0.0)):
                break
            if not message.is_meta:
                self._receive(message, time.perf_counter())
        self.done.set()
