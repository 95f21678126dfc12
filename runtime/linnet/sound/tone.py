"""The plain tone: what is heard where no SoundFont is, of numpy alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from linnet.music.general_midi import DRUM_FAMILIES
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.sound.events import Sounds

# For each of the sixteen families of General MIDI, see `family`.
_FAMILIES = (
    (0.003, 0.9, 0.15, 0.55, 1),  # pianos
    (0.002, 0.5, 0.40, 0.30, 3),  # tuned percussion
    (0.015, 0.0, 0.06, 0.45, 1),  # organs
    (0.003, 0.7, 0.12, 0.60, 1),  # guitars
    (0.005, 0.9, 0.08, 0.50, 1),  # basses
    (0.060, 0.0, 0.15, 0.60, 1),  # strings
    (0.090, 0.0, 0.30, 0.50, 1),  # ensembles
    (0.035, 0.0, 0.10, 0.65, 1),  # brass
    (0.025, 0.0, 0.08, 0.50, 2),  # reeds
    (0.040, 0.0, 0.10, 0.20, 1),  # pipes
    (0.008, 0.0, 0.06, 0.70, 1),  # leads
    (0.200, 0.0, 0.50, 0.40, 1),  # pads
    (0.100, 2.0, 0.50, 0.40, 2),  # effects
    (0.003, 0.4, 0.10, 0.65, 1),  # plucked, of many countries
    (0.002, 0.3, 0.15, 0.35, 3),  # percussive
    (0.050, 0.5, 0.20, 0.60, 1),  # noises
)

# Drums: Hz of the tone (0: by the drum's number), its share beside noise, seconds to fade to a third.
_DRUMS = {
    "Kick": (50, 0.95, 0.10),
    "Snare": (185, 0.35, 0.09),
    "Toms": (0, 0.90, 0.16),
    "Hi-hat": (0, 0.00, 0.04),
    "Cymbals": (0, 0.00, 0.50),
}
_OTHER_DRUM = (0, 0.7, 0.05)
_OPEN_HAT = 46


class PlainTone:
    """A synthesizer without a SoundFont."""

    name = "a plain tone"
    shares = False

    def blocks(self, sounds: Sounds, size: int) -> Iterator[NDArray[np.float32]]:
        """Blocks of at most `size` frames up to the end. (frames, 2)"""
        rate, begin, end = sounds.rate, sounds.begin, sounds.end
        release = np.array(_FAMILIES)[sounds.program // 8, 2]
        loud = (sounds.velocity / 127) ** 2
        over = end + np.ceil(release * rate).astype(np.int64)
        # Tracks stand side by side, drums in the middle.
        place = 0.25 + 0.5 * (sounds.track + 1) / (max(sounds.tracks, 1) + 1)
        place[sounds.is_drum] = 0.5
        sides = loud[:, None] * np.stack([np.cos(place * math.pi / 2), np.sin(place * math.pi / 2)], axis=1)
        strokes = {i: drum(int(sounds.pitch[i]), rate) for i in np.flatnonzero(sounds.is_drum).tolist()}
        for i, wave in strokes.items():
            over[i] = begin[i] + len(wave)
        for start in range(0, sounds.frames, size):
            stop = min(start + size, sounds.frames)
            block = np.zeros((stop - start, 2))
            for i in np.flatnonzero((begin < stop) & (over > start)).tolist():
                first, last = max(start, int(begin[i])), min(stop, int(over[i]))
                if i in strokes:
                    wave = strokes[i][first - begin[i] : last - begin[i]]
                else:
                    seconds = np.arange(first - begin[i], last - begin[i]) / rate
                    wave = held(int(sounds.program[i]), int(sounds.pitch[i]), loud[i], seconds, rate)
                    wave *= np.clip(1 - (seconds - (end[i] - begin[i]) / rate) / release[i], 0, 1) ** 2
                block[first - start : last - start] += wave[:, None] * sides[i]
            yield block.astype(np.float32)


def family(program: int) -> tuple[float, float, float, float, float]:
    """How an instrument sounds: seconds to rise, to fade to a third (0: it does not) and to end; brightness;
    partials are at 1, 1 + ratio, 1 + 2 ratio .. times the pitch.
    """
    return _FAMILIES[program // 8]


def stroke(pitch: int) -> tuple[float, float, float]:
    """How a drum sounds: Hz of its tone, the tone's share beside noise, seconds to fade to a third."""
    kind = next((name for name, pitches in DRUM_FAMILIES.items() if pitch in pitches), "")
    hertz, share, fade = _DRUMS.get(kind, _OTHER_DRUM)
    return hertz or round(220 * 2 ** ((pitch - 60) / 12)), share, fade * (6 if pitch == _OPEN_HAT else 1)


def release_seconds(program: int) -> float:
    """How long a note is heard after its end."""
    return family(program)[2]


def held(
    program: int, pitch: int, loud: float, seconds: NDArray[np.float64], rate: int
) -> NDArray[np.float64]:
    """A note at so many seconds after its onset, as long as it is held.

    Args:
        program: of General MIDI.
        pitch: 0..127.
        loud: 0 to 1; it is only as bright as this says, and as loud as ever.
        seconds: (frames,)
        rate: frames a second.
    """
    rise, fade, _, bright, ratio = family(program)
    slow = fade * 2 ** ((60 - pitch) / 24)  # low strings ring longer
    envelope = np.exp(-seconds / slow) if slow else np.ones(len(seconds))
    brightness = bright * (0.5 + 0.5 * loud) * (0.4 + 0.6 * envelope)
    wave = _partials(pitch, seconds, brightness, ratio, rate) * envelope
    wave *= np.minimum(1, seconds / rise)
    return wave


def _partials(
    pitch: int, seconds: NDArray[np.float64], brightness: NDArray[np.float64], ratio: float, rate: int
) -> NDArray[np.float64]:
    """Partials each `brightness` times as loud as the one below, as many as the rate has room for.

    The sum of a sin(x + k y) over k < n, a growing by powers, has a closed form (Moorer, "The synthesis of
    complex audio spectra by means of discrete summation formulae", 1976).
    """
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    count = max(1, min(24, 1 + int((0.45 * rate / hertz - 1) / ratio)))
    x, a = 2 * math.pi * hertz * seconds, brightness
    y = ratio * x
    rest = np.sin(x + count * y) - a * np.sin(x + (count - 1) * y)
    whole = np.sin(x) - a * np.sin(x - y) - a**count * rest
    return whole / (1 + a * a - 2 * a * np.cos(y)) * (1 - a * a)  # which brings the peak to about 1


@lru_cache(maxsize=128)
def drum(pitch: int, rate: int) -> NDArray[np.float64]:
    """One stroke, until it cannot be heard any more."""
    hertz, share, fade = stroke(pitch)
    seconds = np.arange(int(7 * fade * rate)) / rate
    # The tone falls from two and a half times its pitch, as a beaten skin does.
    tone = np.sin(2 * math.pi * hertz * (seconds + 0.03 * (1 - np.exp(-seconds / 0.02))))
    noise = np.random.default_rng(pitch).uniform(-1, 1, len(seconds) + 1)
    hiss = noise[1:] - (0.9 if not share else 0.0) * noise[:-1]  # metal has no low tones
    envelope = np.exp(-seconds / fade) * np.minimum(1, seconds * 1000)
    return np.asarray((share * tone + 0.7 * (1 - share) * hiss) * envelope)
