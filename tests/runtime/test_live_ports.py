"""Live playing on real MIDI ports, where jackd2 is installed: its dummy driver, and a scripted player."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import cli
from linnet.errors import LinnetError
from linnet.live import ports
from linnet.live.clock import TICKS, ClockFollower, ClockSender
from linnet.live.jam import Jam
from linnet.live.schedule import Schedule
from linnet.live.session import Inlet, Outlet
from linnet.live.transport import Transport
from tests.docs.pages import blocks, commands
from tests.runtime import jack
from tests.runtime.calm import Calm

pytestmark = pytest.mark.skipif(bool(jack.missing()), reason=jack.missing() or "there are ports")

BPM = 170
CALL = [(0, 0.9, 62), (1, 0.9, 66), (2, 0.9, 69), (3, 0.9, 62)]


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    yield from jack.server()


@pytest.fixture
def environment(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    import mido

    for name, value in server.items():
        monkeypatch.setenv(name, value)
    mido.set_backend(jack.BACKEND)
    return server


@pytest.fixture
def stage(environment: dict[str, str]) -> Iterator[jack.Keys]:
    keys = jack.Keys()
    yield keys
    keys.close()


def wait(until: Callable[[], Any], seconds: float = 40.0) -> bool:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(until())


class Running:
    """`linnet jam` in a process of its own."""

    def __init__(
        self, folder: Path, *arguments: str, ports: Sequence[str] = ("--in", "keys", "--out", "synth")
    ) -> None:
        words = ["jam", *ports, "--engine", "native", "--seed", "1", *arguments]
        self.said = folder / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "linnet", *words], cwd=folder, stderr=said, stdout=said
            )
        assert wait(lambda: "hears" in self.said.read_text()), self.said.read_text()
        time.sleep(0.5)  # until JACK has really connected the ports

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        try:
            return self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()  # and not left behind
            raise


@pytest.mark.parametrize("mode", ["answer", "accompany", "duet"])
def test_each_mode_plays_with_a_player_on_ports(stage: jack.Keys, mode: str) -> None:
    with Calm():
        model = linnet.load("band" if mode == "accompany" else "folk", engine="native")
        outlet = Outlet("synth")
        jam = Jam(model, outlet.port, mode=mode, seed=1, bpm=BPM if mode == "accompany" else None)
        came: list[Any] = []
        inlet = Inlet("keys", lambda message, moment: (came.append(message), jam.receive(message, moment)))
        stage.connected(came)
        with jam:
            if mode == "duet":
                stage.play(*[(i / 2, 0.4, 62 + i % 8) for i in range(24)], bpm=BPM)
            else:
                stage.play(*CALL, bpm=BPM)
            played = 24 if mode == "duet" else 4
            assert wait(lambda: len(jam.listener.notes) == played and stage.onsets(), 20)
        inlet.close()
        outlet.close()
        score = jam.score()

        assert wait(lambda: not stage.ringing(), 10)
        assert len(score.tracks[0].notes) == played
        assert len(score.tracks) >= 2


def test_notes_of_a_jam_that_is_killed_are_ended(stage: jack.Keys, tmp_path: Path) -> None:
    with Calm():
        jam = Running(tmp_path, "--mode", "accompany", "--bpm", str(BPM))
        stage.play((0, 20, 60), (0, 20, 64), (0, 20, 67), bpm=1000)
        assert wait(lambda: len(stage.ringing()) > 0)
        jam.end(signal.SIGKILL)

        assert wait(lambda: not stage.ringing(), 20)
        assert any(message.type == "control_change" and message.control == 123 for _, message in stage.heard)


def test_ports_that_are_unplugged_and_come_back(
    stage: jack.Keys, environment: dict[str, str], tmp_path: Path
) -> None:
    with Calm():
        jam = Running(tmp_path, "--bpm", str(BPM))
        stage.play(*CALL[:2], bpm=BPM)
        stage.close()
        assert wait(lambda: jam.said.read_text().count("is gone") == 2)
        again = jack.Keys()
        try:
            assert wait(lambda: any(m.type == "control_change" for _, m in again.heard))  # silenced first
            time.sleep(1)  # as above
            again.play(*CALL, bpm=BPM)
            assert wait(again.onsets)
            assert jam.end() == 0, jam.said.read_text()
            assert not again.ringing()
        finally:
            again.close()


def test_a_clock_goes_both_ways(environment: dict[str, str]) -> None:
    """Ticks arrive when JACK's next period begins and they are looked for, so up to 2.3 ms late.

    No tick is lost. A fault of the timing is there each time; a busy machine is late in some.
    """
    with Calm():
        for attempt in range(3):
            sent, heard, late, apart, bpm = clocked()
            assert heard == sent
            assert sent.count("clock") > 90
            if np.median(np.abs(late)) < 0.004 and np.median(np.abs(apart)) < 0.006 and abs(bpm - 150) < 2:
                return
            print(f"try {attempt}: {np.median(late)} s late, {np.median(apart)} apart, {bpm} bpm")
        pytest.fail("neither in time nor in phase, three times")


def clocked() -> tuple[list[str], list[str], list[float], list[float], float]:
    """A clock at 150 on a port for two seconds, and a follower.

    Kinds of messages that were sent and heard; seconds by which ticks were late; seconds from the follower to
    the master, once the tempo is found; the tempo of the follower.
    """
    import mido

    master, slave = Transport(150), Transport(100)
    follower, sent, heard = ClockFollower(slave), [], []
    late, apart = [], []

    def receive(message: Any) -> None:
        now = time.perf_counter()
        follower.receive(message, now)
        heard.append(message.type)
        if message.type == "clock":
            late.append(now - master.seconds_at(len(late) / TICKS))

    port = ports.Reader("clock in", receive, virtual=True, client_name="slave")
    name = next(name for name in mido.get_output_names() if "clock in" in name)
    with closing(port), mido.open_output(name) as output:

        def send(message: Any) -> None:
            sent.append(message.type)
            output.send(message)

        sender, schedule = ClockSender(master), Schedule()
        time.sleep(0.1)
        begin = time.perf_counter() + 0.1
        master.start(seconds=begin)
        while (now := time.perf_counter()) < begin + 2:
            for moment, message in sender.until(now + 0.05):
                schedule.at(moment, send, message)
            time.sleep(0.01)
            if now > begin + 1:
                now = time.perf_counter()
                apart.append((slave.beat_at(now) - master.beat_at(now)) * 60 / 150)
        schedule.close()
        wait(lambda: len(heard) == len(sent))
    return sent, heard, late, apart, slave.bpm


CLOSES = """
import sys, time
import mido
from linnet.live import ports

