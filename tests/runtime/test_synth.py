"""Sound in real time: what is played when, and by whom."""

import threading
from dataclasses import dataclass

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from linnet import sound
from linnet.errors import LinnetError
from linnet.sound import fluidsynth
from linnet.synth import Synth
from tests.runtime.waves import strength

BLOCK = 64
"""Frames of FluidSynth's blocks."""


@dataclass
class Due:
    """As a stream hands it out."""

    onset: float
    duration: float
    pitch: int = 69
    velocity: int = 100
    program: int = 0
    is_drum: bool = False


def first(frames: NDArray[np.float32]) -> int:
    """The first frame that is heard."""
    return int(np.flatnonzero(np.abs(frames).max(axis=1) > 1e-7)[0])


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluidsynth, "_library", lambda: None)
    monkeypatch.delenv(sound.VARIABLE, raising=False)


@pytest.mark.parametrize("frame", [0, 1, 63, 64, 65, 1000, 4799])
def test_a_note_begins_at_its_frame(soundfont: str | None, frame: int) -> None:
    synth = Synth(soundfont)
    synth.note_on(69, 100, after=frame / 48_000)
    heard = first(synth.render(9600))

    grid = 1 if soundfont is None else BLOCK
    attack = 400  # of a font's own samples
    expected = -(-frame // grid) * grid
    assert expected <= heard <= expected + attack


def test_plain_tones_begin_at_the_very_frame(plain: None) -> None:
    for frame in (1, 500, 2047):
        synth = Synth()
        synth.note_on(69, 100, after=frame / synth.rate)
        assert first(synth.render(4096)) == frame + 1  # the wave begins with a zero


def test_notes_end(soundfont: str | None) -> None:
    synth = Synth(soundfont, rate=44_100)
    synth.play([Due(0.1, 0.5), Due(0.1, 0.5, pitch=36, is_drum=True)])
    heard = synth.render(44_100 * 12)

    assert heard.shape == (529_200, 2)
    assert heard.dtype == np.float32
    assert strength(heard[: 44_100 // 2]) > 0.01
    assert not heard[:4410].any()
    assert np.abs(heard[-4410:]).max() < 1e-4


def test_what_is_heard_does_not_depend_on_the_size_of_blocks(soundfont: str | None) -> None:
    def heard(*sizes: int) -> NDArray[np.float32]:
        synth = Synth(soundfont)
        synth.play([Due(0.01, 0.05, 60), Due(0.013, 0.2, 64, program=40), Due(0.02, 0.01, 38, is_drum=True)])
        return np.concatenate([synth.render(size) for size in sizes])

    whole, parts = heard(9600), heard(*[512] * 18, 383, 1)

    assert len(whole) == len(parts)
    assert np.allclose(whole, parts, atol=1e-6)


def test_no_chord_is_clipped(soundfont: str | None) -> None:
    synth = Synth(soundfont)
    for pitch in range(36, 96, 2):
        synth.note_on(pitch, 127)
    heard = synth.render(24_000)

    assert 0.5 < np.abs(heard).max() < 1


def test_a_note_struck_twice_rings_until_the_second_end(plain: None) -> None:
    synth = Synth()
    synth.program(0, "church organ")
    synth.play([Due(0, 0.5, program=19), Due(0.2, 1.0, program=19)])
    heard = synth.render(48_000)

    assert strength(heard[43_000:]) > 0.05


@pytest.mark.parametrize("side", [-1, 1])
def test_tracks_have_a_place(soundfont: str | None, side: int) -> None:
    synth = Synth(soundfont)
    synth.pan("lead", side)
    synth.note_on(69, 100, track="lead")
    left, right = np.abs(synth.render(9600)).max(axis=0)

    assert (right > 20 * left) if side > 0 else (left > 20 * right)


def test_tracks_have_a_volume_that_leaves_others_alone(soundfont: str | None) -> None:
    def heard(volume: float, track: str) -> float:
        synth = Synth(soundfont)
        synth.volume("lead", volume)
        synth.note_on(69, 64, track=track)
        return strength(synth.render(9600))

    assert heard(1, "lead") == pytest.approx(heard(1, "other"))
    assert heard(0.25, "lead") == pytest.approx(heard(1, "lead") / 4, rel=0.1)
    assert heard(0, "lead") < 1e-4 < heard(0, "other")


def test_silence_ends_all_and_forgets_what_was_to_come(soundfont: str | None) -> None:
    synth = Synth(soundfont)
    synth.play([Due(0, 10), Due(0.1, 10, 72)])
    synth.render(2400)
    synth.silence()
    synth.note_on(60, 90, after=0.5)
    heard = synth.render(48_000)

    assert np.abs(heard[200:24_000]).max() < 1e-4
    assert strength(heard[25_000:]) > 0.01


def test_midi_messages_are_played(soundfont: str | None) -> None:
    synth = Synth(soundfont)
    for words in ("program_change program=19 channel=1", "note_on note=60 velocity=90 channel=1"):
        synth.send(mido.Message.from_str(words))
    synth.send(mido.Message("note_on", note=36, velocity=90, channel=9))
    assert strength(synth.render(4800)) > 0.01
    for channel in (1, 9):
        synth.send(mido.Message("control_change", control=123, value=0, channel=channel))
    synth.send(mido.Message("clock"))

    assert np.abs(synth.render(48_000 * 8)[-4800:]).max() < 1e-4


def test_the_pedal_holds_plain_tones(plain: None) -> None:
    synth = Synth()
    synth.send(mido.Message("program_change", program=19))
    synth.send(mido.Message("control_change", control=64, value=127))
    synth.send(mido.Message("note_on", note=60, velocity=90))
    synth.send(mido.Message("note_off", note=60))
    held = synth.render(48_000)[24_000:]
    synth.send(mido.Message("control_change", control=64, value=0))

    assert strength(held) > 0.01
    assert not synth.render(48_000)[24_000:].any()


def test_any_thread_may_ask_while_one_renders(plain: None) -> None:
    synth, done = Synth(), threading.Event()

    def ask() -> None:
        for i in range(2000):
            synth.note_on(40 + i % 40, 90, track=i % 7)
            synth.note_off(40 + i % 40, track=i % 7, after=0.001)
        done.set()

    thread = threading.Thread(target=ask)
    thread.start()
    while not done.is_set():
        synth.render(64)
    thread.join()
    synth.render(48_000)

    assert not synth.render(4800).any()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda synth: synth.note_on(128, 90), "pitch must be between 0 and 127, got 128"),
        (lambda synth: synth.note_on(60, 0), "velocity must be between 1 and 127, got 0"),
        (lambda synth: synth.note_on(60, 9, after=-1), "after must be between 0 and 86400, got -1"),
        (lambda synth: synth.program(0, "nonsense"), "nonsense"),
        (lambda synth: synth.volume(0, 2), "volume must be between 0 and 1, got 2"),
        (lambda synth: synth.pan(0, 2), "pan must be between -1 and 1, got 2"),
        (lambda synth: synth.render(-1), "frames must be between 0 and 1000000, got -1"),
        (lambda _: Synth(rate=10), "rate must be between 8000 and 96000, got 10"),
    ],
)
def test_what_cannot_be_is_one_line(plain: None, call: object, error: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=error):
        call(Synth())


def test_a_soundfont_that_was_named_is_played_or_refused(plain: None) -> None:
    with pytest.raises(LinnetError, match="pip install"):
        Synth("some.sf2")
