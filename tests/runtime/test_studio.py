"""The studio's server: what it makes, and what it refuses."""

import base64
import bz2
import io
import json
import shlex
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet import midi
from linnet.picture.data import roll_data
from linnet.studio import files
from tests.runtime.studio_server import TOKEN, Studio, midi_of

pytest.importorskip("starlette", reason="starlette, of the extra studio, is not installed")
pytest.importorskip("uvicorn", reason="uvicorn, of the extra studio, is not installed")


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    running = Studio()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def tune(studio: Studio) -> dict:
    return studio.ask("/api/generate", {"model": "folk", "options": {"bars": 8, "seed": 7}})["takes"][0]


# ---- what it makes


def test_the_page_and_what_is_here_are_served(studio: Studio) -> None:
    for name in ("", "app.js", "style.css", "roll.js", "linnet.svg"):
        assert studio.raw(f"/{name}", token=None)[0] == 200
    about = studio.ask("/api/about")

    assert [model["name"] for model in about["models"]][:2] == ["folk", "chorale"]
    assert {"calm", "joyful"} <= set(about["moods"])
    assert about["formats"][0]["suffix"] == ".mid"


def test_a_seed_makes_what_linnet_makes(studio: Studio, tune: dict) -> None:
    score = linnet.load("folk").generate(bars=8, seed=7)

    assert midi_of(tune) == midi.dumps(score)
    assert tune["roll"] == roll_data(score)


def test_six_ideas_are_those_of_six_seeds(studio: Studio) -> None:
    takes = studio.ask("/api/generate", {"model": "folk", "options": {"bars": 4, "seed": 3}, "count": 6})[
        "takes"
    ]

    assert [take["steps"][0]["options"]["seed"] for take in takes] == [3, 4, 5, 6, 7, 8]
    assert len({take["midi"] for take in takes}) == 6


CHANGES = [
    {"do": "fill", "model": "folk", "bars": "3-4"},
    {"do": "vary", "model": "folk", "keep": "rhythm"},
    {"do": "vary", "model": "folk", "keep": "rhythm", "bars": "5-6"},
    {"do": "add", "model": "band", "parts": "bass"},
    {"do": "continue", "model": "folk", "length": 4},
]


def test_the_python_that_is_shown_makes_the_same_piece(
    studio: Studio, tune: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = tune
    for change in CHANGES:
        asked = change | {"midi": take["midi"], "steps": take["steps"], "options": {"seed": 5}}
        (take,) = studio.ask("/api/change", asked)["takes"]
    monkeypatch.chdir(tmp_path)
    exec(take["recipe"]["python"], {})  # what the page tells people to run

    assert linnet.Score.open("tune.mid").tracks == midi.loads(midi_of(take)).tracks


def test_the_command_that_is_shown_makes_the_same_piece(studio: Studio, tune: dict, tmp_path: Path) -> None:
    asked = CHANGES[0] | {"midi": tune["midi"], "steps": tune["steps"], "options": {"seed": 5}}
    (take,) = studio.ask("/api/change", asked)["takes"]
    for line in take["recipe"]["command"].splitlines():
        words = [sys.executable, "-m", *shlex.split(line)]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)

    assert linnet.Score.open(tmp_path / "tune.mid").tracks == midi.loads(midi_of(take)).tracks


def test_bars_that_were_not_chosen_stay_as_they_are(studio: Studio, tune: dict) -> None:
    before = midi.loads(midi_of(tune))
    for change in CHANGES[:1] + CHANGES[2:3]:
        (take,) = studio.ask("/api/change", change | {"midi": tune["midi"]})["takes"]
        after = midi.loads(midi_of(take))

        assert after.slice("7-8").tracks == before.slice("7-8").tracks
        assert after.slice("1-2").tracks == before.slice("1-2").tracks
        assert after.notes != before.notes


def test_a_file_is_opened_and_saved(studio: Studio, tune: dict) -> None:
    opened = studio.ask("/api/open?name=../../mine.mid", midi_of(tune))["takes"][0]

    assert opened["steps"] == [{"do": "open", "name": "mine.mid"}]
    assert studio.raw("/api/save", {"midi": opened["midi"], "format": ".mid"})[1] == midi_of(tune)
    assert studio.raw("/api/save", {"midi": opened["midi"], "format": ".wav"})[1][:4] == b"RIFF"
    stems = studio.raw("/api/save", {"midi": opened["midi"], "format": ".zip"})[1]
    assert len(zipfile.ZipFile(io.BytesIO(stems)).namelist()) == 1


def test_sound_has_its_onsets_where_the_roll_has_them(studio: Studio) -> None:
    notes = [("C5", 0.5), (None, 1.5), ("E5", 0.5), (None, 1.5), ("G5", 0.5), (None, 1.5)]
    score = linnet.Score.from_notes(notes, bpm=120)
    data = base64.b64encode(midi.dumps(score)).decode()
    status, body = studio.raw("/api/sound", {"midi": data})
    sound = np.abs(np.frombuffer(body, "<i2").reshape(-1, 2).astype(int)).max(axis=1)
    loud = sound.reshape(-1, 441)[: 3 * 100].max(axis=1) > 1500  # hundredths of a second
    onsets = np.flatnonzero(loud & ~np.roll(loud, 1)) / 100

    assert status == 200
    assert np.allclose(onsets, [0, 1, 2], atol=0.02)
    later = studio.raw("/api/sound", {"midi": data, "start": 1.0})[1]
    assert len(body) - len(later) == 4 * 44100
    assert not np.frombuffer(studio.raw("/api/sound", {"midi": data, "silent": [0]})[1], "<i2").any()


# ---- what it refuses


