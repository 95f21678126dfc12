"""Live playing on real MIDI ports, where jackd2 is installed: its dummy driver, and a scripted player."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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

    def __init__(self, folder: Path, *arguments: str) -> None:
        words = ["jam", "--in", "keys", "--out", "synth", "--engine", "native", "--seed", "1", *arguments]
        self.said = folder / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "linnet", *words], cwd=folder, stderr=said, stdout=said
            )
        assert wait(lambda: "hears" in self.said.read_text()), self.said.read_text()

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=20)


@pytest.mark.parametrize("mode", ["answer", "accompany", "duet"])
def test_each_mode_plays_with_a_player_on_ports(stage: jack.Keys, mode: str) -> None:
    with Calm():
        model = linnet.load("band" if mode == "accompany" else "folk", engine="native")
        outlet = Outlet("synth")
        jam = Jam(model, outlet.port, mode=mode, seed=1, bpm=BPM if mode == "accompany" else None)
        inlet = Inlet("keys", jam.receive)
        with jam:
            if mode == "duet":
                stage.play(*[(i / 2, 0.4, 62 + i % 8) for i in range(24)], bpm=BPM)
            else:
                stage.play(*CALL, bpm=BPM)
            assert wait(stage.onsets, 5)
        inlet.close()
        outlet.close()
        score = jam.score()

        assert wait(lambda: not stage.ringing(), 2)
        assert len(score.tracks[0].notes) == (24 if mode == "duet" else 4)
        assert len(score.tracks) >= 2


def test_notes_of_a_jam_that_is_killed_are_ended(stage: jack.Keys, tmp_path: Path) -> None:
    with Calm():
        jam = Running(tmp_path, "--mode", "accompany", "--bpm", str(BPM))
        stage.play((0, 20, 60), (0, 20, 64), (0, 20, 67), bpm=1000)
        assert wait(lambda: len(stage.ringing()) > 0)
        jam.end(signal.SIGKILL)

        assert wait(lambda: not stage.ringing(), 10)
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
            time.sleep(1)
            again.play(*CALL, bpm=BPM)
            assert wait(again.onsets)
            assert jam.end() == 0, jam.said.read_text()
            assert not again.ringing()
        finally:
            again.close()


def test_a_clock_goes_both_ways(environment: dict[str, str]) -> None:
    """Ticks arrive when JACK's next period begins, so up to 1.3 ms late."""
    with Calm():
        import mido

        master, slave = Transport(150), Transport(100)
        follower, times = ClockFollower(slave), []

        def receive(message: Any) -> None:
            now = time.perf_counter()
            follower.receive(message, now)
            if message.type == "clock":
                times.append(now)

        slave_port = mido.open_input("clock in", virtual=True, client_name="slave", callback=receive)
        name = next(name for name in mido.get_output_names() if "clock in" in name)
        with slave_port, mido.open_output(name) as port:
            sender, schedule = ClockSender(master), Schedule()
            time.sleep(0.1)
            master.start(seconds=time.perf_counter() + 0.1)
            end = time.perf_counter() + 2.5
            while time.perf_counter() < end:
                for moment, message in sender.until(time.perf_counter() + 0.05):
                    schedule.at(moment, port.send, message)
                time.sleep(0.01)
            now = time.perf_counter()
            apart = (slave.beat_at(now) - master.beat_at(now)) * 60 / 150
            schedule.close()
        late = np.array(times) - [master.seconds_at(tick / TICKS) for tick in range(len(times))]

        assert len(times) > 120
        assert abs(np.median(late)) < 0.004
        assert abs(slave.bpm - 150) < 2
        assert abs(apart) < 0.006  # what is on its way, and a machine that is busy


def test_ports_are_listed(stage: jack.Keys, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["jam", "--list"]) == 0
    listed = capsys.readouterr().out

    assert "in  stage:keys" in listed
    assert "synth" in listed


def test_a_port_that_is_not_there_is_named_beside_those_there_are(stage: jack.Keys) -> None:
    with pytest.raises(LinnetError, match=r"there is no MIDI input organ \(there are: .*stage:keys"):
        ports.open_input("organ", print)
