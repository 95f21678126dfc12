"""What stands between the music and who plays it: the mix, what waits for a beat or a bar line, and what was
laid over the music.

A stage does not change: like the timeline, of which it is a part, it is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from linnet.stream import clock
from linnet.stream.mix import STING, Mix, Part, parts_of
from linnet.stream.rows import Row
from linnet.stream.transition import Transition
from linnet.tools.dataclass import dataclass, field, replace

__all__ = ["Laid", "Moment", "Ringing", "Stage", "Waiting", "When", "covers"]

When = Literal["now", "beat", "bar", "section"]
"""Where in the music something takes effect that composes nothing."""

_RANK = {"now": 0, "beat": 1, "bar": 2, "section": 3}
Moment = Literal["beat", "bar", "section"]


def covers(moment: Moment, when: When) -> bool:
    """Whether what waits for a beat (say) need not wait beyond this moment: a bar line is a beat too."""
    return _RANK[moment] >= _RANK[when]


@dataclass(frozen=True, slots=True)
class Laid:
    """A note that was laid over the music and was not handed out."""

    onset: int
    """Units since the music began."""

    duration: int
    """Units."""

    pitch: int
    velocity: int
    program: int
    is_drum: bool


@dataclass(frozen=True, slots=True)
class Ringing:
    """A note that was handed out and is not over."""

    end: int
    """Units since the music began."""

    pitch: int
    velocity: int
    program: int
    track: int
    role: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change of the mix, or a sting, that waits for its moment."""

    when: When
    what: str
    """A change that `Mix.changed` knows, or `sting`."""

    parts: frozenset[Part] = frozenset()
    value: Any = None  # of the change: a volume, a program
    rows: tuple[Row, ...] = ()
    """Of a sting, in the key that it was written in."""

    key: int = 0
    """That key, in `linnet.music.key.KEYS`."""

    fits: bool = True
    """Whether a sting moves to the key and the chord of the moment."""

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it."""
        return {
            "when": self.when,
            "what": self.what,
            "parts": sorted(self.parts, key=str),
            "value": self.value,
            "rows": [list(row) for row in self.rows],
            "key": self.key,
            "fits": self.fits,
        }

    @classmethod
    def restored(cls, entry: dict[str, Any]) -> Waiting:
        """What was saved. ValueError and its kin for damage."""
        if entry["when"] not in _RANK or entry["what"] not in _WHATS:
            raise ValueError("nothing that waits")
        rows = tuple(_row(row) for row in entry["rows"])
        value = entry["value"]
        if value is not None and (type(value) not in (int, float) or not 0 <= value <= 127):
            raise ValueError("no value of a change")
        key = _whole(entry["key"], 0, 23)
        return cls(
            entry["when"], entry["what"], parts_of(entry["parts"]), value, rows, key, bool(entry["fits"])
        )


_WHATS = ("layers", "mute", "unmute", "solo", "volume", "program", STING)


@dataclass(frozen=True, slots=True)
class Stage:
    """All of it at a moment."""

    mix: Mix = field(default_factory=Mix)
    waiting: tuple[Waiting, ...] = ()
    """In the order in which it was asked for."""

    laid: tuple[Laid, ...] = ()
    """By onset."""

    ringing: tuple[Ringing, ...] = ()
    ending: tuple[int, int] | None = None
    """From when on only what is laid over the music is heard, and when all is over; units."""

    cues: tuple[tuple[str, Transition], ...] = ()
    """Transitions that wait for a cue, by its name."""

    def after(self, moment: Moment) -> tuple[Stage, list[Waiting]]:
        """At a moment of the music: what waited for it, with the changes of the mix made."""
        due = [each for each in self.waiting if covers(moment, each.when)]
        mix = self.mix
        for each in due:
            if each.what != STING:
                mix = mix.changed(each.what, each.parts, each.value)
        left = tuple(each for each in self.waiting if not covers(moment, each.when))
        return replace(self, mix=mix, waiting=left), due

    def asking(self, change: Waiting) -> Stage:
        """With a change that is made now, or waits."""
        if change.when == "now" and change.what != STING:
            return replace(self, mix=self.mix.changed(change.what, change.parts, change.value))
        return replace(self, waiting=(*self.waiting, change))

    def laying(self, notes: Sequence[Laid]) -> Stage:
        """With notes over the music."""
        return replace(self, laid=tuple(sorted((*self.laid, *notes), key=lambda note: note.onset)))

    def ringing_at(self, moment: int, more: Sequence[Ringing] = ()) -> Stage:
        """With the notes that ring at so many units, of those that did and of some more."""
        ringing = tuple(note for note in (*self.ringing, *more) if note.end > moment)
        return replace(self, ringing=ringing)

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it."""
        return {
            "mix": self.mix.entry(),
            "waiting": [each.entry() for each in self.waiting],
            "laid": [
                [note.onset, note.duration, note.pitch, note.velocity, note.program, note.is_drum]
                for note in self.laid
            ],
            "ringing": [
                [note.end, note.pitch, note.velocity, note.program, note.track, note.role]
                for note in self.ringing
            ],
            "ending": self.ending,
            "cues": [[name, plan.entry()] for name, plan in self.cues],
        }

    @classmethod
    def restored(cls, entry: dict[str, Any]) -> Stage:
        """What was saved. ValueError and its kin for damage."""
        laid = tuple(
            Laid(
                _whole(onset, 0, clock.MOST),
                _whole(duration, 0, clock.MOST),
                *_sound(pitch, velocity, program),
                bool(drum),
            )
            for onset, duration, pitch, velocity, program, drum in entry["laid"]
        )
        ringing = tuple(
            Ringing(
                _whole(end, 0, clock.MOST),
                *_sound(pitch, velocity, program),
                _whole(track, -2, 15),
                str(role),
            )
            for end, pitch, velocity, program, track, role in entry["ringing"]
        )
        if any(a.onset > b.onset for a, b in pairwise(laid)):
            raise ValueError("notes out of order")
        waiting = tuple(map(Waiting.restored, entry["waiting"]))
        ending = None
        if entry["ending"] is not None:
            begin, end = (_whole(each, 0, clock.MOST) for each in entry["ending"])
            ending = begin, end
        cues = tuple((str(name), Transition(**plan)) for name, plan in entry["cues"])
        return cls(Mix.restored(entry["mix"]), waiting, laid, ringing, ending, cues)


def _sound(pitch: Any, velocity: Any, program: Any) -> tuple[int, int, int]:
    return _whole(pitch, 0, 127), _whole(velocity, 1, 127), _whole(program, 0, 127)


def _row(row: Sequence[Any]) -> Row:
    onset, duration, pitch, velocity, program, drum = row
    return (
        _whole(onset, 0, 2**40),
        _whole(duration, 1, 2**40),
        *_sound(pitch, velocity, program),
        bool(drum),
    )


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"not a whole number between {least} and {most}: {value!r}")
    return value
