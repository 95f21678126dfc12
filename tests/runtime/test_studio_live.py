"""The studio's music without end: what is played, what is told of it, and who is let in."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from linnet.studio.models import Models
from tests.runtime.studio_server import TOKEN, Studio

pytest.importorskip("starlette", reason="starlette, of the extra studio, is not installed")
pytest.importorskip("uvicorn", reason="uvicorn, of the extra studio, is not installed")
client = pytest.importorskip(
    "websockets.sync.client", reason="websockets, of the extra studio, is not installed"
)


closed = pytest.importorskip("websockets.exceptions")
live_music = pytest.importorskip("linnet.studio.live")


@pytest.fixture(autouse=True)
def _plain_tone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linnet.sound.sound_fonts", list)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    running = Studio()
    yield running
    running.stop()


@pytest.fixture
def live() -> Iterator[Any]:
    made = live_music.Live(Models(), {"model": "chorale", "wishes": {"bpm": 120}})
    yield made
    made.close()


def heard(live: Any, steps: int) -> tuple[np.ndarray, list[list[Any]]]:
    """Frames and notes of so many steps."""
    frames, notes = [], []
    for _ in range(steps):
        data, words = live.step()
        frames.append(np.frombuffer(data, "<i2").reshape(-1, 2))
        notes += words.get("notes", [])
    return np.concatenate(frames), notes


def test_there_is_sound_where_notes_begin(live: Any) -> None:
    frames, notes = heard(live, 40)
    loud = np.abs(frames.astype(int)).max(axis=1)

    assert notes
    for onset, *_ in notes:
        begin = round(onset * 44100)
        assert loud[begin : begin + 2205].max(initial=32767 if begin + 2205 > len(loud) else 0) > 300


def test_what_is_to_come_is_what_comes(live: Any) -> None:
    heard(live, 3)
    coming = live.coming()
    planned = [(note[0], note[2]) for bar in coming[1:3] for note in bar["notes"]]
    _, notes = heard(live, 80)

    assert len(coming) == live_music.COMING + 1
    assert [bar["bar"] for bar in coming] == [1, 2, 3, 4]
    assert planned
    played = {(round(note[0], 2), note[2]) for note in notes}
    assert {(round(onset, 2), pitch) for onset, pitch in planned} <= played


def test_a_wish_is_heard_and_the_end_comes(live: Any) -> None:
    heard(live, 3)
    live.steer({"do": "wish", "wishes": {"key": "E minor", "bpm": 200}})
    heard(live, 60)
    assert live.stream.position.key == "E minor"
    live.steer({"do": "layers", "parts": ["soprano"]})
    live.steer({"do": "finish"})
    for _ in range(200):
        if live.step()[1].get("over"):
            break
    else:
        pytest.fail("it did not end")

    kept = live.steer({"do": "keep"})
    assert kept is not None
    assert kept["take"]["roll"]["tracks"]


@pytest.mark.parametrize(
    ("pitches", "chord"),
    [([60, 64, 67], "C"), ([64, 67, 72], "C/E"), ([57, 60, 64], "Am"), ([60, 61, 62], None), ([], None)],
)
def test_a_held_chord_has_its_name(pitches: list[int], chord: str | None) -> None:
    found = live_music.chord_of(pitches)

    assert (found and str(found)) == chord


@pytest.mark.parametrize(
    "asked", [{"do": "dance"}, {"do": "wish", "wishes": {"seed": 1}}, {"do": "layers", "parts": "all"}, {}]
)
def test_what_cannot_be_asked_for_is_told_in_one_line(live: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        live.steer(asked)


def test_a_page_is_played_to_and_may_ask_nonsense(studio: Studio) -> None:
    with client.connect(f"ws://127.0.0.1:{studio.port}/api/live", max_size=None) as line:
        line.send(json.dumps({"token": TOKEN}))
        line.send(json.dumps({"model": "folk", "wishes": {"bpm": 150}}))
        line.send("nonsense")
        line.send(json.dumps({"do": "dance"}))
        told: dict[str, Any] = {}
        size = 0
        while not ({"notes", "coming", "error"} <= set(told) and size > 3 * 17640):
            message = line.recv(timeout=30)
            if isinstance(message, bytes):
                size += len(message)
            else:
                told |= json.loads(message)

    assert "dance" in told["error"]


def test_nobody_comes_in_without_the_token_or_from_another_site(studio: Studio) -> None:
    address = f"ws://127.0.0.1:{studio.port}/api/live"
    for first in ({"token": "x" * 12}, {}, [], "x"):
        with client.connect(address) as line:
            line.send(json.dumps(first))
            with pytest.raises(closed.ConnectionClosed):
                line.recv(timeout=20)
    with pytest.raises(closed.InvalidStatus):
        client.connect(address, origin="http://evil.example")


def test_a_page_that_leaves_makes_room_for_others(studio: Studio) -> None:
    for _ in range(live_music.MOST_LIVE + 2):
        with client.connect(f"ws://127.0.0.1:{studio.port}/api/live", max_size=None) as line:
            line.send(json.dumps({"token": TOKEN}))
            line.send(json.dumps({"model": "folk", "wishes": {}}))
            assert "at" in json.loads(line.recv(timeout=30))
