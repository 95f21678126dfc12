"""Real MIDI ports where there is no hardware: JACK with its dummy driver, and python-rtmidi."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from linnet.live.ports import Reader
from linnet.tools.urgent import be_urgent

BACKEND = "mido.backends.rtmidi/UNIX_JACK"
PERIOD = 64
"""Frames at a time, 1.3 ms."""


def missing() -> str:
    """Why there are no ports; empty where there are."""
    if shutil.which("jackd") is None:
        return "jackd is not installed (Debian: jackd2)"
    if importlib.util.find_spec("rtmidi") is None:
        return "python-rtmidi is not installed"
    import rtmidi

    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        return "python-rtmidi was built without JACK"
    return ""


def server() -> Iterator[dict[str, str]]:
    """The environment in which mido opens ports of a JACK server of one's own, while that runs.

    One at a time on a machine: servers of a user share a data base, which each of them deletes at its end.
    They have one name, which takes the place of one that was killed in JACK's list of eight.
    """
    if reason := missing():
        pytest.skip(reason)
    with _alone(), _running("linnet-tests") as environment:
        yield environment


@contextmanager
def _alone() -> Iterator[None]:
    import fcntl

    with Path(tempfile.gettempdir(), "linnet-jack.lock").open("w") as lock:
        until = time.monotonic() + 300
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    pytest.skip("other tests have a JACK server running, for five minutes by now")
                time.sleep(0.1)
        yield


@contextmanager
def _running(name: str) -> Iterator[dict[str, str]]:
    environment = {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1", "MIDO_BACKEND": BACKEND}
    urgent = ["-R", "-P", "10"] if _may_be_urgent() else ["-r"]  # clients have 5 less
    command = ["jackd", "-n", name, *urgent, "-d", "dummy", "-r", "48000", "-p", str(PERIOD)]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", *command]  # it goes where the tests are killed
    process = _begun(name, command)
    try:
        yield environment | {"JACKD": str(process.pid)}
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _begun(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for _ in range(3):  # the one before may not have cleared its traces yet
        process = subprocess.Popen(command, env={**os.environ, "JACK_NO_AUDIO_RESERVATION": "1"}, **quiet)
        if waiter := shutil.which("jack_wait"):
            subprocess.run([waiter, "-s", name, "-w", "-t", "10"], check=False, **quiet)
        else:
            time.sleep(2)
        if process.poll() is None:
            return process
        time.sleep(1)
    pytest.skip("jackd does not run here")


def _may_be_urgent() -> bool:
    """Whether threads may go before those of other programs here, which keeps time on a busy machine."""
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(be_urgent()))
    thread.start()
    thread.join()
    return found == [True]


class Keys:
    """Somebody at a keyboard, with a synthesizer that writes down what it is sent."""

    def __init__(self, keys: str = "keys", synth: str = "synth") -> None:
        """Two ports, to which programs can connect by these names."""
        import mido

        self.heard: list[tuple[float, Any]] = []
        backend = mido.Backend(BACKEND)
        self.keys = backend.open_output(keys, virtual=True, client_name="stage")
        self.synth = Reader(
            synth,
            lambda message: self.heard.append((time.perf_counter(), message)),
            virtual=True,
            client_name="stage",
        )

    def connected(self, came: list[Any]) -> None:
        """Waits until what is sent comes; a server connects ports some time after it says that it has."""
        from mido import Message

        until = time.monotonic() + 20
        while not came and time.monotonic() < until:
            self.keys.send(Message("control_change", control=1, value=0))
            time.sleep(0.02)

    def play(self, *notes: tuple[float, float, int], bpm: float, begin: float | None = None) -> float:
        """Plays notes (beat, beats, pitch) in time; when it began."""
        from mido import Message

        begin = time.perf_counter() + 0.02 if begin is None else begin
        due = []
        for beat, beats, pitch in notes:
            due.append((begin + beat * 60 / bpm, 1, Message("note_on", note=pitch, velocity=90)))
            due.append((begin + (beat + beats) * 60 / bpm, 0, Message("note_off", note=pitch)))
        for moment, _, message in sorted(due, key=lambda each: each[:2]):
            time.sleep(max(moment - time.perf_counter(), 0))
            self.keys.send(message)
        return begin

    def onsets(self) -> list[tuple[float, Any]]:
        """The notes that the synthesizer was sent, and when."""
        return [(t, m) for t, m in list(self.heard) if m.type == "note_on" and m.velocity]

    def ringing(self) -> set[tuple[int, int]]:
        """Notes that the synthesizer plays still."""
        found: set[tuple[int, int]] = set()
        for _, message in list(self.heard):
            if message.type == "note_on" and message.velocity:
                found.add((message.channel, message.note))
            elif message.type in ("note_on", "note_off"):
                found.discard((message.channel, message.note))
            elif message.type == "control_change" and message.control in (120, 123):
                found = {each for each in found if each[0] != message.channel}
        return found

    def close(self) -> None:
        self.keys.close()
        self.synth.close()
