"""A way out that knows which notes ring, so that each of them is ended."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Output", "Ringing"]

_PEDAL, _ALL_OFF = 64, 123


class Output(Protocol):
    """What takes MIDI messages: a port of mido, a `linnet.synth.Synth`, anything with `send`."""

    def send(self, message: Any) -> None:  # of mido, which has no types
        """Plays it."""


class Ringing:
    """An output with the notes that ring on it.

    A port that is gone, which is an error of its `send`, is no error here: `lost` says so, and nothing is
    sent until `found` brings another one. What rang then is ended there.
    """

    def __init__(self, output: Output, *, sent: Callable[[Any], None] | None = None) -> None:
        """`sent` is told each message that was sent. Any: as for `Output`."""
        self._output: Output | None = output
        self._sent = sent
        self._lock = threading.RLock()
        self._notes: Counter[tuple[int, int]] = Counter()
        self._channels: set[int] = set()
        self.lost: Exception | None = None
        """Why nothing is sent, if nothing is."""

    @property
    def ringing(self) -> list[tuple[int, int]]:
        """Channel and pitch of each note that rings."""
        with self._lock:
            return sorted(self._notes.elements())

    def send(self, message: Any) -> None:
        """Sends a message, and remembers what rings after it."""
        with self._lock:
            if message.type == "note_on" and message.velocity:
                self._notes[message.channel, message.note] += 1
            elif message.type in ("note_on", "note_off"):
                key = message.channel, message.note
                self._notes[key] -= 1
                if self._notes[key] <= 0:
                    del self._notes[key]
            if hasattr(message, "channel"):
                self._channels.add(message.channel)
            self._pass_on(message)

    def end(self) -> None:
        """Ends every note that rings, and asks for silence besides."""
        from mido import Message

        with self._lock:
            notes, channels = sorted(self._notes), sorted(self._channels)
            self._notes.clear()
            for channel, note in notes:
                self._pass_on(Message("note_off", channel=channel, note=note))
            for channel in channels:
                for control in (_PEDAL, _ALL_OFF):
                    self._pass_on(Message("control_change", channel=channel, control=control, value=0))

    def lose(self, reason: Exception) -> None:
        """The port is gone."""
        with self._lock:
            self.lost, self._output = reason, None

    def found(self, output: Output) -> None:
        """Goes on with another output, which is silenced first: it may be the old one, plugged in again."""
        with self._lock:
            self.lost, self._output = None, output
            self.end()

    def _pass_on(self, message: Any) -> None:
        if self._output is None:
            return
        try:
            self._output.send(message)
        except Exception as error:  # whatever a port raises that is gone
            self.lose(error)
            return
        if self._sent is not None:
            self._sent(message)
