"""Duet: a stream that plays while the player plays, in the player's time, key and density."""

from __future__ import annotations

import math
from collections.abc import Sequence

from linnet.controls.keywords import WishOptions
from linnet.live.listening import Heard, habits_of
from linnet.live.scene import Event, Scene
from linnet.music.theory import scale_classes
from linnet.stream import Stream

__all__ = ["Duet"]

_BPM = 120.0
"""Of the stream. Its beats come when those of the player do, so it is heard at any tempo."""

_LISTEN_BARS = 1
"""Bars that are listened to before it joins in."""

_QUIET_BARS = 2
"""Bars of silence after which it pauses."""

_CLASH = (1, 2, 10, 11)
"""Semitones, and octaves more, that are too near to what the player holds."""

_HIGHEST_OF_LOW, _LOW, _HIGH = 64, 2, 4
"""A player whose notes are lower on average has the second voice above, in this register; else below."""


class Duet:
    """Plays while the player plays."""

    def __init__(self, scene: Scene, *, program: int = 0, channel: int = 0) -> None:
        """A second voice on a channel."""
        self._scene, self._channel = scene, channel
        self.programs = {channel: program}
        self._stream: Stream | None = None
        self._wished: WishOptions = {}
        self._at = 0.0
        """Beat up to which the stream was heard."""

        self._joined = False
        self._bar = -1
        self._mute = False

    def prepare(self) -> None:
        """Begins the stream."""
        scene = self._scene
        signature = f"{scene.signature.numerator}/{scene.signature.denominator}"
        self._stream = scene.model.stream(
            seed=scene.seed, bpm=_BPM, time_signature=signature, form="", worker=True, key=scene.key
        )
        self._stream.prepare()

    def close(self) -> None:
        """Ends the stream's worker."""
        if self._stream is not None:
            self._stream.close()

    def heard(self, note: Heard) -> None:
        """A note of the player; what it says is used at the next bar line."""

    def play(self, begin: float, end: float) -> Sequence[Event]:
        """What begins in these beats."""
        scene, stream = self._scene, self._stream
        assert stream is not None
        bar = math.floor(begin / scene.bar + 1e-6)
        if bar != self._bar:
            self._bar = bar
            self._listen(bar)
        if not self._joined:
            return ()
        if self._at < 0 or not begin - scene.bar < self._at < end:  # it joins, or the time has jumped
            self._at = begin
        events = []
        for note in stream.advance((end - self._at) * 60 / _BPM):
            beat = self._at + note.onset * _BPM / 60
            if self._mute or note.is_drum:
                continue
            pitch = self._clear(note.pitch)
            events.append(Event(beat, note.duration * _BPM / 60, pitch, note.velocity, self._channel))
        self._at = end
        return events

    def _listen(self, bar: int) -> None:
        """At each bar line: what the player is like now."""
        scene, stream = self._scene, self._stream
        assert stream is not None
        quiet = scene.listener.quiet_since()
        silent = 0.0 if quiet is None else (scene.transport.clock() - quiet) * scene.transport.bpm / 60
        self._mute = silent > _QUIET_BARS * scene.bar
        if not self._joined:
            if bar < _LISTEN_BARS:
                return
            scene.find_tempo(scene.listener.notes[-48:])
            if not scene.tempo_known:
                return
            scene.decided.append((scene.transport.clock(), scene.transport.beat))
            self._joined = True
            self._at = -1.0
            scene.tell(f"joins in at {scene.transport.bpm:.0f}")
        recent = scene.recent(4)
        if recent is None:
            return
        wishes = scene.wishes(None)
        habits = habits_of(recent)
        pitches = recent.notes.pitch
        habits["register"] = _HIGH if float(pitches.mean()) < _HIGHEST_OF_LOW else _LOW
        for name, value in habits.items():
            if scene.model.info.has_learnt(name):
                wishes[name] = value  # type: ignore[literal-required]  # density and register
        if wishes != self._wished:
            stream.wish(**wishes)
            self._wished = wishes
            said = ", ".join(f"{name} {value}" for name, value in wishes.items())
            scene.tell(f"follows: {said} at {scene.transport.bpm:.0f}")

    def _clear(self, pitch: int) -> int:
        """The nearest pitch that does not rub against what is held."""
        held = [note.pitch for note in self._scene.listener.held]
        key = self._scene.key_now() if held else None

        def rubs(candidate: int) -> bool:
            return any((candidate - each) % 12 in _CLASH for each in held)

        if not rubs(pitch):
            return pitch
        scale = None if key is None else scale_classes(key)
        for step in (1, -1, 2, -2, 3, -3):
            if not rubs(pitch + step) and (scale is None or (pitch + step) % 12 in scale):
                return min(max(pitch + step, 0), 127)
        return pitch
