"""FluidSynth, which plays a score with a SoundFont. Its library is opened here and nowhere else.

It comes inside the wheels of pygame-ce (the extra `audio`), or from the system.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linnet.errors import LinnetError
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.sound.events import Sounds

__all__ = ["CHANNELS", "FluidSynth", "version"]

_GAIN = 3.5
"""With it a lone note of a common SoundFont peaks near 1 at velocity 127, as the plain tone does."""

CHANNELS = 256
"""Each track has one of its own, while they last."""

_DRUMS = 9
_NAMES = {
    "win32": ("libfluidsynth-3.dll",),
    "darwin": (
        "libfluidsynth.3.dylib",
        "/opt/homebrew/lib/libfluidsynth.3.dylib",
        "/usr/local/lib/libfluidsynth.3.dylib",
    ),
}.get(sys.platform, ("libfluidsynth.so.3",))

# Letters for C types: p(ointer), i(nt), d(ouble), s(tring), - nothing. The first one is the result's.
_TYPES = {
    "p": ctypes.c_void_p,
    "i": ctypes.c_int,
    "d": ctypes.c_double,
    "s": ctypes.c_char_p,
    "-": None,
}
_FUNCTIONS = {
    "fluid_version_str": "s",
    "fluid_set_log_function": "pipp",
    "new_fluid_settings": "p",
    "delete_fluid_settings": "-p",
    "fluid_settings_setnum": "ipsd",
    "fluid_settings_setint": "ipsi",
    "new_fluid_synth": "pp",
    "delete_fluid_synth": "-p",
    "fluid_synth_sfload": "ipsi",
    "fluid_synth_program_change": "ipii",
    "fluid_synth_noteon": "ipiii",
    "fluid_synth_noteoff": "ipii",
    "fluid_synth_cc": "ipiii",
    "fluid_synth_pitch_bend": "ipii",
    "fluid_synth_set_channel_type": "ipii",
    "fluid_synth_all_sounds_off": "ipi",
    "fluid_synth_write_float": "ipipiipii",
}


def _candidates() -> Iterator[str]:
    spec = find_spec("pygame")  # finds, and does not import
    for root in map(Path, (spec and spec.submodule_search_locations) or ()):
        for folder in (root, root / ".dylibs", root.parent / "pygame_ce.libs"):
            yield from map(str, sorted(folder.glob("libfluidsynth*")))
    yield from _NAMES


@cache
def _library() -> ctypes.CDLL | None:
    """The library, told to keep what it thinks to itself; None where there is none."""
    return _opened(ctypes.CDLL)


@cache
def _held_library() -> ctypes.CDLL | None:
    """The same, whose functions let no other Python thread run."""
    return _opened(ctypes.PyDLL)


def _opened(kind: type[ctypes.CDLL]) -> ctypes.CDLL | None:
    for name in _candidates():
        with suppress(OSError, AttributeError):  # not there, or too old
            library = kind(name)
            for function, types in _FUNCTIONS.items():
                declared = getattr(library, function)
                declared.restype, *declared.argtypes = (_TYPES[letter] for letter in types)
            for level in range(5):
                library.fluid_set_log_function(level, None, None)
            return library
    return None


def version() -> str | None:
    """Of the FluidSynth that is here; None where there is none."""
    library = _library()
    return library.fluid_version_str().decode() if library else None


class FluidSynth:
    """FluidSynth with a SoundFont in it."""

    shares = True

    def __init__(self, soundfont: str, rate: int, *, reverb: bool = True, live: bool = False) -> None:
        """With reverb and chorus, or without.

        What plays `live` renders a few frames at a time and lets no other Python thread run meanwhile: to
        be let in again may take longer than to render.

        `LinnetError` when there is no FluidSynth, or it cannot read the SoundFont.
        """
        library = _library()
        if library is None:
            raise LinnetError(
                "a SoundFont is played by FluidSynth, which is not installed: pip install 'linnet[audio]'"
            )
        with Path(soundfont).open("rb"):  # what is missing says so
            pass
        self.name = f"FluidSynth {version()} with {Path(soundfont).name}"
        if live:
            library = _held_library() or library
        self._library, self._settings = library, library.new_fluid_settings()
        for name, number in (("sample-rate", rate), ("gain", 1)):
            library.fluid_settings_setnum(self._settings, f"synth.{name}".encode(), number)
        whole = {"midi-channels": CHANNELS, "dynamic-sample-loading": 1}
        whole |= {"reverb.active": int(reverb), "chorus.active": int(reverb)}
        for name, number in whole.items():
            library.fluid_settings_setint(self._settings, f"synth.{name}".encode(), number)
        self._synth = library.new_fluid_synth(self._settings)
        if library.fluid_synth_sfload(self._synth, os.fsencode(soundfont), 1) < 0:
            raise LinnetError(f"{soundfont}: FluidSynth finds no SoundFont in this file")

    def __del__(self) -> None:
        if hasattr(self, "_synth"):
            self._library.delete_fluid_synth(self._synth)
            self._library.delete_fluid_settings(self._settings)

    def program(self, channel: int, program: int, *, is_drum: bool = False) -> None:
        """What a channel plays from here on; its samples are read where they are not there yet."""
        self._library.fluid_synth_set_channel_type(self._synth, channel, int(is_drum))
        self._library.fluid_synth_program_change(self._synth, channel, program)

    def note_on(self, channel: int, pitch: int, velocity: int) -> None:
        """Strikes a note."""
        self._library.fluid_synth_noteon(self._synth, channel, pitch, velocity)

    def note_off(self, channel: int, pitch: int) -> None:
        """Lets go of it."""
        self._library.fluid_synth_noteoff(self._synth, channel, pitch)

    def control(self, channel: int, number: int, value: int) -> None:
        """A control change of MIDI: 7 is volume, 10 pan, 64 the pedal."""
        self._library.fluid_synth_cc(self._synth, channel, number, value)

    def bend(self, channel: int, value: int) -> None:
        """Bends the pitch: 0 to 16383, 8192 is straight."""
        self._library.fluid_synth_pitch_bend(self._synth, channel, value)

    def silence(self) -> None:
        """Ends all that sounds, at once."""
        self._library.fluid_synth_all_sounds_off(self._synth, -1)

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next frames. (frames, 2)"""
        block = np.zeros((frames, 2), np.float32)
        self._write(block, 0, frames)
        return block * _GAIN

    def _write(self, block: NDArray[np.float32], start: int, stop: int) -> None:
        place = block[start:].ctypes.data
        self._library.fluid_synth_write_float(self._synth, stop - start, place, 0, 2, place, 1, 2)

    def blocks(self, sounds: Sounds, size: int) -> Iterator[NDArray[np.float32]]:
        """Blocks of at most `size` frames up to the end. (frames, 2)"""
        library, synth = self._library, self._synth
        # Every track has a channel of its own while they last; those that drums have by nature are left out.
        usual = [channel for channel in range(CHANNELS) if channel % 16 != _DRUMS]
        channel = np.where(sounds.is_drum, _DRUMS, np.array(usual)[sounds.track % len(usual)])
        for number, program in dict(zip(channel.tolist(), sounds.program.tolist(), strict=True)).items():
            library.fluid_synth_program_change(synth, number, program)
        keys = list(zip(channel.tolist(), sounds.pitch.tolist(), strict=True))
        frames = np.concatenate([sounds.end, sounds.begin])
        order = np.argsort(frames, kind="stable")  # what ends at a frame does so before something begins
        events = iter(zip(frames[order].tolist(), (order - len(keys)).tolist(), strict=True))
        frame, i = next(events, (sounds.frames, 0))
        ringing = dict.fromkeys(keys, 0)
        for start in range(0, sounds.frames, size):
            done, stop = start, min(start + size, sounds.frames)
            block = np.zeros((stop - start, 2), np.float32)
            while done < stop:
                while frame <= done:
                    key = keys[i]  # of what ends the number is negative, and stands for the same note
                    ringing[key] += 1 if i >= 0 else -1
                    if i >= 0:
                        library.fluid_synth_noteon(synth, *key, int(sounds.velocity[i]))
                    elif not ringing[key]:
                        library.fluid_synth_noteoff(synth, *key)
                    frame, i = next(events, (sounds.frames, 0))
                until = min(frame, stop)
                self._write(block, done - start, until - start)
                done = until
            yield block * _GAIN
