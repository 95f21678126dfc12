"""What a synthesizer in real time is made of: tracks that sound, with a SoundFont or as plain tones."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from linnet.sound import tone
from linnet.sound.fluidsynth import CHANNELS
from linnet.tools.dataclass import dataclass, field
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.sound.fluidsynth import FluidSynth

__all__ = ["Fonts", "Tones", "Voices"]

_VOLUME, _PAN, _PEDAL = 7, 10, 64
_USUAL_VOLUME = 100
"""Of a channel of MIDI that was told nothing."""

_CHUNK = 2048
"""Frames of a plain tone that are computed at once; each takes less time than alone."""

_MOST_TONES = 64
"""Plain tones at a time; the oldest one ends where there would be more."""


class Voices(Protocol):
    """Tracks that sound. All happens at the frame that is rendered next."""

    name: str

    def note_on(self, track: Hashable, pitch: int, velocity: int) -> None:
        """Strikes a note."""

    def note_off(self, track: Hashable, pitch: int) -> None:
        """Lets go of it."""

    def program(self, track: Hashable, program: int, is_drum: bool) -> None:
        """What the track plays."""

    def volume(self, track: Hashable, volume: float) -> None:
        """How loud it is, 0 to 1."""

    def pan(self, track: Hashable, pan: float) -> None:
        """Where it stands, -1 to 1."""

    def control(self, track: Hashable, number: int, value: int) -> None:
        """A control change of MIDI."""

    def bend(self, track: Hashable, value: int) -> None:
        """Bends its pitch, 0 to 16383."""

    def silence(self) -> None:
        """Ends all that sounds, at once."""

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next frames. (frames, 2)"""


