"""Sound kept ready for a callback that never waits, and the loudspeaker that has one."""

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet.errors import LinnetError
from linnet.synth.ahead import Ahead
from linnet.synth.speaker import Speaker
from tests.runtime.calm import Calm
from tests.runtime.waves import needs_pygame


class Ramp:
    """Frames that count themselves."""

    def __init__(self) -> None:
        self.made = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, frames: int) -> NDArray[np.float32]:
        self.gate.wait(10)
        numbers = np.arange(self.made, self.made + frames, dtype=np.float32)
        self.made += frames
        return np.stack([numbers, numbers], axis=1)


def wait_for(ahead: Ahead, frames: int) -> None:
    until = time.monotonic() + 10
    while ahead.ready < frames and time.monotonic() < until:
        time.sleep(0.001)


def test_frames_come_in_order_whatever_is_read_at_a_time() -> None:
    with Ahead(Ramp(), block=32, blocks=3) as ahead:
        parts = []
        for frames in (10, 50, 1, 32, 64, 96, 7) * 5:
            wait_for(ahead, min(frames, 64))
            frames = min(frames, ahead.ready)
            parts.append(ahead.read(frames)[:, 0])
        read = np.concatenate(parts)

    assert np.array_equal(read, np.arange(len(read)))
    assert ahead.dropouts == ahead.missing == 0


def test_what_is_not_there_is_silence_and_counted() -> None:
    ramp = Ramp()
    with Ahead(ramp, block=32, blocks=2) as ahead:
        ramp.gate.clear()
        read = ahead.read(80)
        ramp.gate.set()

    assert np.array_equal(read[:64, 0], np.arange(64))
    assert not read[64:].any()  # it did not wait for the gate
    assert (ahead.dropouts, ahead.missing) == (1, 16)


def test_an_error_of_the_sound_is_raised_when_it_is_closed() -> None:
    calls = []

    def sound(frames: int) -> NDArray[np.float32]:
        calls.append(frames)
        if len(calls) > 4:
            raise LinnetError("the well is dry")
        return np.zeros((frames, 2), np.float32)

    ahead = Ahead(sound, block=16, blocks=2)
    for _ in range(4):
        wait_for(ahead, 16)
        ahead.read(16)
    until = time.monotonic() + 10
    while len(calls) <= 4 and time.monotonic() < until:
        time.sleep(0.001)
    with pytest.raises(LinnetError, match="the well is dry"):
        ahead.close()


def test_threads_take_brief_turns_while_there_is_one() -> None:
    usual = sys.getswitchinterval()
    with Ahead(Ramp()):
        with Ahead(Ramp()):
            time.sleep(0.05)
            assert sys.getswitchinterval() == pytest.approx(0.001)
        assert sys.getswitchinterval() == pytest.approx(0.001)

    assert sys.getswitchinterval() == usual


def forget_loudspeakers() -> None:
    """SDL reads from the environment which driver it is to use, but only when nobody uses another one."""
    from pygame._sdl2 import audio

    library, sound = ctypes.CDLL("SDL2.dll" if os.name == "nt" else audio.__file__), 0x10
    while library.SDL_WasInit(sound):
        library.SDL_QuitSubSystem(sound)


@needs_pygame
def test_the_loudspeaker_plays_what_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL has a loudspeaker that writes a file."""
    with Calm():
        monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
        monkeypatch.setenv("SDL_DISKAUDIOFILE", str(tmp_path / "heard.raw"))
        forget_loudspeakers()
        ramp = Ramp()
        with Speaker(ramp, rate=48_000, block=256, blocks=8) as speaker:
            until = time.monotonic() + 30  # SDL's thread may have to wait for a core
            while (
                not (ramp.made >= 256 * 24 and (tmp_path / "heard.raw").exists()) and time.monotonic() < until
            ):
                time.sleep(0.005)
        heard = np.fromfile(tmp_path / "heard.raw", "<f4").reshape(-1, 2)[:, 0]
        heard = heard[heard > 0]

        assert len(heard) >= 2048
        assert np.array_equal(heard, np.arange(1, len(heard) + 1))
        assert speaker.ahead.dropouts <= 5


@needs_pygame
def test_without_a_loudspeaker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "nobody")
    forget_loudspeakers()
    with pytest.raises(LinnetError, match=r"there is no loudspeaker \(.*nobody.*\)"):
        Speaker(Ramp(), rate=48_000)


@needs_pygame
@pytest.mark.skipif(os.name == "nt", reason="Windows has no usleep")
def test_the_loudspeaker_plays_on_while_python_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    forget_loudspeakers()
    ramp, sleep = Ramp(), ctypes.PyDLL(None).usleep
    with Calm(), Speaker(ramp, rate=48_000, block=256, blocks=64) as speaker:
        ramp.gate.clear()  # nothing is made, once the thread has come there
        time.sleep(0.02)
        ready = speaker.ahead.ready
        sleep(100_000)  # nobody else runs Python meanwhile
        assert speaker.ahead.ready <= ready - 256 * 10  # of some 19
        ramp.gate.set()


CLOSED = """
import os, threading, time
import numpy as np
from linnet.synth.speaker import Speaker

def busy():
    while True:
        sum(range(20_000))

threading.Thread(target=busy, daemon=True).start()
for _ in range(10):
    speaker = Speaker(lambda frames: np.zeros((frames, 2), np.float32), rate=48_000)
    time.sleep(0.03)
    speaker.close()
print("closed", flush=True)
os._exit(0)
"""


@needs_pygame
def test_the_loudspeaker_closes_beside_a_thread_that_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's lock and Python's once waited for each other, as long as the callback was in Python."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    done = subprocess.run(
        [sys.executable, "-c", CLOSED], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "closed\n"
