"""Music without end from the command line: aloud or to a port, steered by keys, ended on a cadence."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mido import Message

import linnet
from linnet import cli
from linnet.live.playing import Keys, PortPlayer
from tests.runtime.streams import PERFORMED
from tests.runtime.waves import needs_pygame


class Written:
    """An output that writes down what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk", engine="native")


def test_keys_change_wishes(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, key="G major", bpm=100)
    stream.prepare()
    keys = Keys(stream, folk.info.has_learnt, {"key": "G major", "bpm": 100})

    said = [keys.press(key) for key in "+-fsudkmx"]
    assert said == [
        "density 5", "density 4", "bpm 108", "bpm 100", "register 4", "register 3", "key D major",
        "key B minor", "",
    ]  # fmt: skip


def test_a_wish_that_is_not_learnt_is_said() -> None:
    groove = linnet.load(PERFORMED, engine="native")
    stream = groove.stream(seed=1)
    stream.prepare()

    assert Keys(stream, groove.info.has_learnt).press("u") == "this model has not learnt register"


def test_a_stream_goes_to_a_port_and_every_note_ends(folk: linnet.Model) -> None:
    out = Written()
    with folk.stream(seed=1, bpm=220) as stream:
        stream.prepare()
        player = PortPlayer(stream, out)
        end = time.monotonic() + 30
        while sum(message.type == "note_on" for message in out.sent) < 6 and time.monotonic() < end:
            player.step()
            time.sleep(0.004)
        player.close()

    kinds = [message.type for message in out.sent]
    assert kinds[0] == "program_change"
    assert kinds.count("note_on") >= 6
    notes: dict[int, int] = {}
    for message in out.sent:
        if message.type in ("note_on", "note_off"):
            notes[message.note] = notes.get(message.note, 0) + (1 if message.type == "note_on" else -1)
    assert not any(notes.values())
    assert out.sent[-1] == Message("control_change", channel=0, control=123, value=0)


def begin(folder: Path, stdin: int, *arguments: str) -> subprocess.Popen[str]:
    words = ["play", "--stream", "folk", "--seed", "3", "--bpm", "240", "--engine", "native", *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "linnet", *words],
        cwd=folder,
        stdin=stdin,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SDL_AUDIODRIVER": "dummy"},
    )


@needs_pygame
@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals")
def test_keys_in_a_terminal_steer_it_and_q_ends_it_on_a_cadence(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    playing = begin(tmp_path, theirs)
    assert playing.stderr is not None
    said = [playing.stderr.readline()]
    while "q ends" not in said[-1] and said[-1]:
        said.append(playing.stderr.readline())
    os.write(ours, b"+q")
    _, rest = playing.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert playing.returncode == 0
    assert "density 5" in rest
    assert "comes to its end" in rest


@needs_pygame
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_twice_ends_it_at_once(tmp_path: Path) -> None:
    playing = begin(tmp_path, subprocess.DEVNULL)
    assert playing.stderr is not None
    while "Ctrl-C" not in (line := playing.stderr.readline()):
        assert line
    playing.send_signal(signal.SIGINT)
    while "its end" not in (line := playing.stderr.readline()):
        assert line
    playing.send_signal(signal.SIGINT)
    _, rest = playing.communicate(timeout=60)

    assert playing.returncode == 1
    assert "Traceback" not in rest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("play", "give a FILE to play, or --stream MODEL"),
        ("play x.mid --stream folk", "give a FILE to play, or --stream MODEL"),
        ("play x.mid --bpm 90", "are for --stream MODEL"),
        ("play --stream nonsense", "nonsense is neither a file nor a packaged model"),
        ("play --stream folk --port x --soundfont y", "it takes no soundfont"),
    ],
)
def test_what_cannot_be_is_one_line(capsys: pytest.CaptureFixture[str], arguments: str, said: str) -> None:
    assert cli.main(arguments.split()) == 1
    error = capsys.readouterr().err

    assert said in error
    assert error.count("\n") == 1
