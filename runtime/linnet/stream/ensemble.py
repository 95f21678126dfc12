"""Several streams as one band: one clock, one harmony."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Unpack

from linnet.controls.keywords import WishOptions
from linnet.controls.options import known
from linnet.errors import SnapshotError
from linnet.stream.fitting import pitches_under
from linnet.stream.hearing import DueNote, Heard
from linnet.stream.player import Player
from linnet.stream.stream import Source, Stream
from linnet.tools.dataclass import replace

__all__ = ["CHORDS", "Ensemble"]

CHORDS = "I | IV | V7 | I | vi | ii | V7 | I"
"""What all play over, unless chords are asked for."""

_CLASHES = (1, 2)
"""Semitones between two notes, octaves left out, that clash: seconds, and so sevenths and ninths."""

_BRIEF = 0.03
"""Seconds that two notes may sound together before they count."""

_REACH = (0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -7, 7, -12, 12)
"""Semitones by which a note may be moved out of another's way, the nearest first."""


class Ensemble(Mapping[str, Stream]):
    """Streams that play together: a melody of one model, chords of another, drums of a third.

    All have one clock: they begin together and change their tempo at the same bar lines. All play over the
    same chords, as far as their models follow chords; and a note that would clash with one of another stream
    gives way, to the nearest that does not. The first stream leads: nobody moves its notes.
    """

    def __init__(self, streams: Mapping[str, Stream], *, chords: str | None = CHORDS) -> None:
        """Takes streams that have not begun, by name; the first one leads.

        Args:
            streams: Of one tempo, one meter and one key; with `worker=False`.
            chords: What all play over, as for `Model.generate`; None leaves each to its own.

        Raises:
            ValueError: For no streams, for streams that have begun, and for several tempos.
        """
        if not streams:
            raise ValueError("an ensemble takes at least one stream")
        self._streams = dict(streams)
        tempos = {player.timeline.latest.bpm for player in self._players()}
        if len(tempos) > 1 or None in tempos:
            raise ValueError("the streams of an ensemble begin at one tempo: give all the same bpm")
        if any(stream.seconds for stream in self._streams.values()):
            raise ValueError("the streams of an ensemble begin together: these have begun")
        self._sounding: list[tuple[float, int, str]] = []
        """(seconds of the clock at which it ends, pitch, stream) of notes that ring."""
        if chords is not None:
            self.wish(chords=chords)

    def __getitem__(self, name: str) -> Stream:
        return self._streams[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._streams)

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def leader(self) -> Stream:
        """The first stream."""
        return next(iter(self._streams.values()))

    @property
    def seconds(self) -> float:
        """How much time the music took."""
        return self.leader.seconds

    @property
    def done(self) -> bool:
        """Whether all came to their end."""
        return all(stream.done for stream in self._streams.values())

    def prepare(self) -> None:
        """Composes as far ahead as the streams are meant to be."""
        for stream in self._streams.values():
            stream.prepare()

    def advance(self, dt: float, *, budget: float | None = 0.002) -> dict[str, Heard]:
        """The notes due in the next `dt` seconds, by stream; time goes on by as much for all.

        Args:
            dt: Seconds, at least 0.
            budget: Seconds to spend on composing ahead, at most, all streams together; what is due at once
                is composed all the same, so that nobody falls behind.
        """
        share = None if budget is None else budget / len(self._streams)
        now = self.seconds
        for player in self._players():
            player.desk.run(player.compose_due, dt)
        heard = {name: stream.advance(dt, budget=share) for name, stream in self._streams.items()}
        return self._in_tune(now, heard)

    def wish(
        self, *, at: Literal["bar", "beat", "now", "section"] = "bar", **wishes: Unpack[WishOptions]
    ) -> None:
        """Wishes of all streams, each of what its model has learnt. TypeError for what none has learnt."""
        found = False
        for stream in self._streams.values():
            learnt = known("wish", stream.info)
            own = {name: value for name, value in wishes.items() if name in learnt}
            if own:
                stream.wish(at=at, **own)  # type: ignore[arg-type]  # names and values of WishOptions
                found = True
        if wishes and not found:
            raise TypeError(f"no stream of this ensemble has learnt {', '.join(wishes)}")

    def finish(self, *, bars: int = 2) -> None:
        """Brings all to their end together; those without bars stop then."""
        for stream in self._streams.values():
            if stream.info.time_base == "grid":
                stream.finish(bars=bars)

    def save(self) -> bytes:
        """All of it as bytes, for `restore`."""
        facts = {
            "streams": [
                [name, stream.info.name, base64.b64encode(stream.save()).decode()]
                for name, stream in self._streams.items()
            ],
            "sounding": self._sounding,
        }
        return json.dumps(facts).encode()

    @classmethod
    def restore(cls, models: Mapping[str, Source], saved: bytes) -> Ensemble:
        """Goes on with an ensemble where `save` kept it.

        Args:
            models: By the names of the streams.
            saved: What `save` returned.

        Raises:
            KeyError: For a stream without a model.
            SnapshotError: For damaged data, or another model.
        """
        try:
            facts: dict[str, Any] = json.loads(saved)
            kept = {str(name): base64.b64decode(data) for name, _, data in facts["streams"]}
            sounding = [(float(end), int(pitch), str(name)) for end, pitch, name in facts["sounding"]]
        except (ValueError, KeyError, TypeError) as error:
            raise SnapshotError("the data are no saved ensemble") from error
        ensemble = cls.__new__(cls)
        ensemble._go_on({name: models[name].restore(data) for name, data in kept.items()}, sounding)
        return ensemble

    def _go_on(self, streams: dict[str, Stream], sounding: list[tuple[float, int, str]]) -> None:
        self._streams, self._sounding = streams, sounding

    def _players(self) -> list[Player]:
        return [stream.player for stream in self._streams.values()]

    def _in_tune(self, now: float, heard: dict[str, Heard]) -> dict[str, Heard]:
        """What is heard of it, with notes moved that would clash."""
        names = list(heard)
        due = sorted(
            ((note.onset, place, note) for place, name in enumerate(names) for note in heard[name]),
            key=lambda each: each[:2],
        )
        found: dict[str, list[DueNote]] = {name: [] for name in names}
        for onset, place, note in due:
            name, at = names[place], now + onset
            self._sounding = [each for each in self._sounding if each[0] > at + _BRIEF]
            if note.is_drum:
                found[name].append(note)
                continue
            others = {pitch for _, pitch, by in self._sounding if by != name}
            fitting = note if not place else self._fitting(note, at, others)
            if fitting is None:
                continue
            found[name].append(fitting)
            self._sounding.append((at + fitting.duration, fitting.pitch, name))
        return {name: Heard(found[name], heard[name].events) for name in names}

    def _fitting(self, note: DueNote, at: float, others: set[int]) -> DueNote | None:
        """A note that clashes with none that sounds, nor with what the leader strikes while it lasts."""
        coming = self.leader.player.coming(at, at + note.duration)
        soon = {pitch for begin, pitch in coming if begin <= at + _BRIEF}
        later = [(begin, pitch) for begin, pitch in coming if begin > at + _BRIEF]
        best: tuple[int, float, int] | None = None
        for order, step in enumerate(_REACH):
            pitch = note.pitch + step
            if not 0 <= pitch <= 127 or (step and pitch % 12 not in self._scale()):
                continue
            if any(_clash(pitch, other) for other in (*others, *soon)):
                continue
            until = min((begin for begin, other in later if _clash(pitch, other)), default=at + note.duration)
            lasts = until - at
            rank = (order if lasts >= note.duration / 2 else order + len(_REACH), lasts, pitch)
            if best is None or rank[0] < best[0]:
                best = rank
        if best is None:
            return None
        return replace(note, pitch=best[2], duration=max(min(best[1], note.duration), _BRIEF))

    def _scale(self) -> frozenset[int]:
        return pitches_under(self.leader.player.timeline)


def _clash(a: int, b: int) -> bool:
    way = abs(a - b) % 12
    return min(way, 12 - way) in _CLASHES
