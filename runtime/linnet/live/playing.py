"""A stream that is played aloud or to a port until it is over, and steered by keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linnet.live.ringing import Output, Ringing
from linnet.live.schedule import Schedule
from linnet.music.key import KEYS
from linnet.stream import DueNote, Stream
from linnet.tools.dataclass import dataclass, field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from linnet.synth import Synth

__all__ = ["HELP", "Keys", "PortPlayer", "sounding"]

HELP = "+ - notes, f s tempo, u d register, k fifth up, m major or minor, q ends on a cadence"
"""What keys do."""

_FASTER = 1.08
_DRUMS = 9

_AHEAD = 0.03
"""Seconds in which notes are handed to a port before they begin."""


def sounding(stream: Stream, synth: Synth) -> Callable[[int], NDArray[np.float32]]:
    """What makes the next frames of a stream: for `linnet.synth.speaker.Speaker` or `Ahead`."""

    def sound(frames: int) -> NDArray[np.float32]:
        synth.play(stream.advance(frames / synth.rate))
        return synth.render(frames)

    return sound


class PortPlayer:
    """Plays a stream to a MIDI port, note by note in its time."""

    def __init__(self, stream: Stream, output: Output) -> None:
        """Begins when `step` is called for the first time."""
        self._stream, self.out = stream, Ringing(output)
        self._schedule = Schedule()
        self._at: float | None = None
        self._programs: dict[int, int] = {}
        self._channels: dict[int, int] = {}

    def step(self) -> None:
        """Hands out what begins soon; to be called every few milliseconds."""
        now = time.perf_counter()
        if self._at is None:
            self._at = now
        if self._schedule.error is not None:
            raise self._schedule.error
        upto = now + _AHEAD
        for note in self._stream.advance(max(upto - self._at, 0.0)):
            self._play(note, self._at + note.onset)
        self._at = max(upto, self._at)

    def close(self) -> None:
        """Ends every note."""
        self._schedule.close()
        self.out.end()

    def _play(self, note: DueNote, begin: float) -> None:
        from mido import Message

        channel = _DRUMS if note.is_drum else self._channels.setdefault(note.track, self._free())
        if not note.is_drum and self._programs.get(channel) != note.program:
            self._programs[channel] = note.program
            change = Message("program_change", channel=channel, program=note.program)
            self._schedule.at(begin - 0.002, self.out.send, change)
        where: dict[str, Any] = {"channel": channel, "note": note.pitch}
        self._schedule.at(begin, self.out.send, Message("note_on", velocity=note.velocity, **where))
        self._schedule.at(begin + note.duration, self.out.send, Message("note_off", **where))

    def _free(self) -> int:
        usual = [channel for channel in range(16) if channel != _DRUMS]
        return usual[len(self._channels) % len(usual)]


@dataclass(slots=True)
class Keys:
    """Changes wishes of a stream by keys."""

    stream: Stream
    knows: Callable[[str], bool]
    """Whether the model has learnt a wish."""

    wishes: dict[str, Any] = field(default_factory=dict)
    """What is wished for now."""

    def press(self, key: str) -> str:
        """What a key does, in words; empty for one that does nothing."""
        wish = self._wish(key)
        if not wish:
            return ""
        ((name, value),) = wish.items()
        if name != "bpm" and not self.knows(name):
            return f"this model has not learnt {name}"
        if self.wishes.get(name) == value:
            return ""
        self.stream.wish(**wish)
        self.wishes |= wish
        return f"{name} {value}"

    def _wish(self, key: str) -> dict[str, Any]:
        place = self.stream.position
        density, register = self.wishes.get("density", 4), self.wishes.get("register", 3)
        bpm, home = self.wishes.get("bpm", place.bpm), KEYS.index(self.wishes.get("key", place.key))
        match key:
            case "+" | "=":
                return {"density": min(density + 1, 8)}
            case "-":
                return {"density": max(density - 1, 1)}
            case "f":
                return {"bpm": min(round(bpm * _FASTER), 240)}
            case "s":
                return {"bpm": max(round(bpm / _FASTER), 40)}
            case "u":
                return {"register": min(register + 1, 5)}
            case "d":
                return {"register": max(register - 1, 1)}
            case "k":
                return {"key": KEYS[(home + 7) % 12 + home // 12 * 12]}
            case "m":  # the relative key
                return {"key": KEYS[(home + 9) % 12 + 12 if home < 12 else (home + 3) % 12]}
        return {}
