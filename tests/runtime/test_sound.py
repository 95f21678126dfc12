"""What is heard: length, onsets, pitch and loudness, of each synthesizer; and what stops it."""

import importlib.util
import math
import os
import signal
import subprocess
import sys
import time
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet import cli, sound
from linnet.errors import LinnetError
from linnet.music.general_midi import DRUMS
from linnet.music.score import Note, Notes, Score, TempoChange, Track
from linnet.sound import RATE, fluidsynth, fonts
from linnet.sound.events import TAIL, Sounds
from linnet.sound.fluidsynth import FluidSynth
from linnet.sound.tone import PlainTone
from tests.runtime.soundfont import sine_font

Wave = NDArray[np.float64]

SYSTEM_FONTS = fonts.sound_fonts()
ATTACK = 0.02
"""Seconds in which a note of any instrument here is heard."""

needs_fluidsynth = pytest.mark.skipif(fluidsynth.version() is None, reason="FluidSynth is not installed")
needs_pygame = pytest.mark.skipif(not importlib.util.find_spec("pygame"), reason="pygame-ce is not installed")


def tune(*notes: Note, program: int = 0, is_drum: bool = False) -> Score:
    """A tick is a hundredth of a second."""
    return Score(100, (Track(Notes.of(notes), program, is_drum),), (TempoChange(0, 1_000_000),))


MELODY = tune(*(Note(50 + 150 * i, 100, pitch, 90) for i, pitch in enumerate((60, 64, 67, 72, 57, 45))))


