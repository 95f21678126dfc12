"""Accompaniment: bass, chords, drums to what the player plays, on the chords as they come."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from linnet.live.backing import Backing, Stroke
from linnet.live.listening import Heard, chord_of
from linnet.live.scene import Event, Scene
from linnet.music.chord import Chord
from linnet.music.notes import Note, Notes
from linnet.music.score import Score, TempoChange, Track
from linnet.tools.dataclass import replace

__all__ = ["Accompanying", "moved"]

BARS = 4
"""Of a pattern; so often it is composed anew, to what was played."""

_DRUMS = 9

_QUIET_BARS = 2
"""Bars of silence after which the accompaniment pauses."""

_LATE = 0.2
"""Beats: what began so shortly before a chord was meant for it."""

_LONG = 0.5
"""Beats: what still lasts longer moves with the chord."""

_MELODY = 3
"""Notes of a melody that say more than its chord tones."""

_RUBS, _RUBS_IN_BASS = (1, 2, 10, 11), (1, 11)
"""Semitones, and octaves more, that are too near to what the player holds."""

_AGAIN, _FEWEST = 0.75, 3
"""Share of the latest notes that were played at this place before, and how many, if the player repeats."""


_STRING = 28
"""The lowest E of a bass."""


class Accompanying:
    """Plays parts around the player, which a stream composes to the latest bars that were played.

    While the player repeats these bars, they are played as they are composed, another round each time. Else
    they move to the chord of the moment: that of the notes that are held; of a melody, the one that it
    implies. What has just begun, or still lasts, moves with a new chord.
    """

    def __init__(self, scene: Scene, parts: Sequence[str] = ("bass", "drums")) -> None:
        """With parts that `Model.add` takes: `chords`, `bass`, `drums`, `second`, `melody`."""
        self._scene, self._parts = scene, tuple(parts)
        self.programs: dict[int, int] = {}
        self.chord: Chord | None = None
        """The chord now; None before the first."""

        self._pattern: list[Stroke] = []
        self._backing: Backing | None = None
        self._making: Future[tuple[Backing, list[Stroke]] | None] | None = None
        self._again: deque[bool] = deque(maxlen=6)
        """Of the latest notes, whether they are those of the bars that are accompanied."""

        self._ringing: list[tuple[Event, Stroke]] = []
        self._composed_at = 0.0
        self._melody_at = -math.inf
        self._tried = 0

    def prepare(self) -> None:
        """Composes a first pattern, to a chord that is held."""
        scene = self._scene
        per_beat = 480
        bar = round(scene.bar * per_beat)
        held = [Note(k * bar, bar, pitch, 70) for k in range(BARS) for pitch in (_ROOT, _ROOT + 4, _ROOT + 7)]
        ground = Score(
            per_beat,
            (Track(Notes.of(held)),),
            tempos=(TempoChange(0, round(60e6 / scene.transport.bpm)),),
            time_signatures=(scene.signature,),
            end=BARS * bar,
        )
        self._backing, self._pattern = scene.compose(lambda: self._made(ground, scene.seed)).result()

    def heard(self, note: Heard) -> None:
        """A note that may change the chord."""
        if note.channel == _DRUMS:
            return
        scene = self._scene
        recent = [
            each.pitch
            for each in scene.listener.since(note.onset - 30 / scene.transport.bpm)
            if each.channel != _DRUMS and (each.end is None or note.onset - each.onset < 0.06)
        ]
        held = [each.pitch for each in scene.listener.held]
        found = chord_of([*held, *recent])
        if found is None and len(held) < 3:
            found = self._implied(note)
        before = self.repeats
        if self._backing is not None:
            self._again.append(self._backing.has(scene.transport.beat_at(note.onset), note.pitch))
        changes = found is not None and found != self.chord
        self.chord = found or self.chord
        if self.chord is not None and not self.repeats and (changes or before):
            self._change(self.chord)
        self._give_way(note)

    @property
    def repeats(self) -> bool:
        """Whether the player plays the bars again that are accompanied."""
        return len(self._again) >= _FEWEST and sum(self._again) >= _AGAIN * len(self._again)

    def play(self, begin: float, end: float) -> Sequence[Event]:
        """What begins in these beats."""
        scene = self._scene
        self._renew(begin)
        quiet = scene.listener.quiet_since()
        if not scene.tempo_known:
            self._wait()
        if self.chord is None or not self._pattern or not scene.tempo_known:
            return ()
        if (
            quiet is not None
            and scene.transport.clock() - quiet > _QUIET_BARS * scene.bar * 60 / scene.transport.bpm
        ):
            self.chord = None
            return ()
        length = BARS * scene.bar
        events = []
        for stroke in self._pattern:
            beat = begin + (stroke.beat - begin) % length
            if beat < end:
                chord = stroke.chord if self.repeats else self.chord
                pitch = moved(stroke.pitch, stroke.channel, stroke.chord, chord)
                pitch = self._clear(pitch, stroke)
                event = Event(beat, stroke.duration, pitch, stroke.velocity, stroke.channel)
                events.append(event)
                self._ringing.append((event, stroke))
        self._ringing = [each for each in self._ringing if each[0].beat + each[0].duration > begin - 1]
        return events

    def _wait(self) -> None:
        """Until the tempo is known by what was played."""
        scene = self._scene
        if len(scene.listener.notes) != self._tried:
            self._tried = len(scene.listener.notes)
            scene.find_tempo(scene.listener.notes[-48:])
            if scene.tempo_known:
                scene.tell(f"joins in at {scene.transport.bpm:.0f}")

    # ---- chords

    def _implied(self, note: Heard) -> Chord | None:
        """The chord that a melody implies, looked for once a beat."""
        scene = self._scene
        beat = scene.transport.beat_at(note.onset)
        if self.chord is not None and beat - self._melody_at < scene.beat * 0.9:
            return None
        begin = (math.floor(beat / scene.bar) - 1) * scene.bar
        notes = [
            each for each in scene.listener.since(scene.transport.seconds_at(begin)) if each.channel != _DRUMS
        ]
        if len(notes) < _MELODY:
            return Chord(note.pitch % 12) if self.chord is None and scene.key is None else None
        self._melody_at = beat
        score = scene.score(notes, begin, 2)
        now = round((beat - begin) * score.ticks_per_beat)
        chords = [each.chord for each in score.chords() if each.tick <= now]
        return chords[-1] if chords else None

    def _change(self, chord: Chord) -> None:
        """What was meant for the chord that comes, moves to it."""
        scene = self._scene
        now = scene.transport.beat
        for k, (event, stroke) in enumerate(self._ringing):
            left = event.beat + event.duration - now
            if left <= 0 or stroke.channel == _DRUMS:
                continue
            pitch = moved(stroke.pitch, stroke.channel, stroke.chord, chord)
            if pitch != event.pitch and (now - event.beat < _LATE or left > _LONG):
                other = replace(event, pitch=pitch)
                scene.swap(event, other)
                self._ringing[k] = other, stroke

    def _give_way(self, note: Heard) -> None:
        """What began together with a note of the player, and rubs against it, becomes another chord tone."""
        scene = self._scene
        now = scene.transport.beat
        for k, (event, stroke) in enumerate(self._ringing):
            if -_LATE < now - event.beat < _LATE and _rubs(event.pitch, [note.pitch], stroke):
                other = replace(event, pitch=self._clear(event.pitch, stroke))
                if other != event:
                    scene.swap(event, other)
                    self._ringing[k] = other, stroke

    def _clear(self, pitch: int, stroke: Stroke) -> int:
        """The chord tone nearest to a pitch that rubs against what the player holds, if there is one."""
        held = [each.pitch for each in self._scene.listener.held]
        if not _rubs(pitch, held, stroke):
            return pitch
        chord = stroke.chord if self.repeats or self.chord is None else self.chord
        tones = {(chord.root + interval) % 12 for interval in chord.intervals}
        near = range(max(pitch - 6, _lowest(pitch)), min(pitch + 7, 128))
        free = [each for each in near if each % 12 in tones and not _rubs(each, held, stroke)]
        return min(free, key=lambda each: abs(each - pitch), default=pitch)

    # ---- patterns

    def _renew(self, begin: float) -> None:
        """Composes on, to what was played last, and takes it when it is there."""
        scene = self._scene
        if self._making is not None and self._making.done():
            made, self._making = self._making.result(), None
            if made is not None:
                self._backing, self._pattern = made
        length = BARS * scene.bar
        if self._making is None and begin - self._composed_at >= length:
            self._composed_at = math.floor(begin / scene.bar) * scene.bar
            end = self._composed_at
            notes = [
                each
                for each in scene.listener.since(scene.transport.seconds_at(end - length))
                if each.channel != _DRUMS and scene.transport.beat_at(each.onset) < end
            ]
            if len(notes) < _MELODY:
                return
            ground, seed, before = scene.score(notes, end - length, BARS), scene.next_seed(), self._backing
            self._making = scene.compose(lambda: self._composed(before, ground, seed))

    def _composed(
        self, before: Backing | None, ground: Score, seed: int
    ) -> tuple[Backing, list[Stroke]] | None:
        """The next round to bars that are as before, or a first one to others; None where nothing can be
        played to them.
        """
        if before is not None and before.is_to(ground):
            return before, before.round()
        try:
            return self._made(ground, seed)
        except ValueError:
            return None

    def _made(self, ground: Score, seed: int) -> tuple[Backing, list[Stroke]]:
        backing = Backing(self._scene.model, ground, self._parts, seed=seed, programs=self.programs)
        return backing, backing.round()


_ROOT = 60


def _rubs(pitch: int, held: Sequence[int], stroke: Stroke) -> bool:
    """Whether a pitch is too near to others."""
    near = () if stroke.channel == _DRUMS else _RUBS_IN_BASS if stroke.is_bass else _RUBS
    return any((pitch - each) % 12 in near for each in held)


def moved(pitch: int, channel: int, old: Chord, new: Chord) -> int:
    """A pitch that was composed to one chord, on another: a chord tone stays one, and roots go to basses."""
    if channel == _DRUMS or old == new:
        return pitch
    above = (pitch - old.root) % 12
    tones, others = old.intervals, new.intervals
    if above in tones:
        place = tones.index(above)
        wanted = new.bass if place == 0 else new.root + others[min(place, len(others) - 1)]
    else:
        wanted = new.root + above
        if above == 4 and 3 in others:
            wanted -= 1
        elif above == 3 and 4 in others:
            wanted += 1
    step = (wanted - pitch + 6) % 12 - 6
    if pitch + step < _lowest(pitch):
        step += 12
    return min(pitch + step, 127)


def _lowest(pitch: int) -> int:
    """How low what was composed so low may go: no lower than the string of a bass, unless it was."""
    return min(pitch, _STRING)
