"""Open Sound Control in and out (the extra `osc`): what a jam is told and tells, by addresses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from linnet.errors import LinnetError, in_one_line
from linnet.live.jam import Jam

__all__ = ["ADDRESSES", "Osc"]

ADDRESSES = {
    "/linnet/note": "pitch, velocity: the player strikes a note; velocity 0 lets go of it",
    "/linnet/key": 'a key such as "D major"; "" follows the player',
    "/linnet/bpm": "quarter notes a minute; 0 follows the player",
    "/linnet/hush": "ends what sounds, and forgets what was to come",
    "/linnet/stop": "ends the jam",
}
"""What it listens to, and the arguments."""

_TOLD = 0.1
"""Seconds between two times that it says which beat it is."""


class Osc:
    """Listens on a port, and tells another one.

    It tells `/linnet/beat` (beat, bpm), ten times a second; `/linnet/played` (pitch, velocity, channel), of
    each note that linnet plays; and `/linnet/says` (a line), what happens.
    """

    def __init__(
        self,
        jam: Jam,
        *,
        listen: int | None = None,
        tell: tuple[str, int] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """Begins to listen and to tell.

        Args:
            jam: what it is about.
            listen: port to listen on; None: it does not.
            tell: host and port to tell; None: it does not.
            host: where it listens; only this machine unless told.

        Raises:
            LinnetError: where python-osc is missing, or the port is taken.
        """
        try:
            from pythonosc.dispatcher import Dispatcher
            from pythonosc.osc_server import ThreadingOSCUDPServer
            from pythonosc.udp_client import SimpleUDPClient
        except ImportError as missing:
            raise LinnetError(
                "OSC needs python-osc, which is not installed: pip install 'linnet[osc]'"
            ) from missing
        self._jam, self.stopped = jam, threading.Event()
        """When it was asked to end the jam."""

        self._server: Any = None
        self._client: Any = None
        if listen is not None:
            dispatcher = Dispatcher()
            for address, act in self._acts().items():
                dispatcher.map(address, self._calling(act))
            try:
                self._server = ThreadingOSCUDPServer((host, listen), dispatcher)
            except OSError as error:
                raise LinnetError(f"OSC cannot listen on port {listen} ({in_one_line(error)})") from error
            threading.Thread(target=self._server.serve_forever, name="linnet osc", daemon=True).start()
        if tell is not None:
            self._client = SimpleUDPClient(*tell)
            jam.played = self._played
            threading.Thread(target=self._tell, name="linnet osc", daemon=True).start()

    @property
    def port(self) -> int | None:
        """Where it listens."""
        return None if self._server is None else int(self._server.server_address[1])

    def says(self, line: str) -> None:
        """Tells a line."""
        if self._client is not None:
            self._client.send_message("/linnet/says", line)

    def close(self) -> None:
        """Listens and tells no more."""
        self.stopped.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _acts(self) -> dict[str, Callable[..., object]]:
        jam = self._jam
        return {
            "/linnet/note": self._note,
            "/linnet/key": lambda key: jam.set_key(str(key) or None),
            "/linnet/bpm": lambda bpm: jam.set_bpm(float(bpm) or None),
            "/linnet/hush": jam.hush,
            "/linnet/stop": self.stopped.set,
        }

    def _calling(self, act: Callable[..., object]) -> Callable[..., None]:
        def call(address: str, *words: Any) -> None:
            try:
                act(*words)
            except (TypeError, ValueError) as error:  # the sender's mistake ends nothing here
                self.says(f"{address}: {in_one_line(error)}")

        return call

    def _note(self, pitch: int, velocity: int) -> None:
        from mido import Message

        self._jam.receive(Message("note_on", note=int(pitch), velocity=int(velocity)))

    def _played(self, message: Any) -> None:
        if message.type == "note_on" and message.velocity:
            self._client.send_message("/linnet/played", [message.note, message.velocity, message.channel])

    def _tell(self) -> None:
        transport = self._jam.transport
        while not self.stopped.wait(_TOLD):
            if transport.running:
                self._client.send_message("/linnet/beat", [transport.beat, transport.bpm])