keys = mido.open_output("keys", virtual=True, client_name="stage")
for _ in range(10):
    port = ports.open_input("keys", lambda message: None)
    time.sleep(0.02)
    for _ in range(20):
        keys.send(mido.Message("note_on", note=60))
    bytes(1 << 27).count(b"..")  # nobody else has a turn meanwhile
    port.close()
"""


def test_an_input_is_closed_while_messages_come(environment: dict[str, str]) -> None:
    """Where JACK's thread waits for its turn to run Python it dies, and nobody has a turn any more."""
    subprocess.run([sys.executable, "-c", CLOSES], check=True, timeout=60)


def test_ports_are_listed(stage: jack.Keys, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["jam", "--list"]) == 0
    listed = capsys.readouterr().out

    assert "in  stage:keys" in listed
    assert "synth" in listed


def test_a_port_that_is_not_there_is_named_beside_those_there_are(stage: jack.Keys) -> None:
    with pytest.raises(LinnetError, match=r"there is no MIDI input organ \(there are: .*stage:keys"):
        ports.open_input("organ", print)


GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "live.md"


def test_the_guide_is_right_about_ports(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its blocks that need a keyboard or a synthesizer, which are here by the names that it gives them."""
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")  # a loudspeaker that nobody hears
    linnet.Score.from_notes([("C4", 1), ("E4", 1)], bpm=400).save("tune.mid")
    marked = [block for block in blocks(GUIDE.read_text("utf-8")) if block.mark == "not run"]
    stage = jack.Keys("Keystation", "FluidSynth")
    try:
        for line in (line for block in marked if block.language == "sh" for line in commands(block.text)):
            words = shlex.split(line, comments=True)[1:]
            quick = ["--seconds", "1", "--engine", "native"] if words[0] == "jam" else []
            assert cli.main([*words, *quick]) == 0, line
        assert [m.note for _, m in stage.onsets()] == [60, 64]  # of tune.mid

        (loop,) = (block.text for block in marked if block.language == "python")
        (tmp_path / "loop.py").write_text(loop)
        with subprocess.Popen([sys.executable, "loop.py"], stderr=subprocess.PIPE, text=True) as playing:
            try:
                assert wait(lambda: len(stage.onsets()) > 6)
            finally:
                playing.send_signal(signal.SIGINT)
                _, said = playing.communicate(timeout=40)
        assert said.endswith("KeyboardInterrupt\n")
        assert wait(lambda: not stage.ringing(), 10)
    finally:
        stage.close()


def test_a_sound_server_that_hangs_keeps_nobody_for_ever(environment: dict[str, str], tmp_path: Path) -> None:
    """Closing a port would wait for it, and neither Ctrl-C nor a thread of ours would have a turn."""
    server = int(environment["JACKD"])
    jam = Running(tmp_path, "--save", "jam.mid", ports=["--out", "own"])
    os.kill(server, signal.SIGSTOP)
    try:
        jam.end()
    finally:
        os.kill(server, signal.SIGCONT)

    assert (tmp_path / "jam.mid").is_file()  # saved before