@pytest.fixture(scope="module")
def sine(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("fonts") / "sine.sf2"
    path.write_bytes(sine_font())
    return str(path)


@pytest.fixture(params=["plain tone", "sine font", "system font"])
def soundfont(request: pytest.FixtureRequest, sine: str, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The argument with which each kind of synthesizer plays."""
    monkeypatch.delenv(sound.VARIABLE, raising=False)
    if request.param == "plain tone":
        monkeypatch.setattr(sound, "sound_fonts", list)
        return None
    if fluidsynth.version() is None:
        pytest.skip("FluidSynth is not installed")
    if request.param == "sine font":
        return sine
    if not SYSTEM_FONTS:
        pytest.skip("the system has no SoundFont")
    return SYSTEM_FONTS[0]


def heard(score: Score, folder: Path, soundfont: str | None) -> Wave:
    """The file's samples, -1 to 1. (frames, 2)"""
    sound.write(score, folder / "tune.wav", soundfont=soundfont)
    return samples(folder / "tune.wav")


def samples(path: Path) -> Wave:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


def strength(part: Wave) -> float:
    return float(np.sqrt((part**2).mean()))


def cents_off(part: Wave, pitch: int) -> float:
    """How far the strongest partial near one of the first three is from where it belongs."""
    mono = part.mean(axis=1)
    size = 2**18
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    found = []
    for partial in (1, 2, 3):
        exact = partial * 440 * 2 ** ((pitch - 69) / 12)
        near = np.flatnonzero(np.abs(hertz - exact) < 0.029 * exact)  # half a semitone
        peak = near[np.argmax(spectrum[near])]
        found.append((spectrum[peak], 1200 * math.log2(hertz[peak] / exact)))
    return abs(max(found)[1])


# ---- what is heard -----------------------------------------------------------------------------------------


def test_it_lasts_as_long_as_the_piece_and_its_last_echo(tmp_path: Path, soundfont: str | None) -> None:
    assert len(heard(MELODY, tmp_path, soundfont)) == round((9.0 + TAIL) * RATE)


def test_the_end_of_the_piece_may_be_silence(tmp_path: Path, soundfont: str | None) -> None:
    score = Score(100, MELODY.tracks, MELODY.tempos, end=1500)

    assert len(heard(score, tmp_path, soundfont)) == round((15 + TAIL) * RATE)


def test_notes_begin_where_they_are_written(tmp_path: Path, soundfont: str | None) -> None:
    frames = np.abs(heard(MELODY, tmp_path, soundfont)).max(axis=1)

    assert not frames[: int(0.49 * RATE)].any()
    for onset in MELODY.onset_seconds(MELODY.notes):
        start = int(onset * RATE)
        before = frames[start - int(0.05 * RATE) : start].max()
        loud = max(4 * before, 0.3 * frames[start : start + RATE].max())
        first = np.flatnonzero(frames[start:] > loud)[0]
        assert 0 <= first / RATE < ATTACK


def test_each_note_has_its_pitch(tmp_path: Path, soundfont: str | None) -> None:
    frames = heard(MELODY, tmp_path, soundfont)

    for note, onset in zip(MELODY.notes, MELODY.onset_seconds(MELODY.notes), strict=True):
        start = int(onset * RATE)
        assert cents_off(frames[start + RATE // 10 : start + RATE * 9 // 10], note.pitch) < 10


@pytest.mark.parametrize("family", range(16))
def test_every_family_of_the_plain_tone_is_in_tune(family: int) -> None:
    for pitch in (36, 60, 84):
        sounds = Sounds.of(tune(Note(0, 100, pitch, 100), program=8 * family), RATE)
        (block,) = PlainTone().blocks(sounds, sounds.frames)

        assert cents_off(block[RATE // 10 : RATE * 9 // 10], pitch) < 2
        assert 0.1 < np.abs(block).max() < 1.2


def test_no_partial_is_folded_back(tmp_path: Path) -> None:
    """Of the highest notes nothing is heard below their pitch."""
    sounds = Sounds.of(tune(Note(0, 100, 120, 127), program=80), RATE)
    (block,) = PlainTone().blocks(sounds, sounds.frames)
    mono = block[: RATE * 9 // 10].mean(axis=1)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    below = np.fft.rfftfreq(len(mono), 1 / RATE) < 8000  # the note is at 8372 Hz

    assert spectrum[below].sum() < 1e-6 * spectrum.sum()


def test_velocity_is_loudness(tmp_path: Path, soundfont: str | None) -> None:
    levels = [
        strength(heard(tune(Note(0, 100, 60, velocity)), tmp_path, soundfont))
        for velocity in (20, 60, 100, 127)
    ]

    assert all(1.2 * quieter < louder for quieter, louder in pairwise(levels))
    assert levels[0] > 1e-4


@needs_fluidsynth
@pytest.mark.skipif(not SYSTEM_FONTS, reason="the system has no SoundFont")
def test_programs_are_played(tmp_path: Path) -> None:
    piano, flute = (
        heard(tune(Note(0, 100, 60, 90), program=program), tmp_path, SYSTEM_FONTS[0]) for program in (0, 73)
    )

    assert strength(piano - flute) > 0.5 * strength(flute)


def test_a_kick_is_low_and_a_hat_is_high() -> None:
    centre = {}
    for drum in (36, 42):
        block = next(PlainTone().blocks(Sounds.of(tune(Note(0, 10, drum, 90), is_drum=True), RATE), RATE))
        power = np.abs(np.fft.rfft(block[:, 0])) ** 2
        centre[drum] = (power * np.arange(len(power))).sum() / power.sum()  # Hz, of one second

    assert centre[36] < 300
    assert centre[42] > 8000


@pytest.mark.parametrize("drum", [0, *DRUMS, 127])
def test_every_drum_is_heard(drum: int) -> None:
    block = next(PlainTone().blocks(Sounds.of(tune(Note(0, 10, drum, 127), is_drum=True), RATE), RATE))

    assert 0.2 < np.abs(block).max() < 1.5


def test_nothing_is_clipped_however_much_plays(tmp_path: Path, soundfont: str | None) -> None:
    loud = tuple(
        Track(Notes.of(Note(50 * i, 100, pitch, 127) for i in range(4) for pitch in range(30, 90, 5)), 8 * k)
        for k in range(3)
    )
    drums = Track(
        Notes.of(Note(50 * i, 10, pitch, 127) for i in range(4) for pitch in range(35, 60)), 0, True
    )
    frames = heard(Score(100, (*loud, drums), (TempoChange(0, 1_000_000),)), tmp_path, soundfont)

    assert 0.3 < np.abs(frames).max() < 0.985


def test_a_lone_note_is_not_bent(tmp_path: Path) -> None:
    """Where there is room for all, what comes out is what went in."""
    sounds = Sounds.of(tune(Note(0, 100, 60, 127)), RATE)
    (block,) = PlainTone().blocks(sounds, sounds.frames)
    frames = np.frombuffer(b"".join(sound._blocks(PlainTone(), sounds, None)), "<i2").reshape(-1, 2)

    assert np.allclose(frames[:RATE] / 32767, 0.5 * block[:RATE], atol=1 / 32767)


def test_it_begins_and_ends_in_silence(tmp_path: Path, soundfont: str | None) -> None:
    frames = heard(tune(Note(0, 100, 48, 127), program=48), tmp_path, soundfont)

    assert np.abs(frames[:8]).max() < 0.05
    assert np.abs(frames[-8:]).max() < 0.001


def test_a_score_sounds_the_same_each_time(tmp_path: Path, soundfont: str | None) -> None:
    sound.write(MELODY, tmp_path / "a.wav", soundfont=soundfont)
    sound.write(MELODY, tmp_path / "b.wav", soundfont=soundfont)

    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("size", [1000, 44100, 10**7])
def test_blocks_have_no_seams(sine: str, size: int) -> None:
    score = Score(
        100,
        (*MELODY.tracks, Track(Notes.of(Note(70 * i, 30, 36 + i, 80) for i in range(8)), 0, True)),
        MELODY.tempos,
    )
    sounds = Sounds.of(score, RATE)
    for synthesizer in (PlainTone, lambda: FluidSynth(sine, RATE)):
        if synthesizer is not PlainTone and fluidsynth.version() is None:
            continue
        once = np.concatenate([*synthesizer().blocks(sounds, 10_000)])
        again = np.concatenate([*synthesizer().blocks(sounds, size)])
        assert len(once) == len(again) == sounds.frames
        assert np.allclose(once, again, atol=1e-4)


@needs_fluidsynth
def test_a_key_struck_again_while_it_rings_keeps_ringing(tmp_path: Path, sine: str) -> None:
    """The end of the first note is not the end of the second."""
    frames = heard(tune(Note(0, 100, 69, 100), Note(50, 250, 69, 100)), tmp_path, sine)

    assert strength(frames[RATE * 2 : RATE * 5 // 2]) > 0.5 * strength(frames[RATE // 4 : RATE // 2])


@needs_fluidsynth
def test_more_tracks_than_midi_has_channels(tmp_path: Path, sine: str) -> None:
    """Each of 300 tracks is heard, and none of them as drums."""
    tracks = tuple(Track(Notes.of([Note(10 * i, 10, 57 + i % 24, 100)]), i % 128) for i in range(300))
    frames = heard(Score(100, tracks, (TempoChange(0, 1_000_000),)), tmp_path, sine)

    for i in (0, 8, 9, 10, 100, 239, 240, 241, 299):
        assert strength(frames[int((0.1 * i + 0.02) * RATE) : int((0.1 * i + 0.09) * RATE)]) > 0.01


def test_other_rates(tmp_path: Path, soundfont: str | None) -> None:
    sound.write(MELODY, tmp_path / "a.wav", soundfont=soundfont, rate=8000)

    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, round((9 + TAIL) * 8000))


def test_an_empty_score_is_silence(tmp_path: Path, soundfont: str | None) -> None:
    frames = heard(Score(end=960), tmp_path, soundfont)

    assert (len(frames), frames.any()) == (round((1 + TAIL) * RATE), False)


# ---- what it is played by ----------------------------------------------------------------------------------


def told(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    MELODY.save(folder / "in.mid")
    return subprocess.run(
        [sys.executable, "-m", "linnet", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HOME": str(folder), **environment},
    )


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

    assert done.stdout == "out.wav: 1852 kB, 9.0 s, a plain tone\n"
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
        ("render in.mid -o out.mp3", "out.mp3: the file to write must end in .wav or .musicxml"),
        ("render in.mid -o out.wav --soundfont none.sf2", "none.sf2: No such file"),
        ("render in.mid -o out.wav --soundfont .", "Is a directory"),
        ("render in.mid -o out.wav --rate 7999", "rate must be between 8000 and 96000"),
        ("render in.mid -o out.musicxml --rate 44100", "are for sound"),
        ("render in.mid -o nowhere/out.wav", "nowhere/out.wav: No such file"),
        ("render none.mid -o out.wav", "none.mid: No such file"),
        ("render broken.mid -o out.wav", "broken.mid"),
        ("render empty.mid -o out.wav", "empty.mid: there are no notes"),
        ("render empty.mid -o out.musicxml", "empty.mid: there are no notes"),
        ("render long.mid -o out.wav", "more than a WAV file can hold"),
        ("play none.mid", "none.mid: No such file"),
        ("play empty.mid", "empty.mid: there are no notes"),
        ("play in.mid --port x --soundfont y", "it takes no soundfont"),
        ("generate -o out.mp3", "path must end in .mid, .midi, .wav"),
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


# ---- aloud -------------------------------------------------------------------------------------------------


@needs_pygame
@needs_fluidsynth
def test_play_is_heard_from_the_loudspeaker(tmp_path: Path, sine: str) -> None:
    """SDL has a loudspeaker that writes a file."""
    done = told(
        tmp_path, "play", "in.mid", "--soundfont", sine,
        SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILE="heard.raw", SDL_DISKAUDIODELAY="1",
    )  # fmt: skip
    sound.write(MELODY, tmp_path / "tune.wav", soundfont=sine)
    played = np.fromfile(tmp_path / "heard.raw", "<i2").reshape(-1, 2) / 32768
    # It runs ten times as fast as others, so blocks may come late on a busy machine: silence is left out.
    played, expected = (part[part.any(axis=1)] for part in (played, samples(tmp_path / "tune.wav")))

    assert done.returncode == 0
    assert len(expected) - RATE // 10 < len(played) <= len(expected)
    assert np.array_equal(played, expected[: len(played)])


@needs_pygame
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_the_loudspeaker(tmp_path: Path) -> None:
    MELODY.save(tmp_path / "in.mid")
    environment = {**os.environ, "SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": "heard.raw"}
    playing = subprocess.Popen(
        [sys.executable, "-m", "linnet", "play", "in.mid"],
        cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    heard = tmp_path / "heard.raw"
    until = time.monotonic() + 30
    while time.monotonic() < until and not (heard.exists() and heard.stat().st_size > RATE):
        time.sleep(0.05)
    playing.send_signal(signal.SIGINT)
    _, error = playing.communicate(timeout=30)

    assert playing.returncode == 1
    assert "Traceback" not in error
    assert heard.stat().st_size < 4 * RATE * 9


PORTS = """
import time
from mido.ports import BaseOutput

class Output(BaseOutput):
    def _send(self, message):
        with open("sent.txt", "a") as file:
            print(message.hex(), file=file)
        if INTERRUPT and message.type == "note_on" and message.velocity:
            raise KeyboardInterrupt

def get_devices(**_):
    names = ["Midi Through:0", "Synth One:1", "Synth Two:2"]
    return [dict(name=name, is_input=False, is_output=True) for name in names]
"""


def play_to_ports(folder: Path, *arguments: str, interrupt: bool = False) -> tuple[int, str, list[bytes]]:
    (folder / "ports.py").write_text(f"INTERRUPT = {interrupt}\n{PORTS}")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    tune(Note(0, 10, 60, 90), Note(20, 10, 64, 90)).save(folder / "short.mid")
    done = told(
        folder, "play", "short.mid", *arguments, MIDO_BACKEND="ports", PYTHONPATH=path, SDL_AUDIODRIVER="none"
    )
    sent = folder / "sent.txt"
    lines = sent.read_text().splitlines() if sent.exists() else []
    return done.returncode, done.stderr, [bytes.fromhex(line) for line in lines]


@pytest.mark.parametrize("arguments", [("--port", "two"), ()], ids=["named", "where there is no loudspeaker"])
def test_play_goes_to_a_midi_port(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, error, sent = play_to_ports(tmp_path, *arguments)

    assert (code, error) == (0, "")
    keys = [message for message in sent if message[0] >> 4 in (8, 9)]
    assert [(message[1], message[0] >> 4 == 9 and message[2] > 0) for message in keys] == [
        (60, True), (60, False), (64, True), (64, False)
    ]  # fmt: skip
    assert sent[-1][0] >> 4 == 11  # a controller, of those that silence


def test_ctrl_c_silences_a_midi_port(tmp_path: Path) -> None:
    code, error, sent = play_to_ports(tmp_path, "--port", "synth", interrupt=True)

    assert code == 1
    assert "Traceback" not in error
    struck = max(i for i, message in enumerate(sent) if message[0] >> 4 == 9)
    silenced = {message[:2] for message in sent[struck + 1 :]}
    assert {bytes((0xB0 | channel, off)) for channel in range(16) for off in (120, 123)} <= silenced


def test_an_unknown_port_is_named_beside_those_there_are(tmp_path: Path) -> None:
    code, error, sent = play_to_ports(tmp_path, "--port", "organ")

    assert (code, sent) == (1, [])
    assert error == (
        "linnet: there is no MIDI port organ (there are: Midi Through:0, Synth One:1, Synth Two:2)\n"
    )


def test_nothing_to_play_to_is_one_line(tmp_path: Path) -> None:
    done = told(tmp_path, "play", "in.mid", SDL_AUDIODRIVER="none", MIDO_BACKEND="nowhere")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("linnet: ")
    assert "no MIDI port can be played" in done.stderr
    assert done.stderr.count("\n") == 1
