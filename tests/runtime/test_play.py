"""Pieces played aloud, to the loudspeaker and to MIDI ports; and what stops it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from linnet import sound
from linnet.music.score import Note
from linnet.sound import RATE
from tests.runtime.waves import MELODY, needs_fluidsynth, needs_pygame, samples, told, tune

# ---- aloud -------------------------------------------------------------------------------------------------


@needs_pygame
@needs_fluidsynth
def test_play_is_heard_from_the_loudspeaker(tmp_path: Path, sine: str) -> None:
    """SDL has a loudspeaker that writes a file."""
    done = told(
        tmp_path, "play", "in.mid", "--soundfont", sine,
        SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILE="heard.raw", SDL_DISKAUDIODELAY="1",
    )  # fmt: skip
    sound.write(MELODY, tmp_path / "tune.wav", soundfont=sine)
    played = np.fromfile(tmp_path / "heard.raw", "<i2").reshape(-1, 2) / 32768
    # It runs ten times as fast as others, so blocks may come late on a busy machine: silence is left out.
    played, expected = (part[part.any(axis=1)] for part in (played, samples(tmp_path / "tune.wav")))

    assert done.returncode == 0
    assert len(expected) - RATE // 10 < len(played) <= len(expected)
    assert np.array_equal(played, expected[: len(played)])


@needs_pygame
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_the_loudspeaker(tmp_path: Path) -> None:
    MELODY.save(tmp_path / "in.mid")
    environment = {**os.environ, "SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": "heard.raw"}
    playing = subprocess.Popen(
        [sys.executable, "-m", "linnet", "play", "in.mid"],
        cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    heard = tmp_path / "heard.raw"
    until = time.monotonic() + 30
    while time.monotonic() < until and not (heard.exists() and heard.stat().st_size > RATE):
        time.sleep(0.05)
    playing.send_signal(signal.SIGINT)
    _, error = playing.communicate(timeout=30)

    assert playing.returncode == 1
    assert "Traceback" not in error
    assert heard.stat().st_size < 4 * RATE * 9


PORTS = """
import time
from mido.ports import BaseOutput

class Output(BaseOutput):
    def _send(self, message):
        with open("sent.txt", "a") as file:
            print(message.hex(), file=file)
        if INTERRUPT and message.type == "note_on" and message.velocity:
            raise KeyboardInterrupt

def get_devices(**_):
    names = ["Midi Through:0", "Synth One:1", "Synth Two:2"]
    return [dict(name=name, is_input=False, is_output=True) for name in names]
"""


def play_to_ports(folder: Path, *arguments: str, interrupt: bool = False) -> tuple[int, str, list[bytes]]:
    (folder / "ports.py").write_text(f"INTERRUPT = {interrupt}\n{PORTS}")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    tune(Note(0, 10, 60, 90), Note(20, 10, 64, 90)).save(folder / "short.mid")
    done = told(
        folder, "play", "short.mid", *arguments, MIDO_BACKEND="ports", PYTHONPATH=path, SDL_AUDIODRIVER="none"
    )
    sent = folder / "sent.txt"
    lines = sent.read_text().splitlines() if sent.exists() else []
    return done.returncode, done.stderr, [bytes.fromhex(line) for line in lines]


@pytest.mark.parametrize("arguments", [("--port", "two"), ()], ids=["named", "where there is no loudspeaker"])
def test_play_goes_to_a_midi_port(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, error, sent = play_to_ports(tmp_path, *arguments)

    assert (code, error) == (0, "")
    keys = [message for message in sent if message[0] >> 4 in (8, 9)]
    assert [(message[1], message[0] >> 4 == 9 and message[2] > 0) for message in keys] == [
        (60, True), (60, False), (64, True), (64, False)
    ]  # fmt: skip
    assert sent[-1][0] >> 4 == 11  # a controller, of those that silence


def test_ctrl_c_silences_a_midi_port(tmp_path: Path) -> None:
    code, error, sent = play_to_ports(tmp_path, "--port", "synth", interrupt=True)

    assert code == 1
    assert "Traceback" not in error
    struck = max(i for i, message in enumerate(sent) if message[0] >> 4 == 9)
    silenced = {message[:2] for message in sent[struck + 1 :]}
    assert {bytes((0xB0 | channel, off)) for channel in range(16) for off in (120, 123)} <= silenced


def test_an_unknown_port_is_named_beside_those_there_are(tmp_path: Path) -> None:
    code, error, sent = play_to_ports(tmp_path, "--port", "organ")

    assert (code, sent) == (1, [])
    assert error == (
        "linnet: there is no MIDI port organ (there are: Midi Through:0, Synth One:1, Synth Two:2)\n"
    )


def test_nothing_to_play_to_is_one_line(tmp_path: Path) -> None:
    done = told(tmp_path, "play", "in.mid", SDL_AUDIODRIVER="none", MIDO_BACKEND="nowhere")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("linnet: ")
    assert "no MIDI port can be played" in done.stderr
    assert done.stderr.count("\n") == 1
