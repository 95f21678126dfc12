"""MIDI ports by name, through mido and python-rtmidi (the extra `live`), and whether they are still there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from linnet.errors import LinnetError, in_one_line
from linnet.live.pulse import Pulse
from linnet.tools.urgent import be_urgent

__all__ = ["Reader", "Watch", "names", "open_input", "open_output"]

_OWN = "linnet"
"""What linnet's own ports are called, to which other programs connect."""

_NAP = 0.001
"""Seconds from one look for messages to the next."""


def names() -> tuple[list[str], list[str]]:
    """The ports that can be heard, and those that can be played to.

    `LinnetError` where python-rtmidi or a MIDI system is missing.
    """
    import mido

    try:
        return list(mido.get_input_names()), list(mido.get_output_names())
    except Exception as error:  # whatever the backend raises where there is no sound system
        raise _nothing(error) from error


def open_input(wanted: str | None, receive: Callable[[Any], None]) -> Any:
    """The first port with this in its name, each of whose messages `receive` is told in a thread of its own.

    None: a new port of linnet's own, to which a keyboard can be connected; Windows has no such ports.
    Any: mido and its messages have no types.
    """

    def opener(name: str, **virtual: Any) -> Any:
        import mido

        if _rtmidi_api() is None:
            return mido.open_input(name, callback=receive, **virtual)
        return Reader(name, receive, **virtual)

    return _open("input", wanted, opener)


def open_output(wanted: str | None) -> Any:
    """The first port with this in its name; None: a new one of linnet's own, to which a synthesizer can be
    connected.
    """
    import mido

    return _open("output", wanted, mido.open_output)


def _open(way: str, wanted: str | None, opener: Callable[..., Any]) -> Any:
    import mido

    try:
        if wanted is None:
            return opener(f"{_OWN} {way}", virtual=True, client_name=_OWN)
        there = mido.get_input_names() if way == "input" else mido.get_output_names()
        found = [name for name in there if wanted.lower() in name.lower()]
        if found:
            return opener(found[0])
    except Exception as error:  # whatever the backend raises
        raise _nothing(error) from error
    raise LinnetError(f"there is no MIDI {way} {wanted} (there are: {', '.join(there) or 'none'})")


def _rtmidi_api() -> int | None:
    """Which system's ports mido opens through python-rtmidi; None where it uses something else."""
    import mido

    backend = mido.backend
    if "rtmidi" not in backend.name:
        return None
    import rtmidi

    return int(getattr(rtmidi, f"API_{backend.api}") if backend.api else rtmidi.API_UNSPECIFIED)


class Reader:
    """An input port of python-rtmidi, read in a thread of ours.

    mido's inputs have the MIDI system's own thread call Python. Where that waits for its turn to run Python
    while the port is closed, JACK ends the thread, which then keeps Python's lock for ever; ALSA waits for it
    for ever. JACK besides drops a program whose thread is late. Here that thread puts bytes in a queue.
    """

    def __init__(
        self, name: str, receive: Callable[[Any], None], *, virtual: bool = False, client_name: str = _OWN
    ) -> None:
        """`receive` is told each message of the port with this name, or of a new one that is `virtual`."""
        import rtmidi

        self.name = name
        self._receive = receive
        self._midi = rtmidi.MidiIn(_rtmidi_api() or 0, client_name)
        self._midi.ignore_types(sysex=False, timing=False, active_sense=True)
        if virtual:
            self._midi.open_virtual_port(name)
        else:
            self._midi.open_port(self._midi.get_ports().index(name))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="linnet reader", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from mido import Message

        be_urgent()
        while not self._closing.is_set():
            while (found := self._midi.get_message()) is not None:
                try:
                    message = Message.from_bytes(found[0])
                except ValueError:  # no MIDI
                    continue
                self._receive(message)
            time.sleep(_NAP)

    def close(self) -> None:
        """Closes the port; nothing is received after that. Not to be called by `receive`."""
        if self._midi is None:
            return
        self._closing.set()
        self._thread.join()
        midi, self._midi = self._midi, None
        midi.close_port()
        midi.delete()


def _nothing(error: Exception) -> LinnetError:
    missing = isinstance(error, ImportError)
    reason = "python-rtmidi is not installed: pip install 'linnet[live]'" if missing else in_one_line(error)
    return LinnetError(f"MIDI ports cannot be opened ({reason})")


class Watch:
    """Sees whether ports are there, without opening them."""

    def __init__(self) -> None:
        """Sees nothing where mido has another backend than python-rtmidi."""
        self._clients: tuple[Any, ...] = ()
        self._pulse: Pulse | None = None
        try:
            if (api := _rtmidi_api()) is None:
                return
            import rtmidi

            self._clients = (rtmidi.MidiIn(api, "linnet watch"), rtmidi.MidiOut(api, "linnet watch"))
            if self._clients[0].get_current_api() == rtmidi.API_UNIX_JACK:
                self._pulse = Pulse(rtmidi._rtmidi)
        except Exception:  # a port that cannot be watched can be played
            return

    def sees(self, name: str, way: str) -> bool:
        """Whether an `"input"` or `"output"` of this name is there; so it is if nobody can tell."""
        if not self._clients:
            return True
        try:
            return name in self._clients[way == "output"].get_ports()
        except Exception:  # likewise
            return True

    def look(self) -> None:
        """`LinnetError` where the server of all ports has ended; to be called every half a second or so."""
        if self._pulse is not None and not self._pulse.beats():
            raise LinnetError("the JACK server has ended, and all MIDI ports with it")

    def close(self) -> None:
        """Lets go of the MIDI system."""
        if self._pulse is not None:
            self._pulse.close()
        for client in self._clients:
            client.delete()
        self._clients = ()
