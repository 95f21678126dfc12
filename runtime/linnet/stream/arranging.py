"""Who of a stream is heard, how loud, on which instrument, and what is laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from linnet.controls import kinds
from linnet.controls.model_info import ModelInfo
from linnet.music.general_midi import program_number
from linnet.music.score import Score
from linnet.stream.mix import STING, Part, parts_of
from linnet.stream.moving import key_of
from linnet.stream.player import Player
from linnet.stream.rows import rows_of
from linnet.stream.stage import Waiting, When

__all__ = ["Arranging"]

_VOLUME = kinds.number(0, 4)
_WHEN = ("now", "beat", "bar", "section")


class Arranging:
    """What is done to the notes of a stream on their way to who plays them; `linnet.Stream` is one of these.

    None of it composes anything, so all of it is exact: the music behind stays as it is, with its harmony,
    whoever is heard of it. Parts are roles (`DueNote.role`), such as `"lead"`, `"chords"`, `"bass"`,
    `"drums"`, or numbers of tracks.
    """

    _player: Player

    if TYPE_CHECKING:

        @property
        def info(self) -> ModelInfo: ...

        def _told(self, call: str, args: Mapping[str, Any]) -> None: ...

    def layers(self, *parts: Part, at: When = "bar") -> None:
        """Only these parts are heard, from the next bar line on; without any, all of them.

        They were composed together, so whoever enters fits. A note that was handed out rings to its end.

        Args:
            *parts: Roles or numbers of tracks, `stream.layers("bass", "drums")`.
            at: `"now"`, `"beat"`, `"bar"` or `"section"`.

        Raises:
            TypeError: For what is no part.
            ValueError: For a role or a number that there is not.
        """
        self._arrange("layers", parts, at, 1 if parts else None)

    def mute(self, *parts: Part, at: When = "now") -> None:
        """These parts are silent until `unmute`; `"sting"` is what is laid over the music."""
        if not parts:
            raise ValueError("mute takes at least one part, such as 'bass'")
        self._arrange("mute", parts, at)

    def unmute(self, *parts: Part, at: When = "now") -> None:
        """Ends `mute`, for all parts where none are named."""
        self._arrange("unmute", parts, at)

    def solo(self, *parts: Part, at: When = "now") -> None:
        """All but these parts are silent; `solo()` lets all be heard again."""
        self._arrange("solo", parts, at)

    def volume(self, part: Part, volume: float, *, at: When = "now") -> None:
        """A part is softer or louder than it was composed: its velocities times 0 to 4; 1 is as it was."""
        self._arrange("volume", (part,), at, kinds.read("volume", _VOLUME, volume))

    def instrument(self, part: Part, program: int | str | None, *, at: When = "now") -> None:
        """A part is played by another General MIDI program, 0 to 127 or its name; None: by its own again."""
        number = None if program is None else program_number(program)
        self._arrange("program", (part,), at, number)

    def sting(
        self,
        score: Score,
        *,
        at: When = "beat",
        volume: float = 1.0,
        key: str | None = None,
        fit: bool = True,
    ) -> None:
        """Lays a short piece over the music, such as a fanfare for a found treasure, in tune with it.

        It begins at the next beat and goes at the tempo of the music. It moves to the key that the music is
        in at that moment, and by steps of the scale to the chord that sounds then, as if it had been written
        over the tonic; its notes on beats become notes of that chord. The music goes on below: `volume` and
        `mute` make room for it.

        Args:
            score: What to lay over, at most 1,000 notes. Its instruments stay.
            at: `"now"`, `"beat"`, `"bar"` or `"section"`.
            volume: Its velocities times 0 to 4.
            key: What it is written in; found in its notes unless given.
            fit: Whether it moves to the key and the chord; False leaves it as it is written.

        Raises:
            TypeError: For a value of the wrong kind.
            ValueError: For a value out of range, and for a piece without notes, or with too many.
        """
        if not isinstance(score, Score):
            raise TypeError(f"a sting is a linnet.Score, got {type(score).__name__}")
        rows = rows_of(score)
        if not 0 < len(rows) <= _MOST:
            raise ValueError(f"a sting has 1 to {_MOST} notes, this piece has {len(rows)}")
        volume = kinds.read("volume", _VOLUME, volume)
        waiting = Waiting(_when(at), STING, value=volume, rows=rows, key=key_of(score, key), fits=bool(fit))
        self._player.arrange(waiting)
        self._told("sting", {"score": score, "at": at, "volume": volume, "key": key, "fit": fit})

    def _arrange(self, what: str, parts: Iterable[Part], at: When, value: Any = None) -> None:
        named = parts_of(parts)
        self._player.arrange(Waiting(_when(at), what, named, value))
        parts = sorted(named, key=str)
        call, name = ("instrument", "program") if what == "program" else (what, what)
        own = {name: value} if what in ("volume", "program") else {}
        self._told(call, {"parts": parts, **own, "at": at})


_MOST = 1000


def _when(at: When) -> When:
    if at not in _WHEN:
        raise ValueError(f"at must be {', '.join(map(repr, _WHEN))}, got {at!r}")
    return at
