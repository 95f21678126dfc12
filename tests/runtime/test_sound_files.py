"""Sound files of other kinds than WAV, exact lengths, and loops whose seam nobody hears."""

import struct
import sys
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet import cli, sound
from linnet.errors import LinnetError
from linnet.music.score import Note, Score
from linnet.sound.events import Sounds
from linnet.sound.tone import PlainTone
from tests.runtime.waves import tune

RATE = 8000
TUNE = tune(*(Note(50 * i, 60, 60 + 2 * (i % 5), 90) for i in range(8)))
TUNE = Score(100, TUNE.tracks, TUNE.tempos, end=400)
"""Four seconds; the last note rings past the end."""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain tone, which needs nothing."""
    monkeypatch.setattr(sound, "_synthesizer", lambda soundfont, rate: PlainTone())


def samples(path: Path) -> NDArray[np.float64]:
    """-1 to 1. (frames, 2)"""
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").reshape(-1, 2) / 32768


# ---- how long


@pytest.mark.parametrize("seconds", [3.2, 4.00003, 47.5])
def test_without_a_tail_a_file_is_as_long_as_the_piece_to_the_sample(tmp_path: Path, seconds: float) -> None:
    score = TUNE.stretch(seconds=seconds)
    score.save(tmp_path / "a.wav", tail=0)

    assert len(samples(tmp_path / "a.wav")) == round(seconds * sound.RATE)


def test_a_tail_is_as_long_as_asked_for(tmp_path: Path) -> None:
    TUNE.save(tmp_path / "a.wav", tail=0.5)

    frames = samples(tmp_path / "a.wav")
    assert len(frames) == round(4.5 * sound.RATE)
    assert np.abs(frames[-50:]).max() < 0.001
    with pytest.raises(ValueError, match="tail must be between 0 and 60 seconds, got 61"):
        TUNE.save(tmp_path / "b.wav", tail=61)
    with pytest.raises(ValueError, match="tail and loop are for sound"):
        TUNE.save(tmp_path / "b.mid", tail=1)


# ---- loops


def test_a_loop_sounds_as_the_piece_does_the_second_time_round(tmp_path: Path) -> None:
    sound.write(TUNE.repeat(3), tmp_path / "thrice.wav", rate=RATE)
    sound.write(TUNE, tmp_path / "loop.wav", rate=RATE, loop=True)
    thrice, loop = samples(tmp_path / "thrice.wav"), samples(tmp_path / "loop.wav")

    assert len(loop) == 4 * RATE
    assert np.abs(loop - thrice[4 * RATE : 8 * RATE]).max() <= 2 / 32767
    step = np.abs(np.diff(loop, axis=0)).max()
    assert np.abs(loop[0] - loop[-1]).max() <= step  # over the seam as anywhere


def test_loop_points_stand_in_the_wav_file(tmp_path: Path) -> None:
    sound.write(TUNE, tmp_path / "loop.wav", rate=RATE, loop=True)
    data = (tmp_path / "loop.wav").read_bytes()
    at = data.index(b"smpl")

    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)
    assert struct.unpack_from("<I", data, at + 4) == (60,)
    assert struct.unpack_from("<I", data, at + 36) == (1,)
    assert struct.unpack_from("<6I", data, at + 44) == (0, 0, 0, 4 * RATE - 1, 0, 0)


def test_loop_points_stand_in_the_ogg_file(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
    sound.write(TUNE, tmp_path / "a.ogg", rate=RATE, loop=True)
    sound.write(TUNE, tmp_path / "b.ogg", rate=RATE, loop=True)
    data = (tmp_path / "a.ogg").read_bytes()

    for comment in (b"LOOPSTART=0", b"LOOPLENGTH=32000"):
        at = data.index(comment)
        assert struct.unpack_from("<I", data, at - 4) == (len(comment),)
    assert soundfile.info(tmp_path / "a.ogg").frames == 4 * RATE  # which reads every page and its checksum
    assert (tmp_path / "b.ogg").read_bytes() == data
    frames, _ = soundfile.read(tmp_path / "a.ogg")
    assert np.abs(frames).max() > 0.1


def test_a_score_that_is_marked_as_a_loop_is_written_as_one(tmp_path: Path) -> None:
    marked = TUNE.with_markers([(0, "loopStart"), (400, "loopEnd")])
    sound.write(marked, tmp_path / "a.wav", rate=RATE)
    sound.write(marked, tmp_path / "b.wav", rate=RATE, loop=False)

    assert len(samples(tmp_path / "a.wav")) == 4 * RATE
    assert len(samples(tmp_path / "b.wav")) > 5 * RATE
    with pytest.raises(ValueError, match="a loop needs some bars"):
        sound.write(Score(), tmp_path / "c.wav", loop=True)


# ---- kinds


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3"])
def test_other_kinds_hold_the_same_sound(tmp_path: Path, kind: str) -> None:
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
    sound.write(TUNE, tmp_path / "a.wav", rate=16000, tail=0)
    sound.write(TUNE, tmp_path / f"a.{kind}", rate=16000, tail=0)
    wanted = samples(tmp_path / "a.wav")
    frames, rate = soundfile.read(tmp_path / f"a.{kind}")

    assert rate == 16000
    assert sound.duration(tmp_path / f"a.{kind}") == pytest.approx(4, abs=0.1)
    if kind == "flac":
        assert np.array_equal(frames, wanted)
    else:
        assert np.abs(frames).max() < 1.5 * np.abs(wanted).max()
        loud = np.sqrt((frames**2).sum() / (wanted**2).sum())  # MP3 has some silence before
        assert loud == pytest.approx(1, abs=0.1)


def test_without_soundfile_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(LinnetError, match=r"pip install 'linnet\[formats\]'"):
        TUNE.save(tmp_path / "a.flac")
    assert not list(tmp_path.iterdir())


def test_a_rate_that_a_format_does_not_have_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("soundfile", reason="soundfile is not installed")
    with pytest.raises(ValueError, match=r"a \.mp3 file has at most 48000 frames a second, got 96000"):
        sound.write(TUNE, tmp_path / "a.mp3", rate=96000)


def test_stems_of_a_loop_sum_to_it(tmp_path: Path) -> None:
    both = TUNE.mix(TUNE.transpose(-12))
    paths, _ = sound.write_stems(both, tmp_path / "stems", mix=tmp_path / "mix.wav", rate=RATE, loop=True)
    total = sum(samples(path) for path in paths)

    assert len(paths) == 2
    assert np.abs(total - samples(tmp_path / "mix.wav")).max() <= 2 / 32767
    assert all(b"smpl" in path.read_bytes() for path in paths)


# ---- memory, and the command


@pytest.mark.parametrize("kind", ["wav", "ogg"])
def test_memory_does_not_grow_with_the_length(tmp_path: Path, kind: str) -> None:
    if kind == "ogg":
        pytest.importorskip("soundfile", reason="soundfile is not installed")
    few = tune(Note(0, 50, 60, 90))
    peaks = []
    for seconds in (60, 600):
        score = Score(100, few.tracks, few.tempos, end=100 * seconds)
        tracemalloc.start()
        sound.write(score, tmp_path / f"a.{kind}", rate=8000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.2 * peaks[0] < 20e6


def test_sheet_music_is_rendered_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("music21", reason="music21 is not installed")
    (tmp_path / "a.abc").write_text("X:1\nT:a\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nCDEF|G4|]\n")
    names = ("a.wav", "a.mid", "b.abc", "a.musicxml")
    for name in names:
        assert cli.main(["render", str(tmp_path / "a.abc"), "-o", str(tmp_path / name)]) == 0
    assert all((tmp_path / name).stat().st_size for name in names)
    assert cli.main(["render", str(tmp_path / "a.abc"), "-o", str(tmp_path / "a.mid"), "--loop"]) == 1
    assert "--tail and --loop are for sound" in capsys.readouterr().err


def test_half_an_hour_has_as_many_frames_as_it_should() -> None:
    few = tune(Note(0, 50, 60, 90))
    sounds = Sounds.of(Score(100, few.tracks, few.tempos, end=180_000), 44100, tail=0)

    assert sounds.frames == 1800 * 44100
