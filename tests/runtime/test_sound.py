"""What is heard: length, onsets, pitch and loudness, of each synthesizer."""

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from linnet import cli, sound
from linnet.music.general_midi import DRUMS
from linnet.music.score import Note, Notes, Score, TempoChange, Track
from linnet.sound import RATE, fluidsynth
from linnet.sound.events import TAIL, Sounds
from linnet.sound.fluidsynth import FluidSynth
from linnet.sound.tone import PlainTone
from tests.runtime.waves import (
    ATTACK,
    MELODY,
    SYSTEM_FONTS,
    cents_off,
    heard,
    needs_fluidsynth,
    samples,
    strength,
    tune,
)

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


# ---- stems -------------------------------------------------------------------------------------------------

BAND = Score(
    100,
    tuple(
        Track(
            Notes.of([Note(20 * i + j, 60, 40 + 5 * j + i % 7, 127) for i in range(20)]), 8 * j, j == 3, name
        )
        for j, name in enumerate(("Lead/1", "", "a" * 200, "Kit"))
    ),
    (TempoChange(0, 1_000_000),),
)


def test_stems_sum_to_the_mix(tmp_path: Path, soundfont: str | None) -> None:
    paths, _ = sound.write_stems(BAND, tmp_path / "stems", mix=tmp_path / "mix.wav", soundfont=soundfont)
    mix, stems = samples(tmp_path / "mix.wav"), [samples(path) for path in paths]
    assert [path.name for path in paths] == [
        "01 Lead-1.wav",
        "02 Celesta.wav",
        f"03 {'a' * 120}.wav",
        "04 Kit.wav",
    ]
    assert {len(stem) for stem in stems} == {len(mix)}
    assert np.abs(np.sum(stems, axis=0) - mix).max() <= len(stems) / 32767
    assert all(strength(stem) > 0 for stem in stems)


def test_the_mix_of_the_stems_is_the_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "sound_fonts", list)
    sound.write_stems(BAND, tmp_path, mix=tmp_path / "mix.wav")
    sound.write(BAND, tmp_path / "piece.wav")
    assert np.abs(samples(tmp_path / "mix.wav") - samples(tmp_path / "piece.wav")).max() < 2 / 32767


def test_the_command_writes_stems_and_says_how_long_the_file_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    BAND.save(tmp_path / "in.mid")
    words = [
        "render",
        str(tmp_path / "in.mid"),
        "-o",
        str(tmp_path / "mix.wav"),
        "--stems",
        str(tmp_path / "s"),
    ]
    assert cli.main(words) == 0
    assert len(list((tmp_path / "s").iterdir())) == 4
    with wave.open(str(tmp_path / "mix.wav")) as file:
        length = file.getnframes() / file.getframerate()
    assert f", {length:.1f} s, " in capsys.readouterr().out
    assert length > Score.open(tmp_path / "in.mid").seconds(BAND.end) + 1
