"""Ableton Link: a beat that programs on one network share (the extra `link`)."""

from __future__ import annotations

from typing import Any

from linnet.errors import LinnetError
from linnet.live.transport import Transport

__all__ = ["LinkMaster"]


class LinkMaster:
    """Keeps a transport with a Link session, and joins it; alone, it is the session."""

    def __init__(self, bpm: float = 100.0, *, quantum: float = 4.0) -> None:
        """`quantum`: quarter notes of a bar. `LinnetError` where the library is missing."""
        try:
            import link
        except ImportError as missing:
            raise LinnetError(
                "Ableton Link needs linkpython-extern, which is not installed: pip install 'linnet[link]'"
            ) from missing
        self._link: Any = link.Link(bpm)
        self._link.enabled = True
        self._quantum = quantum

    @property
    def peers(self) -> int:
        """How many others there are."""
        return int(self._link.numPeers())

    def guide(self, transport: Transport) -> None:
        """The transport goes on as the session does."""
        state = self._link.captureSessionState()
        micros = self._link.clock().micros()
        now = transport.clock()
        beat, bpm = float(state.beatAtTime(micros, self._quantum)), float(state.tempo())
        if not transport.running:
            transport.start(seconds=now, beat=max(beat, 0.0))
        if abs(transport.beat_at(now) - beat) > 1e-3 or abs(transport.bpm - bpm) > 1e-3:
            transport.follow(now, beat, bpm)

    def close(self) -> None:
        """Leaves the session."""
        self._link.enabled = False
