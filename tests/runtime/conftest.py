"""Synthesizers to play with."""

import pytest

from linnet import sound
from linnet.sound import fluidsynth
from tests.runtime.soundfont import sine_font
from tests.runtime.waves import SYSTEM_FONTS


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
