"""What plays to MIDI ports ends when their server does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime import jack
from tests.runtime.test_live_ports import wait


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The number of the process of one of our own, to be killed."""
    for environment in jack.server():
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield int(environment["JACKD"])


@pytest.mark.parametrize(
    ("words", "ready"),
    [
        (["jam", "--mode", "accompany", "--out", "own"], "hears"),
        (["play", "--stream", "folk", "--port", "synth"], "Ctrl-C"),
    ],
    ids=["jam", "play"],
)
def test_a_jack_server_that_is_killed_ends_it_with_a_line(
    server: int, words: list[str], ready: str, tmp_path: Path
) -> None:
    """Else python-rtmidi would wait for it for ever, and Ctrl-C with it."""
    keys = jack.Keys()  # is there to be played to
    said = tmp_path / "said.txt"
    with said.open("w") as file:
        command = [sys.executable, "-m", "linnet", *words]
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        assert wait(lambda: ready in said.read_text()), said.read_text()
        keys.close()
        os.kill(server, signal.SIGKILL)
        assert process.wait(timeout=40) == 1, said.read_text()
    finally:
        process.kill()
        process.wait()
    lines = [line for line in said.read_text().splitlines() if line.startswith("linnet: ")]
    assert lines[-1:] == ["linnet: the JACK server has ended, and all MIDI ports with it"], said.read_text()
    assert "Traceback" not in said.read_text()
