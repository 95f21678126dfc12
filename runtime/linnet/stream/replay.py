"""A stream played again: a seed, and what was asked of it at which moment."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from linnet import midi
from linnet.controls import kinds
from linnet.music.score import Score
from linnet.stream import clock
from linnet.stream.hearing import DueNote, Heard
from linnet.stream.position import Event
from linnet.stream.stream import Stream
from linnet.tools.dataclass import replace

__all__ = ["Replay"]

_CALLS = (
    *("wish", "restrict", "glide", "finish", "play", "transition", "cue", "back"),
    *("layers", "mute", "unmute", "solo", "volume", "instrument", "sting"),
)
_SECONDS = kinds.number(0)


class Replay:
    """Plays a stream with changes at their moments, the same notes whatever the frame rate.

    Each change is made exactly at its moment, also in the midst of a call, and heard from there on; what is
    due is composed, as long as that takes. So the same stream and the same changes give the same notes, at 30
    frames a second or 144, with a worker or without, and faster than real time.
    """

    def __init__(self, stream: Stream, changes: Iterable[Mapping[str, Any]]) -> None:
        """Takes a stream that has not begun, and what is to be asked of it.

        Args:
            stream: As it was when it began: of the same model, with the same seed and options.
            changes: Those of `Stream.changes`, or such as `{"seconds": 12.5, "call": "wish", "args":
                {"density": 7}}`, in any order; those of one moment in theirs.

        Raises:
            ValueError: For a stream that has begun, and for a change that is none.
        """
        if stream.seconds:
            raise ValueError("a replay takes a stream that has not begun")
        self.stream = stream
        """The stream itself; what is asked of it directly is asked for as well."""

        stream.player.waits = True
        self._left = sorted(map(_read, changes), key=lambda each: each[0])

    def advance(self, dt: float) -> Heard:
        """The notes due in the next `dt` seconds, as `Stream.advance` has them."""
        left = clock.of_seconds(kinds.read("dt", _SECONDS, dt))
        notes: list[DueNote] = []
        events: list[Event] = []
        passed = 0
        while self._left and self._left[0][0] <= self._now + left:
            units = max(self._left[0][0] - self._now, 0)
            self._play(units, passed, notes, events)
            passed, left = passed + units, left - units
            _, call, args = self._left.pop(0)
            getattr(self.stream, call)(*args.pop("parts", ()), **args)
        self._play(left, passed, notes, events)
        return Heard(notes, events)

    def record(self, seconds: float) -> Score:
        """Plays on for so many seconds, as fast as it can; all that was heard so far, as a score."""
        self.advance(seconds)
        return self.stream.record()

    @property
    def _now(self) -> int:
        return self.stream.player.timeline.clock

    def _play(self, units: int, passed: int, notes: list[DueNote], events: list[Event]) -> None:
        """Adds what is heard in so many units, after those of the call that have passed."""
        player = self.stream.player
        player.desk.run(player.compose_until, units)
        heard = player.pop_due(units)
        shift = passed / clock.SECOND
        notes += [replace(note, onset=note.onset + shift) for note in heard]
        events += [replace(event, onset=event.onset + shift) for event in heard.events]


def _read(change: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
    """A change as (units, call, arguments). ValueError for what is none."""
    call = change.get("call")
    if call not in _CALLS:
        raise ValueError(f"a change calls one of {', '.join(_CALLS)}, got {call!r}")
    args = dict(change.get("args", {}))
    for name in ("score", "theme"):
        if isinstance(args.get(name), str):
            args[name] = midi.loads(base64.b64decode(args[name]))
    units = change.get("units")
    if type(units) is not int or units < 0:
        units = clock.of_seconds(kinds.read("seconds", _SECONDS, change.get("seconds")))
    return units, str(call), args
