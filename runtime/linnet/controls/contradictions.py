"""Wishes and rules that want different things: which they are, and who wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING

from linnet.controls import moods
from linnet.controls.form import section_bars
from linnet.controls.progression import Progression, has_numerals
from linnet.controls.wishes import DENSITY_EDGES, POLYPHONY_EDGES, REGISTER_EDGES
from linnet.music.general_midi import PROGRAMS, program_number
from linnet.music.key import KEYS, home_shift
from linnet.music.theory import key_index, pitch_name, pitch_number, scale_classes

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.controls.options import Options

__all__ = ["contradictions"]

_FASTEST = 4
"""Notes that a voice plays in a quarter without haste: sixteenths."""

_PLAIN = 0.3
"""From where on valence and arousal say something."""


def contradictions(options: Options, info: ModelInfo) -> Iterator[str]:
    """A line for each pair of options that cannot both come true: what they want, and which one wins.

    Nothing of this is an error: a wish leans, a rule holds, and what is asked for by name is done.
    """
    for check in _CHECKS:
        yield from check(options, info)


def _key_and_scale(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.key is None or options.scale is None:
        return
    key, scale = key_index(options.key), scale_classes(options.scale)
    tonic, third = key % 12, 3 if key >= 12 else 4
    triad = [(tonic + step) % 12 for step in (0, third, 7)]
    needed = triad if len(scale) >= 7 else triad[:1]  # a pentatonic scale may well do without the others
    if missing := [_note(each) for each in needed if each not in scale]:
        without = " and no ".join(missing)
        yield f"key {options.key} is not in {_scale(options)}, which has no {without}; the scale wins"


def _chords_and_scale(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.chords is None or options.scale is None or has_numerals(str(options.chords)):
        return
    scale = scale_classes(options.scale)
    outside = {
        chord: [each for each in chord.pitch_classes if each not in scale]
        for bar in Progression.read(str(options.chords)).bars
        for chord in bar
        if chord is not None and not scale.issuperset(chord.pitch_classes)
    }
    if outside:
        chord, missing = next(iter(outside.items()))
        notes = " and no ".join(_note(each) for each in missing)
        more = f", and {len(outside) - 1} more chords likewise" if len(outside) > 1 else ""
        yield f"chord {chord} is not in {_scale(options)}, which has no {notes}{more}; the scale wins"


def _chords_and_key(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.chords is None or options.key is None or has_numerals(str(options.chords)):
        return
    found = Progression.read(str(options.chords)).key
    if found is not None and home_shift(found) != home_shift(key_index(options.key)):
        yield f"the chords are in {KEYS[found]}, and the key is {options.key}; the chords stay as they are"


def _key_and_mood(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.mood is None:
        return
    mood = moods.point(options.mood)
    wanted, other = moods.mode(mood), {"major": "minor", "minor": "major"}
    if abs(mood[0]) < _PLAIN:
        return
    if options.key is not None:
        if (key_index(options.key) >= 12) != (wanted == "minor"):
            yield f"{_mood(options)} is {wanted}, and key {options.key} is not; the key wins"
    elif isinstance(options.scale, str):
        tonic, classes = key_index(options.scale.split()[0]), scale_classes(options.scale)
        has = {"minor": (tonic + 3) % 12 in classes, "major": (tonic + 4) % 12 in classes}
        if has[other[wanted]] and not has[wanted]:
            yield f"{_mood(options)} is {wanted}, and {_scale(options)} is not; the scale wins"


def _pace_and_mood(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.mood is None:
        return
    _, arousal = moods.point(options.mood)
    if abs(arousal) < _PLAIN:
        return
    calm = arousal < 0
    pace = "calm" if calm else "excited"
    bpm = options.bpm if isinstance(options.bpm, int | float) else None
    if bpm is not None and (bpm >= 150 if calm else bpm <= 70):
        speed = "fast" if calm else "slow"
        yield f"{_mood(options)} is {pace}, and {bpm:g} bpm is {speed}; the tempo wins"
    if options.density is not None and (options.density >= 7 if calm else options.density <= 2):
        amount = "many" if calm else "few"
        yield f"{_mood(options)} is {pace}, and density {options.density} is {amount} notes; the density wins"


def _voices(options: Options, info: ModelInfo) -> int:
    """How many notes may sound together in all, by a rule that is for each track."""
    if options.polyphony is None:
        return 255
    tracks = _tracks(info)
    limits = options.polyphony if isinstance(options.polyphony, tuple) else (options.polyphony,)
    return sum(list(chain(map(int, limits), repeat(int(limits[-1]), tracks)))[:tracks])


def _tracks(info: ModelInfo) -> int:
    """How many tracks a piece has at most; one, where one voice is what people's pieces mostly have."""
    voices = "".join(form.rows.get("polyphony", "") for form in info.forms)
    if info.repertoire is None or voices.count("1") > 0.9 * len(voices) > 0:
        return 1
    return max(info.repertoire.tracks, 1)


