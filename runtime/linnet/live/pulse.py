"""Whether the JACK server runs on, which its ports do not tell."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["Pulse"]

_NO_START = 1
"""JackNoStartServer."""

_STILL = 3
"""Looks in a row at which its clock stands still where it has ended; after a laptop's sleep one may."""


class Pulse:
    """Looks at the clock of the JACK server.

    When the server has ended, its ports are listed as before, and take some 2,000 messages. Then
    python-rtmidi waits until there is room, with Python's lock in its hands: for ever.
    """

    def __init__(self, rtmidi: Any) -> None:  # the compiled module, which has no types
        """Through the library that python-rtmidi is linked with; `AttributeError` without it."""
        jack = ctypes.CDLL(rtmidi.__file__)
        jack.jack_client_open.restype = ctypes.c_void_p
        jack.jack_client_open.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
        jack.jack_last_frame_time.restype = ctypes.c_uint32
        jack.jack_last_frame_time.argtypes = (ctypes.c_void_p,)
        jack.jack_client_close.argtypes = (ctypes.c_void_p,)
        self._jack, self._client = jack, jack.jack_client_open(b"linnet pulse", _NO_START, None)
        self._last, self._still = -1, 0

    def beats(self) -> bool:
        """Whether the server runs, as far as is known; to be asked every half a second or so."""
        if not self._client:
            return True
        time = self._jack.jack_last_frame_time(self._client)  # of its latest period, 0.2 s at most
        self._still = self._still + 1 if time == self._last else 0
        self._last = time
        return self._still < _STILL

    def close(self) -> None:
        """Leaves the server."""
        client, self._client = self._client, None
        if client:
            self._jack.jack_client_close(client)
