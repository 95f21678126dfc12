"""Sound in real time: notes in, frames out, a few at a time.

    synth = Synth()
    synth.note_on(60, 90)
    synth.note_off(60, after=0.5)
    frames = synth.render(512)  # (512, 2), for whoever plays them

With FluidSynth (the extra `audio`) and a SoundFont as in `linnet.sound`, else with a plain tone.
`linnet.synth.ahead.Ahead` keeps some blocks ready for an audio callback, and `linnet.synth.speaker.Speaker`
is one.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from itertools import count
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

from linnet import sound
from linnet.controls import kinds
from linnet.music.general_midi import program_number
from linnet.sound.level import bent
from linnet.synth.voices import Fonts, Tones, Voices
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RATE", "Playable", "Synth"]

RATE = 48_000
"""Frames a second, unless asked for."""

_LEVEL = 0.35
"""How loud a lone note at velocity 127 is at its peak; chords and drums come to more."""

_DRUM_CHANNEL = 9

_RATE = kinds.whole(8000, 96_000)
_PITCH = kinds.whole(0, 127)
_VELOCITY = kinds.whole(1, 127)
_SECONDS = kinds.number(0, 86_400.0)
_FRAMES = kinds.whole(0, 1_000_000)
_SHARE = kinds.number(0, 1)
_SIDE = kinds.number(-1, 1)


class Playable(Protocol):
    """A note that can be played; `linnet.DueNote` is one."""

    @property
    def onset(self) -> float:
        """Seconds from now."""

    @property
    def duration(self) -> float:
        """Seconds."""

    @property
    def pitch(self) -> int:
        """0..127; of a drum, which one."""

    @property
    def velocity(self) -> int:
        """1..127."""

    @property
    def program(self) -> int:
        """Of General MIDI, 0..127."""

    @property
    def is_drum(self) -> bool:
        """Whether the drum kit plays it."""


class Synth:
    """A synthesizer that plays what it is told, when it is told.

    **Time** is that of its frames: "now" is the first frame that the next `render` will make, and `after` is
    in seconds from there, rounded to a frame. What it plays does not depend on how many frames are rendered
    at a time. A plain tone begins at the very frame; FluidSynth begins notes at the next of its blocks of 64
    frames, up to 1.3 ms later.

    **Tracks** are numbers, or any other names: each has an instrument, a volume and a place between left and
    right of its own, and comes to be when it is first named.

    **Threads.** Any thread may call it while another one renders, and none ever waits for another: what is
    asked for is put into a queue that `render` empties. Only one thread may render.
    """

    def __init__(
        self,
        soundfont: str | PathLike[str] | None = None,
        *,
        rate: int = RATE,
        reverb: bool = False,
        programs: Iterable[int | str] = (),
    ) -> None:
        """A synthesizer with nothing to play yet.

        Args:
            soundfont: an .sf2, .sf3 or .dls file, played or refused. None: the one that the environment
                variable LINNET_SOUNDFONT names, else the first that the system has, else a plain tone.
            rate: frames a second, 8000 to 96000.
            reverb: whether there is a room around it; a plain tone has none.
            programs: instruments whose samples are read now; those of others are read before their first
                note, which takes some milliseconds.

        Raises:
            LinnetError: for a SoundFont that cannot be played.
            ValueError: for a rate that no synthesizer has, and for a program that there is not.
        """
        self.rate: int = kinds.read("rate", _RATE, rate)
        known = [program_number(program) for program in programs]
        font = sound.with_soundfont(soundfont, self.rate, reverb=reverb, live=True)
        self._voices: Voices = Tones(self.rate) if font is None else Fonts(font, known)
        self.name = self._voices.name
        """What plays, for a person to read."""

        self._frames = 0
        self._serial = count()
        self._asked: deque[tuple[int, int, Callable[..., None] | None, tuple[Any, ...]]] = deque()
        self._waiting: list[tuple[int, int, Callable[..., None] | None, tuple[Any, ...]]] = []
        self._ringing: dict[tuple[Hashable, int], int] = {}
        self._programs: dict[Hashable, tuple[int, bool]] = {}
        """What tracks play when all that was asked for has been played."""

    # ---- notes

    def note_on(self, pitch: int, velocity: int, *, track: Hashable = 0, after: float = 0.0) -> None:
        """Strikes a note.

        Args:
            pitch: 0..127, 60 is middle C; of a drum, which one.
            velocity: 1..127.
            track: who plays it.
            after: seconds from now.
        """
        pitch, velocity = kinds.read("pitch", _PITCH, pitch), kinds.read("velocity", _VELOCITY, velocity)
        self._ask(after, self._on, track, pitch, velocity)

    def note_off(self, pitch: int, *, track: Hashable = 0, after: float = 0.0) -> None:
        """Lets go of a note; of one that was struck twice, when it is called twice."""
        self._ask(after, self._off, track, kinds.read("pitch", _PITCH, pitch))

    def play(self, notes: Iterable[Playable], *, after: float = 0.0) -> None:
        """Plays notes from their onsets to their ends, such as those that `Stream.advance` returns.

        Each goes to the track that it names (`note.track`), else to one of its instrument.

        Args:
            notes: their onsets are in seconds from now.
            after: seconds more.
        """
        for note in notes:
            track = getattr(note, "track", None)
            if track is None:
                track = "drums" if note.is_drum else note.program
            begin = after + note.onset
            if self._programs.get(track) != (note.program, note.is_drum):
                self.program(track, note.program, is_drum=note.is_drum, after=begin)
            self.note_on(note.pitch, note.velocity, track=track, after=begin)
            self.note_off(note.pitch, track=track, after=begin + note.duration)

    def send(self, message: Any) -> None:  # a message of mido, which has no types
        """Does what a MIDI message says, now: `synth` can stand where mido's output ports do.

        The tracks are the channels of MIDI, 0 to 15; that of the drums is 9. Notes, programs, pitch bend,
        volume, pan, pedal and silence are heard; other messages say nothing to it.
        """
        channel = getattr(message, "channel", None)
        if channel is None:
            return
        track = ("channel", channel)
        is_drum = channel == _DRUM_CHANNEL
        if is_drum and track not in self._programs:
            self.program(track, 0, is_drum=True)
        if message.type == "note_on" and message.velocity:
            self._ask(0.0, self._on, track, message.note, message.velocity)
        elif message.type in ("note_on", "note_off"):
            self._ask(0.0, self._off, track, message.note)
        elif message.type == "program_change":
            self.program(track, message.program, is_drum=is_drum)
        elif message.type == "pitchwheel":
            self._ask(0.0, self._voices.bend, track, message.pitch + 8192)
        elif message.type == "control_change" and message.control in (120, 123):
            self._ask(0.0, self._end_track, track)
        elif message.type == "control_change":
            self._ask(0.0, self._voices.control, track, message.control, message.value)

    def silence(self) -> None:
        """Ends all that sounds and forgets all that was to come, at the next frame."""
        self._asked.append((0, next(self._serial), None, ()))

    # ---- tracks

    def program(
        self, track: Hashable, program: int | str, *, is_drum: bool = False, after: float = 0.0
    ) -> None:
        """What a track plays from here on: a program of General MIDI by number or name, or the drums."""
        number = program_number(program)
        self._programs[track] = (number, is_drum)
        self._ask(after, self._voices.program, track, number, is_drum)

    def volume(self, track: Hashable, volume: float, *, after: float = 0.0) -> None:
        """How loud a track is: 0 to 1, which is as it comes."""
        self._ask(after, self._voices.volume, track, kinds.read("volume", _SHARE, volume))

    def pan(self, track: Hashable, pan: float, *, after: float = 0.0) -> None:
        """Where a track stands: -1 is left, 0 in the middle, 1 right."""
        self._ask(after, self._voices.pan, track, kinds.read("pan", _SIDE, pan))

    # ---- sound

    @property
    def frames(self) -> int:
        """How many frames were rendered."""
        return self._frames

    @property
    def seconds(self) -> float:
        """How long it has played."""
        return self._frames / self.rate

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next frames: what sounds in them, from -1 to 1 and never clipped. (frames, 2)"""
        frames = kinds.read("frames", _FRAMES, frames)
        self._take()
        start, done = self._frames, 0
        parts = []
        while done < frames:
            while self._waiting and self._waiting[0][0] <= start + done:
                *_, act, words = heapq.heappop(self._waiting)
                if act is not None:
                    act(*words)
            until = min(frames, self._waiting[0][0] - start) if self._waiting else frames
            parts.append(self._voices.render(until - done))
            done = until
        self._frames = start + done
        block = parts[0] if len(parts) == 1 else np.concatenate(parts or [np.zeros((0, 2), np.float32)])
        return np.asarray(bent(block * np.float32(_LEVEL)), np.float32)

    def _ask(self, after: float, act: Callable[..., None], *words: Any) -> None:
        frame = self._frames + round(kinds.read("after", _SECONDS, after) * self.rate)
        # One after another where frames are the same; notes are counted, so none ends with another's end.
        self._asked.append((frame, next(self._serial), act, words))

    def _take(self) -> None:
        """What was asked for gets in line."""
        for _ in range(len(self._asked)):
            event = self._asked.popleft()
            if event[2] is None:
                self._waiting.clear()
                self._ringing.clear()
                self._voices.silence()
            else:
                heapq.heappush(self._waiting, event)

    def _on(self, track: Hashable, pitch: int, velocity: int) -> None:
        key = (track, pitch)
        self._ringing[key] = self._ringing.get(key, 0) + 1
        self._voices.note_on(track, pitch, velocity)

    def _off(self, track: Hashable, pitch: int) -> None:
        key = (track, pitch)
        count = self._ringing.pop(key, 0)
        if count > 1:
            self._ringing[key] = count - 1
        elif count:
            self._voices.note_off(track, pitch)

    def _end_track(self, track: Hashable) -> None:
        for key in [key for key in self._ringing if key[0] == track]:
            del self._ringing[key]
            self._voices.note_off(*key)