def test_a_wrong_token_is_refused_and_soon_no_more_are_tried(studio: Studio) -> None:
    assert studio.refuses("/api/about", token=None)[0] == 401
    tried = [studio.refuses("/api/about", token="x" * 12)[0] for _ in range(15)]

    assert set(tried) == {401, 429}
    assert studio.raw("/api/about")[0] == 200  # whoever knows it is let in all the same


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_a_page_of_another_site_is_refused(studio: Studio, headers: dict[str, str]) -> None:
    assert studio.refuses("/api/about", **headers)[0] == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.7", ""]
)
def test_another_name_of_this_machine_is_refused(studio: Studio, host: str) -> None:
    assert studio.refuses("/api/about", Host=host)[0] == 421
    assert studio.refuses("/", Host=host, token=None)[0] == 421


@pytest.mark.parametrize(
    "path",
    ["/../app.py", "/%2e%2e/app.py", "/..%2fapp.py", "/page/../../guard.py", "/.", "/%00.js"],
)
def test_nothing_but_the_page_is_served(studio: Studio, path: str) -> None:
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))

    assert answer.split()[1] in (b"404", b"400")
    assert b"import" not in answer


def test_a_hundred_megabytes_are_refused(studio: Studio) -> None:
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        head = f"POST /api/open HTTP/1.1\r\nHost: localhost\r\nX-Linnet-Token: {TOKEN}\r\n"
        line.sendall(f"{head}Content-Length: 100000000\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(65536).split()[1] == b"413"
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        answer = b""
        try:
            for _ in range(100):
                line.sendall(b"100000\r\n" + bytes(2**20) + b"\r\n")
            answer = line.recv(65536)
        except OSError:  # it has hung up
            answer = b"HTTP/1.1 413"
        assert answer.split()[1] == b"413"


BAD = [
    ("/api/open?name=x.mid", b""),
    ("/api/open?name=x.mid", b"MThd" + bytes(40)),
    ("/api/open?name=x.abc", b"\xff" * 30),
    ("/api/generate", b"{"),
    ("/api/generate", b"[" * 100_000),
    ("/api/generate", []),
    ("/api/generate", {"model": "/etc/passwd"}),
    ("/api/generate", {"model": "folk", "count": 10_000}),
    ("/api/generate", {"model": "folk", "options": {"bars": 10**9}}),
    ("/api/generate", {"model": "folk", "options": {"bars": True}, "count": True}),
    ("/api/generate", {"model": "folk", "options": {"chords": "/etc/tune.abc"}}),
    ("/api/generate", {"model": "folk", "options": {"curve": "x.csv"}}),
    ("/api/generate", {"model": "folk", "options": {"form": "A:999 B:999"}}),
    ("/api/generate", {"model": "folk", "options": {"key": "H dur"}}),
    ("/api/change", {"do": "fill", "midi": "TVRoZA=="}),
    ("/api/change", {"do": "fill", "midi": 7}),
    ("/api/change", {"do": ["fill"], "midi": "*"}),
    ("/api/save", {"midi": "", "format": "../x"}),
    ("/api/sound", {"midi": "", "start": "soon"}),
]


@pytest.mark.parametrize(("path", "body"), BAD)
def test_a_bad_request_gets_one_line(studio: Studio, path: str, body: object) -> None:
    assert studio.refuses(path, body)[0] == 400


def test_a_change_says_what_is_possible(studio: Studio, tune: dict) -> None:
    asked = {"do": "fill", "model": "folk", "midi": tune["midi"]}

    assert "between" in studio.refuses("/api/change", asked | {"bars": "90-91"})[1]
    assert "tracks" in studio.refuses("/api/change", asked | {"tracks": ["x"]})[1]


def test_a_file_with_a_note_ages_away_is_refused(studio: Studio) -> None:
    far = linnet.Score(1, (linnet.Track(linnet.Notes.of([linnet.Note(2**27, 1, 60, 80)])),))

    assert "longer" in studio.refuses("/api/open?name=far.mid", midi.dumps(far))[1]


def test_too_many_requests_are_told_to_wait() -> None:
    running = Studio()
    try:
        found = {running.raw("/style.css", token=None)[0] for _ in range(400)}
    finally:
        running.stop()

    assert 429 in found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_twenty_clients_at_once_are_served_and_leave_no_memory_behind() -> None:
    running = Studio()

    def client(seed: int) -> list[int]:
        made = running.ask("/api/generate", {"model": "folk", "options": {"bars": 4, "seed": seed}})["takes"][
            0
        ]
        asked = {"do": "fill", "model": "folk", "bars": "2-3", "midi": made["midi"], "steps": made["steps"]}
        (changed,) = running.ask("/api/change", asked)["takes"]
        late = {"midi": changed["midi"], "start": changed["roll"]["seconds"] - 0.5}
        return [len(midi_of(changed)), len(running.raw("/api/sound", late)[1])]

    def all_of_them(first: int) -> float:
        with ThreadPoolExecutor(20) as clients:
            found = list(clients.map(client, range(first, first + 20)))
        assert all(length > 0 and heard > 100_000 for length, heard in found)
        return running.megabytes

    try:
        before = all_of_them(0)  # what is kept for later is there now
        after = all_of_them(20)
    finally:
        running.stop()

    assert after < before + 60  # megabytes; twenty SoundFont players kept would be 150


def test_a_packed_page_is_the_same_page(tmp_path: Path) -> None:
    whole = files.files_in(files.PAGE)
    packed = json.dumps({name: data.decode() for name, data in whole.items()}).encode()
    (tmp_path / files.PACKED).write_bytes(bz2.compress(packed))

    assert files.files_in(tmp_path / "page") == whole
    assert {"index.html", "app.js", "style.css", "roll.js"} <= set(whole)
