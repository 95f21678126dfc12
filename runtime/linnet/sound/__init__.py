"""Sound of a piece: rendered as a WAV file, or played aloud.

With FluidSynth (the extra `audio`) and a SoundFont, which is looked for where systems keep them. Without,
there is a plain tone for each family of instruments, and a line in the log says so.
"""

from __future__ import annotations

import logging
import math
import os
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from linnet._tools.files import whole
from linnet._tools.lazy import np
from linnet.doctor.machine import sound_fonts
from linnet.errors import LinnetError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet._tools.progress import Progress
    from linnet.music.score import Score

__all__ = ["Sounds", "check_path", "play", "write"]

VARIABLE = "LINNET_SOUNDFONT"
"""Environment variable with the path of the SoundFont to be played, and no other."""

RATE = 44100
"""Frames a second."""

TAIL = 1.5
"""Seconds after the end, in which notes and rooms die away."""

_FADE = 0.25
"""Seconds of it that lead to silence."""

_LEVEL = 0.5
"""How loud all is together where it is loudest; a lone note at velocity 127 is 1."""

_KNEE, _ROOM = 0.75, 0.23
"""Above the knee, waves are bent into the room that is left, so nothing is ever clipped."""

_MOST_BYTES = 2**32 - 4096
"""In a WAV file, which counts them in 32 bits."""


@dataclass(frozen=True)
class Sounds:
    """The notes of a score as a synthesizer needs them, each array (notes,)."""

    rate: int
    frames: int
    """To the very end, when all has died away."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    """Frames; the release comes after."""

    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]
    track: NDArray[np.int64]
    program: NDArray[np.int64]
    is_drum: NDArray[np.bool_]

    @classmethod
    def of(cls, score: Score, rate: int) -> Sounds:
        """The score's; `ValueError` for a rate that no synthesizer has, and more than a WAV file can hold."""
        if not 8000 <= rate <= 96000:
            raise ValueError(f"rate must be between 8000 and 96000 frames a second, got {rate}")
        last = score.seconds(max(score.end, score.notes.last_end)) + TAIL
        if 4 * rate * last > _MOST_BYTES:
            raise ValueError(f"the piece lasts {last / 3600:.1f} hours, more than a WAV file can hold")
        tracks = [track for track in score.tracks if len(track.notes)]
        track = np.repeat(np.arange(len(tracks)), [len(track.notes) for track in tracks])

        def column(name: str) -> NDArray[np.int64]:
            return np.concatenate([np.array([], np.int64), *(getattr(track.notes, name) for track in tracks)])

        begin, end = (np.rint(score.seconds(column(at)) * rate).astype(np.int64) for at in ("onset", "end"))
        return cls(
            rate=rate,
            frames=round(last * rate),
            begin=begin,
            end=np.maximum(end, begin + 1),
            pitch=column("pitch"),
            velocity=column("velocity"),
            track=track,
            program=np.array([track.program for track in tracks], np.int64)[track],
            is_drum=np.array([track.is_drum for track in tracks], np.bool_)[track],
        )

    @property
    def loudness(self) -> float:
        """Of all that sounds together where most does; 1 is a lone note at velocity 127."""
        power = (self.velocity / 127) ** 4  # of amplitudes that go by the square of the velocity
        order = np.argsort(np.concatenate([self.end, self.begin]), kind="stable")
        return math.sqrt(np.concatenate([-power, power])[order].cumsum().max(initial=0))


def check_path(path: str | PathLike[str]) -> None:
    """`ValueError` unless the name is one of a WAV file."""
    if Path(path).suffix.lower() != ".wav":
        raise ValueError(f"sound is written as .wav, got {fspath(path)!r}")


def write(
    score: Score,
    path: str | PathLike[str],
    *,
    soundfont: str | PathLike[str] | None = None,
    rate: int = RATE,
    progress: Progress | None = None,
) -> str:
    """Render the piece as a WAV file (16 bits, stereo), whole or not at all; returns what played it.

    A SoundFont that is named here, or in the environment variable LINNET_SOUNDFONT, is played or refused
    (`LinnetError`). Left out, the first that the system has is taken, or the plain tone. The same score,
    synthesizer and SoundFont give the same bytes on the same kind of machine. `progress` is told the seconds
    that are done, and those in all.
    """
    check_path(path)
    sounds = Sounds.of(score, rate)
    synthesizer = _synthesizer(soundfont, rate)
    with whole(path) as temporary, temporary.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        for block in _blocks(synthesizer, sounds, progress):
            file.writeframesraw(block)
    return synthesizer.name


def play(
    score: Score,
    *,
    soundfont: str | PathLike[str] | None = None,
    port: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Play the piece aloud to its end: to the loudspeaker (the extra `audio`), else to a MIDI port.

    `port` asks for the first MIDI port with these words in its name. When it is interrupted, all notes stop.
    `LinnetError` when there is nothing to play to.
    """
    from linnet.sound.output import Loudspeaker, to_port

    if port is not None:
        if soundfont is not None:
            raise ValueError("a MIDI port has sounds of its own: it takes no soundfont")
        return to_port(score, port, progress)
    sounds = Sounds.of(score, RATE)
    try:
        loudspeaker = Loudspeaker(RATE)
    except LinnetError as error:
        if soundfont is not None:
            raise
        try:
            return to_port(score, "", progress)
        except LinnetError as other:
            raise LinnetError(f"{error}; {other}") from other
    with loudspeaker:
        for block in _blocks(_synthesizer(soundfont, RATE), sounds, progress):
            loudspeaker.put(block)
    return None


class _Synthesizer(Protocol):
    """What turns notes into sound."""

    name: str

    def blocks(self, sounds: Sounds, size: int) -> Iterator[NDArray[np.float32]]: ...


def _synthesizer(soundfont: str | PathLike[str] | None, rate: int) -> _Synthesizer:
    """The one that was asked for, or the best there is."""
    from linnet.sound.fluidsynth import FluidSynth, version
    from linnet.sound.tone import PlainTone

    if chosen := soundfont or os.environ.get(VARIABLE):
        return FluidSynth(fspath(chosen), rate)
    reason = "FluidSynth is not installed: pip install 'linnet[audio]'"
    if version() is not None:
        for found in sound_fonts():
            with suppress(LinnetError, OSError):
                return FluidSynth(found, rate)
        reason = "there is no SoundFont in the usual places, such as Debian's fluid-soundfont-gm"
    logging.getLogger("linnet").warning("linnet: a plain tone plays; %s", reason)
    return PlainTone()


def _blocks(synthesizer: _Synthesizer, sounds: Sounds, progress: Progress | None) -> Iterator[bytes]:
    """Frames of 16 bits, a second at a time, at a level that leaves room where the piece is loudest."""
    level, done = _LEVEL / max(1.0, sounds.loudness), 0
    for block in synthesizer.blocks(sounds, sounds.rate):
        block *= level
        size = np.abs(block)
        bent = _KNEE + _ROOM * np.tanh((size - _KNEE) / _ROOM)
        block = np.where(size > _KNEE, np.copysign(bent, block), block)
        left = (sounds.frames - done - np.arange(len(block))) / (_FADE * sounds.rate)
        yield np.rint(32767 * block * np.minimum(1, left)[:, None]).astype("<i2").tobytes()
        done += len(block)
        if progress is not None:
            progress(done // sounds.rate, sounds.frames // sounds.rate)
