"""Sound of a piece: rendered as a WAV, FLAC, OGG or MP3 file, or played aloud.

With FluidSynth (the extra `audio`) and a SoundFont, which is looked for where systems keep them. Without,
there is a plain tone for each family of instruments, and a line in the log says so.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, suppress
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from linnet.errors import LinnetError
from linnet.music.joining import LOOP_END, LOOP_START
from linnet.music.track import stem_names
from linnet.sound.events import Sounds
from linnet.sound.files import FORMATS, LoopPoints, check_path, duration, opened
from linnet.sound.fonts import VARIABLE, sound_fonts
from linnet.sound.level import bent, level
from linnet.tools.lazy import np
from linnet.tools.say import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames = NDArray[np.floating[Any]]

    from linnet.music.score import Score
    from linnet.sound.fluidsynth import FluidSynth
    from linnet.tools.progress import Progress

__all__ = [
    "FORMATS",
    "Sounds",
    "check_path",
    "duration",
    "pcm",
    "play",
    "prepare",
    "with_soundfont",
    "write",
    "write_stems",
]

RATE = 44100
"""Frames a second."""

_FADE = 0.25
"""Seconds of it that lead to silence."""


def write(
    score: Score,
    path: str | PathLike[str],
    *,
    soundfont: str | PathLike[str] | None = None,
    rate: int = RATE,
    tail: float | None = None,
    loop: bool | None = None,
    progress: Progress | None = None,
) -> str:
    """Render the piece as a WAV, FLAC, OGG or MP3 file (stereo, 16 bits), whole or not at all; returns what
    played it. All but WAV are written by soundfile (the extra `formats`). However long the piece is, a second
    of it at a time is in memory.

    A SoundFont that is named here, or in the environment variable LINNET_SOUNDFONT, is played or refused
    (`LinnetError`). Left out, the first that the system has is taken, or the plain tone. The same score,
    synthesizer and SoundFont give the same bytes on the same kind of machine. `progress` is told the seconds
    that are done, and those in all.

    `tail` is how many seconds follow the end, in which notes die away, 0 to 60; 1.5 unless given. With 0 the
    file is exactly as long as the piece, to the sample.

    A `loop` (unless given: where the score is marked as one) is exactly as long as the piece, too: what rings
    on after its end rings on at its beginning, so that it can be played round and round. WAV (a `smpl` chunk)
    and OGG (`LOOPSTART` and `LOOPLENGTH`, in frames) say so.
    """
    check_path(path)
    sounds = Sounds.of(score, rate, tail=tail, loop=_is_loop(score) if loop is None else loop)
    synthesizer = _synthesizer(soundfont, rate)
    with opened(path, rate, loop=_points(sounds)) as file:
        for block in _blocks(synthesizer, sounds, progress):
            file.write(block)
    return synthesizer.name


def _is_loop(score: Score) -> bool:
    """Whether markers say so."""
    ends = {marker.text: marker.tick for marker in score.markers}
    return ends.get(LOOP_START) == 0 and ends.get(LOOP_END) == score.end


def _points(sounds: Sounds) -> LoopPoints | None:
    return LoopPoints(0, sounds.frames - sounds.skip) if sounds.loop else None


def write_stems(
    score: Score,
    folder: str | PathLike[str],
    *,
    mix: str | PathLike[str] | None = None,
    soundfont: str | PathLike[str] | None = None,
    rate: int = RATE,
    format: str = ".wav",
    tail: float | None = None,
    loop: bool | None = None,
    progress: Progress | None = None,
) -> tuple[list[Path], str]:
    """Render each track as a file of its own, all at one level: that of the mix.

    The files, `01 Piano.wav` and so on in the order of the tracks, are as long as the mix, and their samples
    sum to it but for rounding. Each track is played by a synthesizer of its own, so the mix that is written
    to `mix` is their sum. It may differ from what `write` makes of the piece, where all share the room of
    one synthesizer. Nothing is written unless all is.

    Args:
        score: the piece.
        folder: where the files go; it is made where it is missing.
        mix: a name for their sum, ending as for `write`.
        soundfont: as for `write`.
        rate: frames a second.
        format: what the files are, `.wav`, `.flac`, `.ogg` or `.mp3`; the last two do not sum to the mix
            exactly.
        tail: as for `write`.
        loop: likewise.
        progress: is told the seconds that are done, and those in all.

    Returns:
        The paths of the stems, and what played them.
    """
    if mix is not None:
        check_path(mix)
    tracks = [track for track in score.tracks if len(track.notes)]
    sounds = Sounds.of(score, rate, tail=tail, loop=_is_loop(score) if loop is None else loop)
    alone = [sounds.of_track(number) for number in range(len(tracks))]
    first = _synthesizer(soundfont, rate)
    # A plain tone keeps nothing in mind, and one is enough for all.
    synthesizers = [
        _synthesizer(soundfont, rate) if i and first.shares else first for i in range(len(tracks))
    ]
    paths = [Path(folder, name) for name in [f"{name}{format}" for name in stem_names(tracks)]]
    check_path(paths[0] if paths else Path(f"x{format}"))
    Path(folder).mkdir(parents=True, exist_ok=True)
    turned, done = level(sounds), 0
    with ExitStack() as stack:
        files = [stack.enter_context(opened(path, rate, loop=_points(sounds))) for path in paths]
        whole_mix = None if mix is None else stack.enter_context(opened(mix, rate, loop=_points(sounds)))
        playing = (player.blocks(each, rate) for player, each in zip(synthesizers, alone, strict=True))
        for blocks in zip(*playing, strict=True):
            loud = [np.asarray(block, np.float64) * turned for block in blocks]
            total = np.sum(loud, axis=0)
            # What bends the sum, bends each by as much, so that they still sum to it.
            share = bent(total) / np.where(total == 0, 1, total)
            left = _fade(sounds, done, len(total))
            heard = slice(max(sounds.skip - done, 0), None)
            for file, block in zip(files, loud, strict=True):
                file.write(_samples((block * share * left)[heard]))
            if whole_mix is not None:
                whole_mix.write(_samples((total * share * left)[heard]))
            done += len(total)
            if progress is not None:
                progress(done // rate, sounds.frames // rate)
    return paths, first.name


def pcm(
    score: Score,
    *,
    start: float = 0.0,
    silent: Collection[int] = (),
    soundfont: str | PathLike[str] | None = None,
    rate: int = RATE,
) -> Iterator[bytes]:
    """The sound of the piece from so many seconds on, in pieces of a fifth of a second, for who streams it.

    What rings at the start, and had begun before, is not heard. All is as loud as in the file that `write`
    makes, also where some tracks are silent.

    Args:
        score: the piece.
        start: seconds.
        silent: tracks that are not heard, by their number from 0 on.
        soundfont: as for `write`.
        rate: frames a second.

    Yields:
        Frames of two numbers of 16 bits, left and right, the low byte first.
    """
    sounds = Sounds.of(score, rate)
    loud = level(sounds)
    playing = [number for number, track in enumerate(score.tracks) if len(track.notes)]
    sounds = sounds.without([place for place, number in enumerate(playing) if number in silent])
    sounds = sounds.after(min(max(round(start * rate), 0), sounds.frames))
    done, synthesizer = 0, _SPARE.pop(_key(soundfont, rate), None) or _synthesizer(soundfont, rate)
    for block in synthesizer.blocks(sounds, rate // 5):
        yield _samples(bent(block * loud) * _fade(sounds, done, len(block)))
        if not done and synthesizer.shares:
            prepare(soundfont=soundfont, rate=rate)
        done += len(block)


def prepare(*, soundfont: str | PathLike[str] | None = None, rate: int = RATE) -> None:
    """Reads the SoundFont for the next `pcm`, which then begins sooner. What plays, plays once: to be reset
    leaves traces in FluidSynth.
    """
    key = _key(soundfont, rate)
    if key not in _SPARE:
        _SPARE.clear()  # one is kept
        _SPARE[key] = _synthesizer(soundfont, rate)


_SPARE: dict[tuple[str, int], _Synthesizer] = {}
"""One that has not played yet."""


def _key(soundfont: str | PathLike[str] | None, rate: int) -> tuple[str, int]:
    return fspath(soundfont or os.environ.get(VARIABLE, "")), rate


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
    shares: bool
    """Whether what it plays shares a room, so that a track alone needs one of its own."""

    def blocks(self, sounds: Sounds, size: int) -> Iterator[NDArray[np.float32]]: ...


def _synthesizer(soundfont: str | PathLike[str] | None, rate: int) -> _Synthesizer:
    """The one that was asked for, or the best there is."""
    from linnet.sound.tone import PlainTone

    return with_soundfont(soundfont, rate) or PlainTone()


def with_soundfont(
    soundfont: str | PathLike[str] | None, rate: int, *, reverb: bool = True, live: bool = False
) -> FluidSynth | None:
    """FluidSynth with the SoundFont that was asked for, or with the first that the system has.

    None where there is nothing to play one or none to be played; a line in the log says which.
    """
    from linnet.sound.fluidsynth import FluidSynth, version

    if chosen := soundfont or os.environ.get(VARIABLE):
        return FluidSynth(fspath(chosen), rate, reverb=reverb, live=live)
    reason = "FluidSynth is not installed: pip install 'linnet[audio]'"
    if version() is not None:
        for found in sound_fonts():
            with suppress(LinnetError, OSError):
                return FluidSynth(found, rate, reverb=reverb, live=live)
        reason = "there is no SoundFont in the usual places, such as Debian's fluid-soundfont-gm"
    say(f"a plain tone plays; {reason}")
    return None


def _blocks(synthesizer: _Synthesizer, sounds: Sounds, progress: Progress | None) -> Iterator[bytes]:
    """Frames of 16 bits, a second at a time, at a level that leaves room where the piece is loudest."""
    loud, done = level(sounds), 0
    for block in synthesizer.blocks(sounds, sounds.rate):
        block *= loud
        heard = (bent(block) * _fade(sounds, done, len(block)))[max(sounds.skip - done, 0) :]
        if len(heard):
            yield _samples(heard)
        done += len(block)
        if progress is not None:
            progress(done // sounds.rate, sounds.frames // sounds.rate)


def _fade(sounds: Sounds, done: int, frames: int) -> Frames:
    """How loud frames after `done` are, so that all ends in silence; a loop goes on. (frames, 1)"""
    if sounds.loop:
        return np.ones((frames, 1))
    left = (sounds.frames - done - np.arange(frames)) / (_FADE * sounds.rate)
    return np.minimum(1, left)[:, None]


def _samples(block: Frames) -> bytes:
    """As numbers of 16 bits. Alone a track may be louder than the mix, where others go against it."""
    return np.rint(32767 * np.clip(block, -1, 1)).astype("<i2").tobytes()
