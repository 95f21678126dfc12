"""Sound as numbers: what a score sounds like, how loud and how high it is."""

import importlib.util
import math
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet import sound
from linnet.music.score import Note, Notes, Score, TempoChange, Track
from linnet.sound import RATE, fluidsynth, fonts

Wave = NDArray[np.float64]

SYSTEM_FONTS = fonts.sound_fonts()
ATTACK = 0.02
"""Seconds in which a note of any instrument here is heard."""

needs_fluidsynth = pytest.mark.skipif(fluidsynth.version() is None, reason="FluidSynth is not installed")
needs_pygame = pytest.mark.skipif(not importlib.util.find_spec("pygame"), reason="pygame-ce is not installed")


def tune(*notes: Note, program: int = 0, is_drum: bool = False) -> Score:
    """A tick is a hundredth of a second."""
    return Score(100, (Track(Notes.of(notes), program, is_drum),), (TempoChange(0, 1_000_000),))


MELODY = tune(*(Note(50 + 150 * i, 100, pitch, 90) for i, pitch in enumerate((60, 64, 67, 72, 57, 45))))


def heard(score: Score, folder: Path, soundfont: str | None) -> Wave:
    """The file's samples, -1 to 1. (frames, 2)"""
    sound.write(score, folder / "tune.wav", soundfont=soundfont)
    return samples(folder / "tune.wav")


def samples(path: Path) -> Wave:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


def strength(part: Wave) -> float:
    return float(np.sqrt((part**2).mean()))


def cents_off(part: Wave, pitch: int) -> float:
    """How far the strongest partial near one of the first three is from where it belongs."""
    mono = part.mean(axis=1)
    size = 2**18
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    found = []
    for partial in (1, 2, 3):
        exact = partial * 440 * 2 ** ((pitch - 69) / 12)
        near = np.flatnonzero(np.abs(hertz - exact) < 0.029 * exact)  # half a semitone
        peak = near[np.argmax(spectrum[near])]
        found.append((spectrum[peak], 1200 * math.log2(hertz[peak] / exact)))
    return abs(max(found)[1])


def told(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    MELODY.save(folder / "in.mid")
    return subprocess.run(
        [sys.executable, "-m", "linnet", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HOME": str(folder), **environment},
    )
