"""What commands read and write: pipes, new folders, many files, and the line that says what was made."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import linnet
from linnet import cli
from linnet.cli import output
from tests.runtime.streams import PERFORMED

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")
TUNE = ("generate", TINY, "--bars", "4", "--seed", "7")


def run(*arguments: str, cwd: Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "linnet", *arguments]
    return subprocess.run(command, cwd=cwd, input=data, capture_output=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("tune") / "tune.mid"
    assert cli.main([*TUNE, "-o", str(file)]) == 0
    return file.read_bytes()


# ---- standard input and output


def test_a_piece_goes_to_standard_output_and_the_words_elsewhere(tmp_path: Path, tune: bytes) -> None:
    done = run(*TUNE, "-o", "-", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, tune)
    assert done.stderr.startswith(b"standard output: 4 bars, ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        (("continue", "-", "--model", TINY, "--bars", "2", "--seed", "1", "-o", "-"), b"MThd"),
        (("shape", "-", "--swing", "0.6", "-o", "-"), b"MThd"),
        (("render", "-", "--rate", "8000", "-o", "-"), b"RIFF"),
        (("show", "-", "-o", "-"), b"<svg"),
        (("show", "-", "--width", "60"), b"\n"),
        (("info", "-"), b"standard input: 4 bars, "),
    ],
)
def test_commands_read_standard_input(
    tmp_path: Path, tune: bytes, command: tuple[str, ...], begins: bytes
) -> None:
    done = run(*command, cwd=tmp_path, data=tune)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins) or begins in done.stdout[:200]
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_what_files_are(tmp_path: Path, tune: bytes) -> None:
    """To the byte."""
    (tmp_path / "tune.mid").write_bytes(tune)
    shaped = run("shape", "-", "--legato", "0.5", "-o", "-", cwd=tmp_path, data=tune).stdout
    run("shape", "tune.mid", "--legato", "0.5", "-o", "shaped.mid", cwd=tmp_path)

    assert (tmp_path / "shaped.mid").read_bytes() == shaped


def test_a_model_comes_from_standard_input_too(tmp_path: Path, tune: bytes) -> None:
    model = Path(TINY).read_bytes()
    told = run("info", "-", cwd=tmp_path, data=model).stdout
    made = run("generate", "-", "--bars", "4", "--seed", "7", "-o", "-", cwd=tmp_path, data=model).stdout

    assert b"the same notes on every CPU" in told
    assert b"file      standard input\n" in told
    assert made == tune


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("morph", "-", "-", "-o", "x"), "standard input can be read once"),
        (("morph", "a.mid", "-", "-o", "-"), "morph writes into a folder"),
        (("continue", "-", "--model", "-", "-o", "x.mid"), "standard input can be read once"),
        (("generate", TINY, "--count", "2", "-o", "-"), "--count writes into a folder"),
        (("generate", TINY, "--format", "mid,wav", "-o", "-"), "one format at a time"),
        (("generate", TINY, "--format", "wav", "-o", "x.mid"), "the name of a file says what it is"),
        (("render", "x.mid", "--format", "wav", "-o", "x.wav"), "--format is for standard output"),
        (("info", "-"), "standard input: "),
    ],
)
def test_what_a_pipe_cannot_be_is_one_line(tmp_path: Path, command: tuple[str, ...], told: str) -> None:
    done = run(*command, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (1, b"", 1)
    assert told in done.stderr.decode()


def test_files_are_not_thrown_at_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert cli.main([*TUNE, "-o", "-"]) == 1
    assert "standard output is a terminal" in capsys.readouterr().err


# ---- folders


@pytest.mark.parametrize(
    "command",
    [
        (*TUNE, "-o", "new/one.mid"),
        (*TUNE, "-o", "new/of/many/one.wav"),
        ("continue", "in.mid", "--model", TINY, "--bars", "2", "-o", "new/one.mid"),
        ("shape", "in.mid", "--swing", "0.5", "-o", "new/one.mid"),
        ("render", "in.mid", "--rate", "8000", "-o", "new/one.wav"),
        ("show", "in.mid", "-o", "new/one.svg"),
    ],
)
def test_a_folder_that_is_not_there_is_made_and_said(
    tmp_path: Path, tune: bytes, command: tuple[str, ...]
) -> None:
    (tmp_path / "in.mid").write_bytes(tune)
    done = run(*command, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    folder = Path(command[-1]).parent
    assert done.stderr.decode().splitlines()[0] == f"linnet: {folder}: a new folder"
    assert (tmp_path / command[-1]).stat().st_size > 0


# ---- many pieces


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("-o tunes --format wav", {"tunes/tiny-7.wav", "tunes/tiny-8.wav"}),
        ("-o tunes --format mid,svg", {f"tunes/tiny-{seed}.{f}" for seed in (7, 8) for f in ("mid", "svg")}),
        ("-o tunes/{number}.wav", {"tunes/1.wav", "tunes/2.wav"}),
        ("-o {model}-{seed}.mid", {"tiny-7.mid", "tiny-8.mid"}),
    ],
)
def test_many_pieces_are_written_as_is_asked(tmp_path: Path, words: str, names: set[str]) -> None:
    done = run("generate", TINY, "--count", "2", "--bars", "1", "--seed", "7", *words.split(), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert files == names
    assert {line.partition(":")[0] for line in done.stdout.decode().splitlines()} == names


def test_many_pieces_are_sheet_music(tmp_path: Path) -> None:
    pytest.importorskip("music21")
    many = ["generate", TINY, "--count", "2", "--bars", "1"]
    done = run(*many, "--format", "musicxml", "-o", "x", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "x").glob("tiny-*.musicxml"))) == 2


def test_a_single_piece_may_be_called_by_its_seed(tmp_path: Path) -> None:
    assert run(*TUNE, "-o", "tune-{seed}.mid", cwd=tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tune-7.mid"]


def test_an_unknown_format_is_met_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([*TUNE, "--format", "aiff", "-o", "x"])

    told = "--format must be of mid, midi, wav, flac, ogg, mp3, musicxml, mxl, abc, pdf, svg, png, got 'aiff'"
    assert told in capsys.readouterr().err


# ---- the line that says what was made


def test_what_nobody_asked_for_is_said_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tune.mid"
    assert cli.main(["generate", "--seed", "3", "-o", str(file)]) == 0
    said, score = capsys.readouterr().out, linnet.Score.open(file)

    meter, tempo = score.time_signatures[0], score.tempos[0]
    assert score.key is not None
    assert f"{file}: 16 bars and an upbeat, " in said  # that is not counted among those asked for
    made = f"{meter.numerator}/{meter.denominator}, {tempo.bpm:.4g} bpm, {score.key}"
    assert f"{made}, model folk, seed 3\n" in said


def test_what_was_asked_for_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tune.mid"
    asked = ["--key", "A minor", "--bpm", "77", "--time-signature", "6/8", "--bars", "2", "--seed", "1"]
    assert cli.main(["generate", *asked, "-o", str(file)]) == 0

    said = capsys.readouterr().out
    assert said.startswith(f"{file}: 2 bars")
    assert "6/8, 77 bpm, A minor, model folk, seed 1\n" in said


def test_where_there_are_no_bars_none_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "beat.mid"
    assert cli.main(["generate", str(PERFORMED), "--seconds", "4", "--seed", "1", "-o", str(file)]) == 0

    said = capsys.readouterr().out.removeprefix(f"{file}: ")
    assert re.fullmatch(r"4\.0 s, \d+ notes?, model groove, seed 1\n", said)


@pytest.mark.parametrize(
    ("notes", "bars", "said"), [(1, 1, "1 bar, 0.5 s, 1 note, "), (2, 2, "2 bars, 2.5 s, 2 notes, ")]
)
def test_one_is_not_many(notes: int, bars: int, said: str, tmp_path: Path) -> None:
    each = [linnet.Note(i * 1920, 480, 60, 80) for i in range(notes)]
    score = linnet.Score(480, (linnet.Track(linnet.Notes.of(each)),))

    assert score.bars == bars
    assert output.about(score, tmp_path / "x.mid").startswith(said)
