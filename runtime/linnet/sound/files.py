"""Sound files: WAV by itself; FLAC, OGG and MP3 by soundfile (the extra `formats`), with libsndfile in it."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Protocol

from linnet.errors import LinnetError
from linnet.sound import ogg
from linnet.tools.files import whole
from linnet.tools.lazy import np
from linnet.tools.named import NamedTuple

__all__ = ["FORMATS", "LoopPoints", "SoundFile", "check_path", "duration", "opened"]

_KINDS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
"""What libsndfile calls them."""

FORMATS = (".wav", *_KINDS)

_FASTEST = {".mp3": 48_000}
"""Frames a second that a format has at most, where that is less than a synthesizer has."""


class LoopPoints(NamedTuple):
    """The frame at which a loop begins, and how many there are up to its end."""

    start: int
    length: int


class SoundFile(Protocol):
    """A file in the making."""

    def write(self, frames: bytes) -> None:
        """More of it: 16 bits, stereo."""


def check_path(path: str | PathLike[str]) -> None:
    """`ValueError` unless the name is one of a sound file."""
    if Path(path).suffix.lower() not in FORMATS:
        known = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        raise ValueError(f"sound is written as {known}, got {fspath(path)!r}")


def duration(path: str | PathLike[str]) -> float:
    """Seconds of a sound file that was written here."""
    if Path(path).suffix.lower() == ".wav":
        with wave.open(fspath(path), "rb") as file:
            return file.getnframes() / file.getframerate()
    return float(import_module("soundfile").info(fspath(path)).duration)


@contextmanager
def opened(path: str | PathLike[str], rate: int, *, loop: LoopPoints | None = None) -> Iterator[SoundFile]:
    """A sound file to be written, whole or not at all: stereo, of 16 bits, with loop points where there are.

    `LinnetError` without soundfile, for all but WAV.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".wav":
        with whole(path) as temporary:
            with temporary.open("wb") as raw, wave.open(raw, "wb") as file:
                file.setparams((2, 2, rate, 0, "NONE", ""))
                yield _Wave(file)
            if loop is not None:
                _add_loop(temporary, rate, loop)
        return
    try:
        soundfile = import_module("soundfile")
    except (ImportError, OSError) as error:
        raise LinnetError(
            f"{suffix} files are written by soundfile, which is not installed: pip install 'linnet[formats]'"
        ) from error
    if rate > (fastest := _FASTEST.get(suffix, rate)):
        raise ValueError(f"a {suffix} file has at most {fastest} frames a second, got {rate}")
    kind, subtype = _KINDS[suffix]
    comments = {} if loop is None or suffix != ".ogg" else ogg.loop_comments(*loop)
    with whole(path) as temporary:
        with soundfile.SoundFile(
            temporary, "w", samplerate=rate, channels=2, format=kind, subtype=subtype
        ) as file:
            for number, name in enumerate(comments):
                setattr(file, ogg.PLACES[number], ogg.place_for(name, comments[name], number))
            yield _Encoded(file)
        if suffix == ".ogg":
            ogg.settle(temporary, comments)


class _Wave:
    def __init__(self, file: wave.Wave_write) -> None:
        self._file = file

    def write(self, frames: bytes) -> None:
        self._file.writeframesraw(frames)


class _Encoded:
    def __init__(self, file: Any) -> None:  # soundfile has no types
        self._file = file

    def write(self, frames: bytes) -> None:
        # From 16 bits libsndfile 1.2 makes MP3 with clicks in it; from 32 it does not.
        samples = np.frombuffer(frames, "<i2").reshape(-1, 2).astype(np.int32) << 16
        self._file.write(samples)


def _add_loop(path: Path, rate: int, loop: LoopPoints) -> None:
    """A `smpl` chunk behind the samples, as samplers and game engines read it; its end is the last frame."""
    unity, forward, for_ever = 60, 0, 0
    chunk = struct.pack("<9I", 0, 0, round(1e9 / rate), unity, 0, 0, 0, 1, 0)
    chunk += struct.pack("<6I", 0, forward, loop.start, loop.start + loop.length - 1, 0, for_ever)
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"smpl" + struct.pack("<I", len(chunk)) + chunk)
        size = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", size - 8))
