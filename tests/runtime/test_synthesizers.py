"""What a piece is played by, and what is said where that is not there."""

import subprocess
import sys
from pathlib import Path

import pytest

from linnet import cli, sound
from linnet.errors import LinnetError
from linnet.music.score import Note, Score
from linnet.sound import fluidsynth
from tests.runtime.soundfont import sine_font
from tests.runtime.waves import MELODY, needs_fluidsynth, samples, strength, told, tune

# ---- what it is played by ----------------------------------------------------------------------------------


def test_without_fluidsynth_a_plain_tone_plays_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fluidsynth, "_library", lambda: None)
    monkeypatch.delenv(sound.VARIABLE, raising=False)
    MELODY.save(tmp_path / "tune.wav")

    assert strength(samples(tmp_path / "tune.wav")) > 0.02
    assert [record.getMessage() for record in caplog.records] == [
        "linnet: a plain tone plays; FluidSynth is not installed: pip install 'linnet[audio]'"
    ]


@needs_fluidsynth
def test_without_a_soundfont_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    code = "import linnet.sound; linnet.sound.sound_fonts = list; from linnet.cli import main; main()"
    MELODY.save(tmp_path / "in.mid")
    done = subprocess.run(
        [sys.executable, "-c", code, "render", "in.mid", "-o", "out.wav"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.stdout == "out.wav: 1852 kB, 10.5 s, a plain tone\n"
    assert done.stderr.startswith("linnet: a plain tone plays; there is no SoundFont")
    assert done.stderr.count("\n") == 1


@needs_fluidsynth
def test_the_first_font_that_can_be_read_is_taken(
    tmp_path: Path, sine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.sf2").write_bytes(b"RIFF")
    monkeypatch.delenv(sound.VARIABLE, raising=False)
    monkeypatch.setattr(sound, "sound_fonts", lambda: [str(tmp_path / "broken.sf2"), sine])

    assert sound.write(MELODY, tmp_path / "a.wav") == f"FluidSynth {fluidsynth.version()} with sine.sf2"


@needs_fluidsynth
def test_streamed_sound_begins_with_a_font_that_was_read_before(
    sine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    opened = fluidsynth.FluidSynth.__init__
    monkeypatch.setattr(sound, "_SPARE", {})
    monkeypatch.setattr(
        fluidsynth.FluidSynth,
        "__init__",
        lambda self, font, rate, **how: (read.append(font), opened(self, font, rate, **how))[1],
    )
    sound.prepare(soundfont=sine)
    assert read == [sine]
    first = sound.pcm(MELODY, soundfont=sine)
    begun = next(first)
    assert read == [sine]
    whole = begun + b"".join(first)

    assert read == [sine, sine]  # for the next one, while the first one was heard
    assert whole == b"".join(sound.pcm(MELODY, soundfont=sine))


@needs_fluidsynth
def test_the_environment_may_name_the_font(tmp_path: Path, sine: str) -> None:
    done = told(tmp_path, "render", "in.mid", "-o", "a.wav", LINNET_SOUNDFONT=sine)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("with sine.sf2\n")


@needs_fluidsynth
@pytest.mark.parametrize("keep", [0, 3, 12, 100, 8000, 9000, -3, -100])
def test_a_broken_soundfont_is_one_line_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: int
) -> None:
    MELODY.save(tmp_path / "in.mid")
    (tmp_path / "broken.sf2").write_bytes(sine_font()[:keep])
    arguments = [str(tmp_path / name) for name in ("in.mid", "out.wav", "broken.sf2")]

    assert cli.main(["render", arguments[0], "-o", arguments[1], "--soundfont", arguments[2]]) == 1
    error = capsys.readouterr().err
    assert error == f"linnet: {arguments[2]}: FluidSynth finds no SoundFont in this file\n"
    assert {path.name for path in tmp_path.iterdir()} == {"in.mid", "broken.sf2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("render in.mid -o out.xyz", "out.xyz: the file to write must end in .mid, .midi, .wav"),
        ("render in.mid -o out.wav --soundfont none.sf2", "none.sf2: No such file"),
        ("render in.mid -o out.wav --soundfont .", "Is a directory"),
        ("render in.mid -o out.wav --rate 7999", "rate must be between 8000 and 96000"),
        ("render in.mid -o out.musicxml --rate 44100", "are for sound"),
        ("render in.mid -o in.mid/out.wav", "in.mid/out.wav: Not a directory"),
        ("render none.mid -o out.wav", "none.mid: No such file"),
        ("render broken.mid -o out.wav", "broken.mid"),
        ("render empty.mid -o out.wav", "empty.mid: there are no notes"),
        ("render empty.mid -o out.musicxml", "empty.mid: there are no notes"),
        ("render long.mid -o out.wav", "more than a WAV file can hold"),
        ("play none.mid", "none.mid: No such file"),
        ("play empty.mid", "empty.mid: there are no notes"),
        ("play in.mid --port x --soundfont y", "it takes no soundfont"),
        ("generate -o out.xyz", "path must end in .mid, .midi, .wav"),
    ],
)
@needs_fluidsynth
def test_bad_input_is_one_line_and_no_file(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    MELODY.save("in.mid")
    Score().save("empty.mid")
    tune(Note(0, 10**7, 60, 60)).save("long.mid")
    Path("broken.mid").write_bytes(b"RIFF, no MIDI")

    assert cli.main(arguments.split()) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"in.mid", "empty.mid", "long.mid", "broken.mid"}


def test_what_was_asked_for_is_not_replaced(
    tmp_path: Path, sine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fluidsynth, "_library", lambda: None)

    with pytest.raises(LinnetError, match=r"pip install 'linnet\[audio\]'"):
        sound.write(MELODY, tmp_path / "out.wav", soundfont=sine)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_rendering_leaves_nothing_behind(tmp_path: Path, soundfont: str | None) -> None:
    def interrupt(done: int, asked: int) -> None:
        assert asked == 10
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sound.write(MELODY, tmp_path / "out.wav", soundfont=soundfont, progress=interrupt)
    assert not list(tmp_path.iterdir())


def test_generate_makes_sound_at_once(tmp_path: Path) -> None:
    tiny = str(Path(__file__).parents[1] / "data" / "tiny.onnx")
    done = told(tmp_path, "generate", tiny, "--bars", "2", "--seed", "3", "-o", "a.wav")

    assert done.returncode == 0
    assert strength(samples(tmp_path / "a.wav")) > 0.01
