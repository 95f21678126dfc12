"""A jam that listens to Open Sound Control, and tells; and one that keeps with Ableton Link."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.live.jam import Jam
from linnet.live.osc import ADDRESSES, Osc
from linnet.live.transport import Transport
from tests.runtime.calm import Calm


class Silent:
    def send(self, message: Any) -> None: ...


@pytest.fixture
def jam() -> Iterator[Jam]:
    with Jam(linnet.load("folk", engine="native"), Silent(), seed=1) as jam:
        yield jam


def wait(until: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(until())


def test_addresses_do_what_they_say(jam: Jam) -> None:
    pytest.importorskip("pythonosc", reason="the extra osc is not installed")
    from pythonosc.udp_client import SimpleUDPClient

    osc = Osc(jam, listen=0)
    try:
        assert osc.port is not None
        client = SimpleUDPClient("127.0.0.1", osc.port)
        client.send_message("/linnet/note", [62, 90])
        assert wait(lambda: jam.listener.held)
        client.send_message("/linnet/note", [62, 0])
        assert wait(lambda: not jam.listener.held)
        client.send_message("/linnet/key", "D major")
        assert wait(lambda: jam.scene.key == "D major")
        client.send_message("/linnet/key", "")
        assert wait(lambda: jam.scene.key is None)
        client.send_message("/linnet/bpm", 90.0)
        assert wait(lambda: jam.transport.bpm == 90 and not jam.scene.follows)
        client.send_message("/linnet/key", "H major")  # is no end of it
        client.send_message("/linnet/hush", [])
        client.send_message("/linnet/stop", [])
        assert wait(osc.stopped.is_set)
    finally:
        osc.close()


def test_it_tells_beats_and_notes(jam: Jam) -> None:
    pytest.importorskip("pythonosc", reason="the extra osc is not installed")
    from mido import Message
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import ThreadingOSCUDPServer

    told: list[tuple[str, tuple[Any, ...]]] = []
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *words: told.append((address, words)))
    import threading

    with ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        osc = Osc(jam, tell=("127.0.0.1", server.server_address[1]))
        osc.says("hello")
        jam.receive(Message("note_on", note=60, velocity=90))
        jam.out.send(Message("note_on", note=67, velocity=70, channel=2))
        assert wait(lambda: {address for address, _ in told} >= {
            "/linnet/says", "/linnet/beat", "/linnet/played"
        })  # fmt: skip
        osc.close()
        server.shutdown()

    assert ("/linnet/says", ("hello",)) in told
    assert ("/linnet/played", (67, 70, 2)) in told


def test_the_guide_lists_every_address() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guides" / "live.md"

    for address, what in ADDRESSES.items():
        assert f"| `{address}` |" in guide.read_text("utf-8"), what


def test_a_link_session_keeps_the_time() -> None:
    pytest.importorskip("link", reason="the extra link is not installed")
    from linnet.live.link import LinkMaster

    master, transport = LinkMaster(133.0), Transport(100)
    try:
        with Calm():
            master.guide(transport)
            time.sleep(0.2)
            before = transport.beat
            master.guide(transport)
            assert transport.running
            assert transport.bpm == pytest.approx(133)
            assert transport.beat == pytest.approx(before, abs=0.02)
            assert master.peers >= 0
    finally:
        master.close()
