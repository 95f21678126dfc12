"""A jam on real ports: opened by name, watched, and opened again when they come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from linnet.errors import LinnetError
from linnet.live import ports
from linnet.live.jam import Jam
from linnet.live.ringing import Ringing

__all__ = ["LOOK", "Inlet", "Outlet", "tend"]

LOOK = 0.5
"""Seconds from one look at the ports to the next."""

_LEAVES = 0.06
"""Seconds in which every MIDI system has sent what it was given."""


class Inlet:
    """An input port by name, which may go and come back."""

    def __init__(self, wanted: str | None, receive: Callable[[Any, float], None]) -> None:
        """`receive` is told each message and when it came. Any: mido's."""
        self._receive = receive
        self._port = ports.open_input(wanted, self._heard)
        self.name: str = self._port.name
        self.is_own = wanted is None
        self.is_there = True

    def _heard(self, message: Any) -> None:
        self._receive(message, time.perf_counter())

    def look(self, watch: ports.Watch) -> bool:
        """Whether it has just gone; where it is back it is opened again."""
        there = self.is_own or watch.sees(self.name, "input")
        if self.is_there and not there:
            self.is_there = False
            self._port.close()
            return True
        if there and not self.is_there:
            self._port = ports.open_input(self.name, self._heard)
            self.is_there = True
        return False

    def close(self) -> None:
        """Closes the port."""
        if self.is_there:
            self._port.close()


class Outlet:
    """An output port by name."""

    def __init__(self, wanted: str | None) -> None:
        self.port = ports.open_output(wanted)
        self.name: str = self.port.name
        self.is_own = wanted is None

    def look(self, watch: ports.Watch, out: Ringing) -> bool:
        """Whether it has just gone; where it is back it is opened again, and silenced."""
        there = self.is_own or watch.sees(self.name, "output")
        if out.lost is None and not there:
            out.lose(LinnetError(f"the MIDI port {self.name} is gone"))
            return True
        if out.lost is not None and there:
            self.port.close()
            self.port = ports.open_output(self.name)
            out.found(self.port)
        return False

    def close(self) -> None:
        """Closes the port, when what was sent has left it."""
        time.sleep(_LEAVES)
        self.port.close()


def tend(
    jam: Jam,
    inlet: Inlet | None,
    outlet: Outlet | None,
    watch: ports.Watch | None,
    *,
    until: Callable[[], bool],
    tell: Callable[[str], None],
) -> None:
    """Watches over a jam until it is over: ports that go and come back, and what fails.

    `LinnetError` where they will not come back.
    """
    look = time.monotonic()
    while not until() and jam.error is None:
        time.sleep(0.02)
        if watch is None or time.monotonic() - look < LOOK:
            continue
        look = time.monotonic()
        watch.look()
        if inlet is not None and inlet.look(watch):
            jam.player_is_gone()
            tell(f"{inlet.name} is gone; waiting for it")
        if outlet is not None and outlet.look(watch, jam.out):
            tell(f"{outlet.name} is gone; waiting for it")
