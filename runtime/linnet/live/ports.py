"""MIDI ports by name, through mido and python-rtmidi (the extra `live`), and whether they are still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linnet.errors import LinnetError, in_one_line

__all__ = ["Watch", "names", "open_input", "open_output"]

_OWN = "linnet"
"""What linnet's own ports are called, to which other programs connect."""


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
    return _open("input", wanted, callback=receive)


def open_output(wanted: str | None) -> Any:
    """The first port with this in its name; None: a new one of linnet's own, to which a synthesizer can be
    connected.
    """
    return _open("output", wanted)


def _open(way: str, wanted: str | None, **how: Any) -> Any:
    import mido

    opener = mido.open_input if way == "input" else mido.open_output
    try:
        if wanted is None:
            return opener(f"{_OWN} {way}", virtual=True, client_name=_OWN, **how)
        there = mido.get_input_names() if way == "input" else mido.get_output_names()
        found = [name for name in there if wanted.lower() in name.lower()]
        if found:
            return opener(found[0], **how)
    except Exception as error:  # whatever the backend raises
        raise _nothing(error) from error
    raise LinnetError(f"there is no MIDI {way} {wanted} (there are: {', '.join(there) or 'none'})")


def _nothing(error: Exception) -> LinnetError:
    missing = isinstance(error, ImportError)
    reason = "python-rtmidi is not installed: pip install 'linnet[live]'" if missing else in_one_line(error)
    return LinnetError(f"MIDI ports cannot be opened ({reason})")


class Watch:
    """Sees whether ports are there, without opening them."""

    def __init__(self) -> None:
        """Sees nothing where mido has another backend than python-rtmidi."""
        self._clients: tuple[Any, ...] = ()
        import mido

        backend = mido.backend
        if "rtmidi" not in backend.name:
            return
        try:
            import rtmidi

            api = getattr(rtmidi, f"API_{backend.api}") if backend.api else rtmidi.API_UNSPECIFIED
            self._clients = (rtmidi.MidiIn(api, "linnet watch"), rtmidi.MidiOut(api, "linnet watch"))
        except Exception:  # a port that cannot be watched can be played
            self._clients = ()

    def sees(self, name: str, way: str) -> bool:
        """Whether an `"input"` or `"output"` of this name is there; so it is if nobody can tell."""
        if not self._clients:
            return True
        try:
            return name in self._clients[way == "output"].get_ports()
        except Exception:  # likewise
            return True

    def close(self) -> None:
        """Lets go of the MIDI system."""
        for client in self._clients:
            client.delete()
        self._clients = ()
