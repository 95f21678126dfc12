"""Names that a file system takes, and text that a file may hold: no name stops a file, no text spoils one."""

import os
import subprocess
import sys
import threading
import xml.dom.minidom
from pathlib import Path

import pytest

from linnet import cli, midi, picture
from linnet.music.score import Note, Notes, Score, Track
from linnet.tools.files import write_whole
from tests.runtime.smf import smf

NOTE = "00 903c50 60 803c40"
CONTROLS = "".join(map(chr, [*range(32), 0x7F, *range(0x80, 0xA0), 0x2028, 0xFFFE, 0xFFFF])) + "\ud800<&>\"'"
TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.mark.skipif(os.name == "nt", reason="names are counted otherwise there")
@pytest.mark.parametrize("length", range(240, 256))
@pytest.mark.parametrize("letter", ["x", "é", "\u9ce5"])
def test_every_name_that_is_legal_can_be_written(tmp_path: Path, length: int, letter: str) -> None:
    room = length - len(".mid")
    stem = letter * (room // len(letter.encode()))
    name = stem + "x" * (room - len(stem.encode())) + ".mid"
    assert len(name.encode()) == length
    Score(end=96).save(tmp_path / name)
    assert Score.open(tmp_path / name).end == 96
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208 - as the system has it


def test_generate_writes_a_name_of_249_bytes(tmp_path: Path) -> None:
    path = tmp_path / ("\u9ce5" * 81 + ".mid")
    assert cli.main(["generate", str(TINY), "--bars", "2", "-o", str(path)]) == 0
    assert path.exists()


def test_threads_that_write_one_path_never_tear_the_file(tmp_path: Path) -> None:
    path, contents = tmp_path / "tune.mid", [bytes([i]) * 200_000 for i in range(4)]

    def write(content: bytes) -> None:
        for _ in range(30):
            write_whole(path, content)
            assert path.read_bytes() in contents

    failures: list[object] = []
    hook, threading.excepthook = threading.excepthook, lambda args: failures.append(args.exc_value)
    try:
        threads = [threading.Thread(target=write, args=(content,)) for content in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = hook
    assert not failures
    assert list(tmp_path.iterdir()) == [path]


def strange() -> Score:
    """Every text of it holds what neither XML nor a terminal can take."""
    notes = Notes.of([Note(0, 480, 60, 80), Note(480, 480, 64, 80)])
    return Score(tracks=(Track(notes, 0, False, CONTROLS), Track(notes, 1, False, "\0")), texts=(CONTROLS,))


@pytest.mark.parametrize("extension", [".musicxml", ".svg"])
def test_control_characters_reach_no_xml(tmp_path: Path, extension: str) -> None:
    if extension == ".musicxml":
        pytest.importorskip("music21")
    path = tmp_path / ("a\x01\x1b[2Jb" + extension)
    strange().save(path)
    text = path.read_bytes()
    xml.dom.minidom.parseString(text)
    assert not set(text) & ({*range(32)} - {9, 10, 13})


def test_nul_in_the_name_of_a_track_is_no_part_of_sheet_music(tmp_path: Path) -> None:
    pytest.importorskip("music21")
    score = midi.loads(smf("00 ff0305 4c65616400", "00 ff0306 5069616e6f00" + NOTE))
    score.save(tmp_path / "a.musicxml")
    assert b"<part-name>Piano</part-name>" in (tmp_path / "a.musicxml").read_bytes()


def terminal_of(*arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "linnet", *arguments],
        capture_output=True, timeout=60, check=False, env=os.environ | settings,
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_control_characters_reach_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mb.mid"
    name, text = (CONTROLS.encode("utf-8", "replace").hex(" ") for _ in range(2))
    size = len(CONTROLS.encode("utf-8", "replace"))
    length = f"{size:02x}" if size < 128 else f"81{size - 128:02x}"
    path.write_bytes(smf(f"00 ff01{length}{text}", f"00 ff03{length}{name}" + NOTE))
    for words in (["info"], ["show"], ["shape", "--swing", "0.5", "-o", str(tmp_path / "o\x1b.mid")]):
        done = terminal_of(words[0], str(path), *words[1:], PYTHONIOENCODING="utf-8")
        assert done.returncode == 0, done.stderr
        heard = done.stdout.decode() + done.stderr.decode()
        assert not {c for c in heard if not c.isprintable()} - {"\n"}, words
    broken = tmp_path / "b\x1b[2J.mid"
    broken.write_bytes(b"no")
    done = terminal_of("info", str(broken))
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such shell there")
@pytest.mark.parametrize("words", ["show", "info", "doctor --help"])
def test_without_a_standard_output_nothing_fails(tmp_path: Path, words: str) -> None:
    path = tmp_path / "input.mid"
    path.write_bytes(smf(NOTE))
    file = "" if "help" in words else str(path)
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m linnet {words} {file} >&-"],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") <= 1


def test_titles_are_made_fit_for_a_picture() -> None:
    xml.dom.minidom.parseString(picture.svg(strange(), title="a\0b\x0cc"))
