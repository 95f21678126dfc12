"""Sound of a piece: rendered as a WAV file, or played aloud.

With FluidSynth (the extra `audio`) and a SoundFont, which is looked for where systems keep them. Without,
there is a plain tone for each family of instruments, and a line in the log says so.
"""

from __future__ import annotations

import logging
import os
import wave
from collections.abc import Iterator
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from linnet.errors import LinnetError
from linnet.sound.events import Sounds
from linnet.sound.fonts import sound_fonts
from linnet.tools.files import whole
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.score import Score
    from linnet.tools.progress import Progress

__all__ = ["Sounds", "check_path", "play", "write"]

VARIABLE = "LINNET_SOUNDFONT"
"""Environment variable with the path of the SoundFont to be played, and no other."""

RATE = 44100
"""Frames a second."""

_FADE = 0.25
"""Seconds of it that lead to silence."""

_LEVEL = 0.5
"""How loud all is together where it is loudest; a lone note at velocity 127 is 1."""

_KNEE, _ROOM = 0.75, 0.23
"""Above the knee, waves are bent into the room that is left, so nothing is ever clipped."""


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
