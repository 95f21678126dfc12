"""What those who play share: the time, what is heard, the model, and who composes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, cast

from linnet.controls.keywords import WishOptions
from linnet.live.listening import Heard, Listener, habits_of, key_of, score_of
from linnet.live.tempo import Follower, pulse
from linnet.live.transport import Transport
from linnet.model import Model
from linnet.music.beats import beats_of
from linnet.music.score import Score, TimeSignature
from linnet.tools.dataclass import dataclass, field

__all__ = ["Event", "Mode", "Scene"]

_KEY_BARS = 16
"""Bars of what was played that say which key it is in."""

_FEW_NOTES = 5
"""Fewer say nothing of it."""

_OTHER_TEMPO = 0.08
"""A call that is so much faster or slower has a tempo of its own."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Event:
    """A note that is to be played."""

    beat: float
    """When it begins, in quarter notes."""

    duration: float
    """Quarter notes."""

    pitch: int
    velocity: int
    channel: int


class Mode(Protocol):
    """A way of playing together."""

    programs: dict[int, int]
    """What plays on which channel."""

    def prepare(self) -> None:
        """Composes what is needed before anybody plays."""

    def heard(self, note: Heard) -> None:
        """A note begins."""

    def play(self, begin: float, end: float) -> Sequence[Event]:
        """What begins in these beats; called every few milliseconds, a moment before."""


@dataclass(slots=True)
class Scene:
    """What those who play share."""

    model: Model
    transport: Transport
    signature: TimeSignature
    seed: int
    key: str | None = None
    """The key that was asked for; None: that of the player."""

    follows: bool = True
    """Whether the tempo is the player's; else that of a clock, or one that was asked for."""

    tempo_known: bool = False
    """Whether the tempo is more than a guess."""

    tell: Callable[[str], None] = lambda line: None
    """Told in a line what happens."""

    hush: Callable[[], None] = lambda: None
    """Ends what sounds, and forgets what was to come."""

    swap: Callable[[Event, Event], None] = lambda old, new: None
    """Plays another note for one that sounds."""

    listener: Listener = field(default_factory=Listener)
    follower: Follower = field(default_factory=Follower)
    decided: list[tuple[float, float]] = field(default_factory=list)
    """When an answer was decided on, and on which beat it begins."""

    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "linnet composer"))
    _turn: int = 0

    @property
    def bar(self) -> float:
        """Quarter notes of a bar."""
        return 4 * self.signature.numerator / self.signature.denominator

    @property
    def beat(self) -> float:
        """Quarter notes of a beat, as people tap it."""
        over, under = beats_of(self.signature)[1]
        return over / under

    def compose(self, work: Callable[[], Result]) -> Future[Result]:
        """Does something beside the music."""
        return self._worker.submit(work)

    def next_seed(self) -> int:
        """Another one for each piece; the same ones for the same seed."""
        self._turn += 1
        return (self.seed + self._turn) % 2**64

    def close(self) -> None:
        """Waits for what is being composed, and ends the worker."""
        self._worker.shutdown(cancel_futures=True)

    # ---- what is heard

    def follow(self, note: Heard) -> None:
        """The time follows a note of the player."""
        transport = self.transport
        if not self.follows or not transport.running:
            return
        beat = transport.beat_at(note.onset)
        found = self.follower.heard(note.onset, beat, transport.bpm)
        if found is not None:
            transport.follow(note.onset, *found)

    def find_tempo(self, notes: Sequence[Heard]) -> None:
        """Hears the tempo of a phrase, where it is the player's own and another than it was."""
        if not self.follows or not notes:
            return
        transport = self.transport
        known = self.tempo_known
        weights = [note.velocity / 127 for note in notes]
        beats, near = self.bar / self.beat, transport.bpm / self.beat if known else None
        found = pulse([note.onset for note in notes], weights, bar=beats, near=near)
        if found is None:
            return
        period, begin = found[0] / self.beat, found[1]
        bpm, first = 60 / period, notes[0].onset
        if known and abs(bpm / transport.bpm - 1) < _OTHER_TEMPO:
            return
        # The phrase begins where it was thought to, on the beat next to that.
        begun = round(transport.past(first) / self.beat) * self.beat if known else 0.0
        begin += round((first - begin) / found[0]) * found[0]
        transport.restart(begin, begun, bpm)
        self.tempo_known = True
        self.follower.forget()

    def score(self, notes: Sequence[Heard], begin: float, bars: int) -> Score:
        """Notes as a score that begins at a beat."""
        past, now = self.transport.beat_at, self.transport.clock()
        beats = [(past(note.onset) - begin, past(note.end or now) - begin) for note in notes]
        return score_of(
            notes, beats, length=bars * self.bar, bpm=self.transport.bpm, signature=self.signature
        )

    def recent(self, bars: int) -> Score | None:
        """What was played in the last so many bars; None where that is next to nothing."""
        end = self.transport.beat
        begin = end - bars * self.bar
        notes = [n for n in self.listener.since(self.transport.seconds_at(begin)) if n.channel != 9]
        return self.score(notes, begin, bars) if len(notes) >= _FEW_NOTES else None

    def key_now(self) -> str | None:
        """The key that was asked for, or the one of what was played lately; None where nobody knows."""
        if self.key is not None:
            return self.key
        recent = self.recent(_KEY_BARS)
        return None if recent is None else key_of(recent)

    def wishes(self, score: Score | None) -> WishOptions:
        """Key, density and register as the player has them, as far as the model has learnt them."""
        found: dict[str, Any] = {}  # options have values of several kinds
        if (key := self.key_now()) is not None:
            found["key"] = key
        if score is not None and len(score.notes):
            found |= habits_of(score)
        known = {name: value for name, value in found.items() if self.model.info.has_learnt(name)}
        return cast(WishOptions, known)