def _polyphony(options: Options, info: ModelInfo) -> Iterator[str]:
    voices, limit = _voices(options, info), f"polyphony {_limit(options)}"
    texture, density = options.texture or 1, options.density or 1
    if texture > 1 and POLYPHONY_EDGES[texture - 2] > voices:
        yield f"texture {texture} is more notes together than {limit} allows; the polyphony wins"
    if density > 1 and (least := DENSITY_EDGES[density - 2]) / voices >= _FASTEST:
        yield f"density {density}, {least:g} notes a quarter at least, is hasty with {limit}; the rule wins"


def _range_and_register(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.pitch_range is None or options.register is None:
        return
    ends = list(_ends(options.pitch_range))
    low, high = min(ends), max(ends)
    lowest, highest = [*(0, *REGISTER_EDGES), 128][options.register - 1 : options.register + 1]
    if high < lowest or low >= highest:
        band = f"from {pitch_name(lowest)} up" if high < lowest else f"below {pitch_name(highest)}"
        span = f"{pitch_name(low)} to {pitch_name(high)}"
        yield f"register {options.register} is {band}, and the range is {span}; the range wins"


def _ends(value: object) -> Iterator[int]:
    """All pitches of a range, or of several."""
    if isinstance(value, str | int):
        yield pitch_number(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _ends(each)


def _who_plays(options: Options, info: ModelInfo) -> Iterator[str]:
    if options.instrument is None or options.programs is None:
        return
    players = options.instrument if isinstance(options.instrument, tuple) else (options.instrument,)
    allowed = {program_number(each) for each in options.programs}
    for player in dict.fromkeys(map(program_number, players)):
        if player not in allowed:
            yield f"instrument {PROGRAMS[player]} is not among the programs, and plays all the same"


def _form_and_length(options: Options, info: ModelInfo) -> Iterator[str]:
    form = str(options.form or "")
    if not form.isalpha() or options.bars is None:
        return
    hold = -(-options.bars // section_bars(options.bars))
    if hold < len(form):
        yield f"{options.bars} bars hold {hold} of the {len(form)} sections of {form}; the length wins"


def _guidance(options: Options, info: ModelInfo) -> Iterator[str]:
    wishes = [
        name
        for name in ("key", "style", "density", "register", "texture", "loudness", "chords")
        if getattr(options, name) is not None
    ]
    if options.guidance == 0 and wishes:
        yield f"guidance 0 leaves {', '.join(wishes)} without weight"


_CHECKS: tuple[Callable[[Options, ModelInfo], Iterable[str]], ...] = (
    _key_and_scale,
    _chords_and_scale,
    _chords_and_key,
    _key_and_mood,
    _pace_and_mood,
    _polyphony,
    _range_and_register,
    _who_plays,
    _form_and_length,
    _guidance,
)


def _note(pitch_class: int) -> str:
    return pitch_name(pitch_class + 60).rstrip("0123456789")


def _scale(options: Options) -> str:
    if isinstance(options.scale, str):
        return f"scale {options.scale}"
    return f"scale {','.join(map(str, options.scale or ()))}"


def _mood(options: Options) -> str:
    if isinstance(options.mood, str):
        return f"mood {options.mood}"
    return f"mood {','.join(f'{each:g}' for each in options.mood or ())}"


def _limit(options: Options) -> str:
    limits = options.polyphony if isinstance(options.polyphony, tuple) else (options.polyphony,)
    return ",".join(map(str, limits))
