"""The command as a user meets it: its own process, its exit code, its one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import linnet
from linnet.music.score import Note, Notes, TempoChange, TimeSignature, Track

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linnet", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def test_generate_writes_the_file_and_says_what_is_in_it(tmp_path: Path) -> None:
    done = run("generate", TINY, "--bars", "8", "--seed", "7", "-o", "tune.mid", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tune.mid: 8 bars, ")
    assert done.stdout.endswith("seed 7\n")
    assert linnet.Score.open(tmp_path / "tune.mid").bars == 8


def test_generate_is_the_python_call(tmp_path: Path) -> None:
    run(
        "generate",
        TINY,
        "--bars",
        "4",
        "--seed",
        "7",
        "--key",
        "Am",
        "--range",
        "C3",
        "C6",
        "-o",
        "a.mid",
        cwd=tmp_path,
    )
    linnet.load(TINY).generate(bars=4, seed=7, key="Am", pitch_range=("C3", "C6")).save(tmp_path / "b.mid")

    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_many_pieces_go_into_a_folder_each_as_if_it_were_alone(tmp_path: Path) -> None:
    done = run("generate", TINY, "--count", "66", "--bars", "2", "--seed", "9", "-o", "a/tunes", cwd=tmp_path)
    run("generate", TINY, "--bars", "2", "--seed", "74", "-o", "alone.mid", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 66
    names = {path.name for path in (tmp_path / "a/tunes").iterdir()}
    assert names == {f"tiny-{seed}.mid" for seed in range(9, 75)}
    assert (tmp_path / "a/tunes/tiny-74.mid").read_bytes() == (tmp_path / "alone.mid").read_bytes()


@pytest.mark.parametrize(("count", "output"), [("2", "tunes.mid"), ("2", "file"), ("0", "tunes")])
def test_many_pieces_need_a_folder_and_a_number(tmp_path: Path, count: str, output: str) -> None:
    (tmp_path / "file").write_text("mine")
    done = run("generate", TINY, "--count", count, "--bars", "2", "-o", output, cwd=tmp_path)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_continue_goes_on_from_a_file(tmp_path: Path) -> None:
    run("generate", TINY, "--bars", "4", "--seed", "1", "--bpm", "77", "-o", "mine.mid", cwd=tmp_path)
    done = run(
        *(
            "continue",
            "mine.mid",
            "--model",
            TINY,
            "--bars",
            "2",
            "--seed",
            "1",
            "-o",
            "on.mid",
            "--with-primer",
        ),
        cwd=tmp_path,
    )

    assert done.returncode == 0
    both, mine = (linnet.Score.open(tmp_path / name) for name in ("on.mid", "mine.mid"))
    assert both.bars == 6
    assert both.slice_bars(0, 4).notes == mine.notes
    assert both.tempos[: len(mine.tempos)] == mine.tempos  # in the new bars the network may change it


def test_info_describes_models_and_midi_files(tmp_path: Path) -> None:
    run("generate", TINY, "--bars", "4", "--seed", "1", "-o", "tune.mid", cwd=tmp_path)
    midi, model = (
        json.loads(run("info", "--json", file, cwd=tmp_path).stdout) for file in ("tune.mid", TINY)
    )

    assert midi["bars"] == 4
    assert model["sha256"] == linnet.load(TINY).info.sha256
    assert "4 bars" in run("info", "tune.mid", cwd=tmp_path).stdout
    assert "the same notes on every CPU" in run("info", TINY, cwd=tmp_path).stdout


def test_info_writes_the_chords_of_a_midi_file(tmp_path: Path) -> None:
    triads = [(0, pitch) for pitch in (48, 64, 67)] + [(2, pitch) for pitch in (53, 65, 69)]
    notes = [linnet.Note(480 * beat, 960, pitch, 80) for beat, pitch in triads]
    last = [linnet.Note(1920, 1920, pitch, 80) for pitch in (43, 62, 71)]
    linnet.Score(tracks=(linnet.Track(linnet.Notes.of(notes + last)),)).save(tmp_path / "tune.mid")

    assert run("info", "--chords", "tune.mid", cwd=tmp_path).stdout.endswith("\nbar 1     C F | G\n")
    assert json.loads(run("info", "--chords", "--json", "tune.mid", cwd=tmp_path).stdout)["chords"] == [
        "C F",
        "G",
    ]
    assert "bar 1" not in run("info", "tune.mid", cwd=tmp_path).stdout


def _jpeg(folder: Path) -> None:
    (folder / "photo.mid").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200))
    (folder / "photo.onnx").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200))
    (folder / "empty.onnx").touch()
    (folder / "cut.onnx").write_bytes(Path(TINY).read_bytes()[:10_000])


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "missing.onnx", "-o", "x.mid"),
        ("generate", "polka", "-o", "x.mid"),
        ("generate", "photo.onnx", "-o", "x.mid"),
        ("generate", "empty.onnx", "-o", "x.mid"),
        ("generate", "cut.onnx", "-o", "x.mid"),
        ("generate", TINY, "--bars", "0", "-o", "x.mid"),
        ("generate", TINY, "--scale", "C major", "--range", "C#4", "C#4", "-o", "x.mid"),
        ("generate", TINY, "--range", "C5", "C4", "-o", "x.mid"),
        ("generate", TINY, "--key", "H", "-o", "x.mid"),
        ("generate", TINY, "-o", "photo.mid/x.mid"),  # that is no folder
        ("generate", TINY, "-o", "x.wav2"),
        ("continue", "photo.mid", "--model", TINY, "-o", "x.mid"),
        ("continue", "missing.mid", "--model", TINY, "-o", "x.mid"),
        ("info", "photo.mid"),
        ("info", "missing.mid"),
        ("info", "."),
        ("info", "--chords", TINY),
    ],
)
def test_expected_trouble_is_one_line_and_leaves_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    _jpeg(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    done = run(*arguments, cwd=tmp_path)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("linnet: ")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments", [(), ("generate",), ("generate", "--bars", "many", "-o", "x.mid"), ("dance",)]
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, cwd=tmp_path).returncode == 2


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    program = (
        "import errno, sys, linnet.tools.files, linnet.cli as cli\n"
        "def full(*_): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "linnet.tools.files.Path.replace = full\n"
        f"sys.exit(cli.main(['generate', {TINY!r}, '--bars', '1', '-o', 'x.mid']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "linnet: x.mid: No space left on device\n")
    assert not list(tmp_path.glob("*.mid*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles")
def test_ctrl_c_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import signal, sys, linnet.cli as cli\n"
        "signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))\n"
        "signal.setitimer(signal.ITIMER_REAL, 1)\n"
        f"sys.exit(cli.main(['generate', {TINY!r}, '--bars', '100000', '-o', 'x.mid']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr.strip()) == (1, "linnet: interrupted, nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_info_says_once_what_only_repeats(tmp_path: Path) -> None:
    tempos = tuple(TempoChange(1920 * i, 500_000 + i % 2) for i in range(9))
    meters = (TimeSignature(0, 4, 4), TimeSignature(480, 4, 4), TimeSignature(2400, 3, 4))
    notes = Track(Notes.of([Note(0, 9600, 60, 80)]))
    linnet.Score(480, (notes,), tempos, meters).save(tmp_path / "tune.mid")

    said = run("info", "tune.mid", cwd=tmp_path).stdout.splitlines()
    assert "tempo     120 bpm" in said
    assert "meter     4/4, 3/4" in said
