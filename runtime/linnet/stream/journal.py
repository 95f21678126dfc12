"""What was asked of a stream, and when, so that it can be played again."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Mapping
from typing import Any

from linnet import midi
from linnet.music.score import Score
from linnet.stream import clock
from linnet.tools.dataclass import dataclass, field

__all__ = ["Journal"]

_MOST = 100_000
"""Changes that are kept; of more the last ones."""


@dataclass(slots=True)
class Journal:
    """Calls with their moments."""

    _calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_MOST))

    def add(self, units: int, call: str, args: Mapping[str, Any]) -> None:
        """A call at so many units of the music."""
        given = {name: _plain(value) for name, value in args.items()}
        entry = {"seconds": round(units / clock.SECOND, 6), "units": units, "call": call, "args": given}
        self._calls.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """All of them, in order, as JSON has them."""
        return [dict(entry) for entry in self._calls]


def _plain(value: Any) -> Any:
    """A score as MIDI, in base64; what else a call takes as it is."""
    return base64.b64encode(midi.dumps(value)).decode() if isinstance(value, Score) else value
