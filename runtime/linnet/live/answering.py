"""Call and response: listens until the player pauses, or for so many bars, and answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future

from linnet.live.listening import Heard
from linnet.live.scene import Event, Scene
from linnet.music.score import Score
from linnet.tools.dataclass import dataclass, field

__all__ = ["Answering"]

_LONGEST = 8
"""Bars of a call that are answered."""

_PAUSE, _LONG_PAUSE = 1.0, 2.0
"""Beats of silence after which a call is over, and after which one of a note or two is."""

_BREATH = 0.3
"""Beats of silence after which an answer is composed; it waits until the call is over."""

_LEAD = 0.75
"""Beats before the end of a call of so many bars in which it is composed."""

_SOON = 0.004
"""Seconds: a beat that is so near cannot be kept any more."""

_OVERLAP = 1.0
"""Beats before the end of an answer from which on the player may begin again."""


@dataclass(slots=True)
class _Call:
    """What the player plays."""

    notes: list[Heard] = field(default_factory=list)
    answer: Future[Score] | None = None
    """What is composed to it, if it is over now."""

    bars: int = 0


class Answering:
    """Answers phrases, in their key, tempo, density and register, with what they begin with."""

    def __init__(self, scene: Scene, *, bars: int | None = None, program: int = 0, channel: int = 0) -> None:
        """Listens for so many bars; None: until the player pauses."""
        self._scene, self._bars, self._channel = scene, bars, channel
        self.programs = {channel: program}
        self._call = _Call()
        self._events: list[Event] = []
        self._end = -math.inf
        """Beat at which the answer is over."""

        self.answers = 0

    def prepare(self) -> None:
        """Composes an answer that nobody hears: the first one takes longer than others."""
        scene = self._scene
        now = scene.transport.clock()
        notes = [Heard(now + i * 0.5, 60 + i, 80, now + i * 0.5 + 0.4) for i in range(4)]
        beats = [(float(i), i + 0.8) for i in range(4)]
        from linnet.live.listening import score_of

        call = score_of(notes, beats, length=scene.bar, bpm=100, signature=scene.signature)
        scene.compose(lambda: scene.model.answer(call, seed=scene.seed)).result()

    def heard(self, note: Heard) -> None:
        """A note of a call; in the midst of an answer it ends that."""
        scene = self._scene
        beat = scene.transport.beat_at(note.onset)
        if self._end > -math.inf and beat < self._end - _OVERLAP * scene.beat:
            self._events, self._end = [], -math.inf
            scene.hush()
            scene.tell("you play on: listening")
        self._call.notes.append(note)
        self._call.answer = None

    def play(self, begin: float, end: float) -> Sequence[Event]:
        """What of an answer begins in these beats."""
        if self._end > -math.inf and begin >= self._end:
            self._end = -math.inf
        if self._call.notes and self._end == -math.inf:
            self._attend()
        due = [event for event in self._events if event.beat < end]
        self._events = [event for event in self._events if event.beat >= end]
        return due

    def _attend(self) -> None:
        scene, call = self._scene, self._call
        transport = scene.transport
        now = transport.clock()
        quiet = scene.listener.quiet_since()
        silence = 0.0 if quiet is None else (now - quiet) * transport.bpm / 60 / scene.beat
        if self._bars is None:
            over = silence >= (_PAUSE if len(call.notes) > 2 else _LONG_PAUSE)
            soon = silence >= _BREATH
        else:
            left = (self._begin() + self._bars * scene.bar - transport.beat_at(now)) / scene.beat
            over, soon = left <= 0, left <= _LEAD
        if soon and call.answer is None:
            self._compose()
        if over and call.answer is not None and call.answer.done():
            self._decide(call.answer.result(), now)

    def _begin(self) -> float:
        """The beat with which the call begins."""
        scene = self._scene
        beat = scene.transport.beat_at(self._call.notes[0].onset)
        return round(beat / scene.beat) * scene.beat

    def _compose(self) -> None:
        scene, call = self._scene, self._call
        scene.find_tempo(call.notes)
        begin, past = self._begin(), scene.transport.beat_at
        length = past(call.notes[-1].onset) - begin
        call.bars = self._bars or min(max(math.ceil((length + 0.05) / scene.bar), 1), _LONGEST)
        first = (
            begin
            if call.bars * scene.bar > length
            else begin + (math.floor(length / scene.bar) + 1 - call.bars) * scene.bar
        )
        notes = [note for note in call.notes if past(note.onset) >= first - scene.beat / 2]
        score = scene.score(notes, first, call.bars)
        wishes = scene.wishes(score)
        seed = scene.next_seed()

        def work() -> Score:
            try:
                return scene.model.answer(score, seed=seed, **wishes)
            except ValueError:  # nothing could be kept of it
                return scene.model.answer(score, seed=seed)

        call.answer = scene.compose(work)

    def _decide(self, answer: Score, now: float) -> None:
        scene = self._scene
        transport, per_beat = scene.transport, answer.ticks_per_beat
        start = math.ceil(transport.beat_at(now + _SOON) / scene.beat) * scene.beat
        # A call of so many bars ends on a bar line, which is now.
        if self._bars is not None:
            line = self._begin() + self._bars * scene.bar
            start = line if transport.beat_at(now) - line < 0.1 else start
        self._events = [
            Event(start + n.onset / per_beat, n.duration / per_beat, n.pitch, n.velocity, self._channel)
            for track in answer.tracks
            for n in track.notes
        ]
        self._events.sort(key=lambda event: event.beat)
        self._end = start + answer.end / per_beat
        scene.decided.append((now, start))
        self.answers += 1
        key = scene.key_now() or "no key"
        scene.tell(
            f"{len(self._call.notes)} notes in {key} at {transport.bpm:.0f}: answers {self._call.bars} bars"
        )
        self._call = _Call()