class Fonts:
    """A SoundFont, played by FluidSynth; each track is a channel of it."""

    def __init__(self, font: FluidSynth, programs: Sequence[int]) -> None:
        """Reads the samples of these programs now."""
        self.name, self._font = font.name, font
        self._tracks: dict[Hashable, int] = {}
        # Samples stay as long as a channel has chosen them.
        self._room = CHANNELS - min(len(set(programs)), CHANNELS // 2)
        for i, program in enumerate(sorted(set(programs))[: CHANNELS // 2]):
            font.program(self._room + i, program)
        for channel in range(9, 256, 16):  # FluidSynth's own drums
            font.program(channel, 0)

    def _channel(self, track: Hashable) -> int:
        if track not in self._tracks:
            self._tracks[track] = len(self._tracks) % self._room
        return self._tracks[track]

    def note_on(self, track: Hashable, pitch: int, velocity: int) -> None:
        self._font.note_on(self._channel(track), pitch, velocity)

    def note_off(self, track: Hashable, pitch: int) -> None:
        self._font.note_off(self._channel(track), pitch)

    def program(self, track: Hashable, program: int, is_drum: bool) -> None:
        self._font.program(self._channel(track), program, is_drum=is_drum)

    def volume(self, track: Hashable, volume: float) -> None:
        # Loudness goes by the square of the controller (General MIDI Level 2).
        self._font.control(self._channel(track), _VOLUME, round(_USUAL_VOLUME * math.sqrt(volume)))

    def pan(self, track: Hashable, pan: float) -> None:
        self._font.control(self._channel(track), _PAN, round(64 + 63 * pan))

    def control(self, track: Hashable, number: int, value: int) -> None:
        self._font.control(self._channel(track), number, value)

    def bend(self, track: Hashable, value: int) -> None:
        self._font.bend(self._channel(track), value)

    def silence(self) -> None:
        self._font.silence()

    def render(self, frames: int) -> NDArray[np.float32]:
        return self._font.render(frames)


@dataclass(slots=True)
class _Track:
    program: int = 0
    is_drum: bool = False
    volume: float = 1.0
    pan: float = 0.0
    pedal: bool = False


@dataclass(slots=True, eq=False)
class _Tone:
    """A note that sounds."""

    track: Hashable
    pitch: int
    loud: float
    program: int
    age: int = 0
    """Frames since its onset."""

    end: int | None = None
    """Frames from its onset to its end, when that has come."""

    is_held: bool = True
    """Whether the key is down; with a pedal it may sound on."""

    stroke: NDArray[np.float64] | None = None
    """All of it, if it is a drum."""

    ready: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    begin: int = 0
    """What is computed, and from which frame of it on."""


class Tones:
    """Plain tones, of numpy alone. They bend no pitch and have no reverb."""

    name = "a plain tone"

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._tracks: dict[Hashable, _Track] = {}
        self._tones: list[_Tone] = []

    def _track(self, track: Hashable) -> _Track:
        return self._tracks.setdefault(track, _Track())

    def note_on(self, track: Hashable, pitch: int, velocity: int) -> None:
        self.note_off(track, pitch)
        player = self._track(track)
        tone_ = _Tone(track, pitch, (velocity / 127) ** 2, player.program)
        if player.is_drum:
            tone_.stroke = tone.drum(pitch, self._rate)
        self._tones.append(tone_)
        del self._tones[:-_MOST_TONES]

    def note_off(self, track: Hashable, pitch: int) -> None:
        for tone_ in self._tones:
            if tone_.track == track and tone_.pitch == pitch and tone_.is_held:
                tone_.is_held = False
                if not self._track(track).pedal:
                    tone_.end = tone_.age

    def program(self, track: Hashable, program: int, is_drum: bool) -> None:
        player = self._track(track)
        player.program, player.is_drum = program, is_drum

    def volume(self, track: Hashable, volume: float) -> None:
        self._track(track).volume = volume

    def pan(self, track: Hashable, pan: float) -> None:
        self._track(track).pan = pan

    def control(self, track: Hashable, number: int, value: int) -> None:
        player = self._track(track)
        if number == _VOLUME:
            player.volume = (value / _USUAL_VOLUME) ** 2
        elif number == _PAN:
            player.pan = max((value - 64) / 63, -1.0)
        elif number == _PEDAL:
            player.pedal = value >= 64
            for tone_ in self._tones:
                if tone_.track == track and not (player.pedal or tone_.is_held or tone_.end is not None):
                    tone_.end = tone_.age

    def bend(self, track: Hashable, value: int) -> None:
        pass

    def silence(self) -> None:
        self._tones.clear()

    def render(self, frames: int) -> NDArray[np.float32]:
        block = np.zeros((frames, 2))
        for tone_ in self._tones:
            player = self._track(tone_.track)
            wave = self._wave(tone_, frames)
            angle = (player.pan + 1) * math.pi / 4
            loud = tone_.loud * player.volume
            block[: len(wave)] += wave[:, None] * (loud * math.cos(angle), loud * math.sin(angle))
            tone_.age += frames
        self._tones = [tone_ for tone_ in self._tones if self._sounds(tone_)]
        return block.astype(np.float32)

    def _sounds(self, tone_: _Tone) -> bool:
        if tone_.stroke is not None:
            return tone_.age < len(tone_.stroke)
        release = tone.release_seconds(tone_.program) * self._rate
        return tone_.end is None or tone_.age < tone_.end + release

    def _wave(self, tone_: _Tone, frames: int) -> NDArray[np.float64]:
        first, last = tone_.age, tone_.age + frames
        if tone_.stroke is not None:
            return tone_.stroke[first:last]
        if last > tone_.begin + len(tone_.ready):
            seconds = np.arange(first, max(last, first + _CHUNK)) / self._rate
            tone_.ready = tone.held(tone_.program, tone_.pitch, tone_.loud, seconds, self._rate)
            tone_.begin = first
        wave = tone_.ready[first - tone_.begin : last - tone_.begin]
        if tone_.end is not None:
            release = tone.release_seconds(tone_.program) * self._rate
            wave = wave * np.clip(1 - (np.arange(first, last) - tone_.end) / release, 0, 1) ** 2
        return wave
