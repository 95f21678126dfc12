"""What a player may ask for, checked: chance, hard rules, wishes. Every message names the argument."""

from __future__ import annotations

import math
import operator
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from linnet._core import Rng
from linnet.controls import wishes
from linnet.controls.repertoire import BEATS
from linnet.music import theory
from linnet.tokens import features
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import FAMILIES, LONGEST_DURATION, TEMPOS, TIME_SIGNATURES

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

Range = tuple[str | int, str | int]

_DRUMS = FAMILIES["drum"]

__all__ = [
    "Range",
    "Rules",
    "Sampling",
    "check_guidance",
    "check_stuck_after",
    "nearest_tempo",
    "time_signature_index",
    "usual_key",
    "wish_values",
]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. The filters work in the order of the fields."""

    temperature: float = 1.0
    """Flattens (above 1) or sharpens (below 1) the choice; 0 always takes the likeliest."""

    top_k: int = 0
    """Only the k likeliest tokens may be drawn; 0: all."""

    top_p: float = 1.0
    """Only the likeliest tokens that together reach this probability; 1: all."""

    min_p: float = 0.0
    """Only tokens at least this likely, as a share of the likeliest; 0: all."""

    def __post_init__(self) -> None:
        if not (self.temperature >= 0 and math.isfinite(self.temperature)):
            raise ValueError(f"temperature must be at least 0, got {self.temperature}")
        if operator.index(self.top_k) < 0:
            raise ValueError(f"top_k must be at least 0, got {self.top_k}")
        for name in ("top_p", "min_p"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What may not happen, whatever the model would like. None: no rule."""

    scale: str | Iterable[int] | None = None
    """The only pitch classes: `D dorian`, `A minor pentatonic`, or numbers with C = 0."""

    pitch_range: Range | Sequence[Range] | None = None
    """Lowest and highest pitch, as names (C4 is 60) or numbers; or a pair for each track."""

    polyphony: int | Sequence[int] | None = None
    """Most notes sounding together in a track; or a limit for each track. The last one serves the rest."""

    longest: float | None = None
    """Longest note, in quarter notes (grid) or seconds (performance)."""

    programs: Sequence[int] | None = None
    """The only General MIDI programs (0..127) a track may use."""

    drums: Sequence[int] | None = None
    """The only drums (27..87) that may be struck; an empty list silences them."""

    watchdog: bool | None = None
    """False: music may get stuck. Else a loop or a silence ends after 12 quarters, or as the model says."""

    def for_tracker(self, info: ModelInfo) -> dict[str, Any]:  # arguments of Tracker.restrict
        """Arguments of `Tracker.restrict`, for all rules; ValueError when no note could keep them."""
        quarter = TICKS_PER_BEAT[info.time_base]
        ticks_per_unit = quarter if info.time_base == "grid" else 100  # seconds
        rules: dict[str, Any] = {
            "scale": range(12),
            "ranges": [(0, 127)],
            "polyphony": [0],
            "longest": 0,
            "programs": range(128),
            "drums": range(_DRUMS.value, _DRUMS.value + _DRUMS.count),
            "stuck_after": 0,
            **_as_taught(info),
        }
        if self.scale is not None:
            rules["scale"] = theory.scale_classes(self.scale)
        if self.pitch_range is not None:
            rules["ranges"] = [_pitches(pair, rules["scale"]) for pair in _pairs(self.pitch_range)]
        if self.polyphony is not None:
            limits = [self.polyphony] if isinstance(self.polyphony, int) else list(self.polyphony)
            if not limits or not all(1 <= limit <= 255 for limit in limits):
                raise ValueError(f"polyphony must be between 1 and 255, got {self.polyphony}")
            rules["polyphony"] = limits
        if self.longest is not None:
            ticks = int(self.longest * ticks_per_unit)
            if ticks < 1:
                raise ValueError(f"longest must be at least one tick, 1/{ticks_per_unit}, got {self.longest}")
            rules["longest"] = min(ticks, LONGEST_DURATION)
        if self.programs is not None:
            if not self.programs:
                raise ValueError("programs must name at least one program")
            rules["programs"] = _taught_programs(self.programs, info)
        if self.drums is not None:
            rules["drums"] = _taught_drums(self.drums, info)
        if self.watchdog is not False:
            rules["stuck_after"] = round(check_stuck_after(info.defaults.get("stuck_after", 12)) * quarter)
        return rules


def check_stuck_after(quarters: float) -> float:
    """How long the watchdog waits."""
    if not 1 <= quarters <= 1000:
        raise ValueError(f"stuck_after must be between 1 and 1000 quarters, got {quarters}")
    return quarters


def check_guidance(guidance: float) -> float:
    """How much wishes weigh: 1 as learnt, more or less than that, 0 not at all."""
    if not 0 <= guidance <= 10:
        raise ValueError(f"guidance must be between 0 and 10, got {guidance}")
    return float(guidance)


def _as_taught(info: ModelInfo) -> dict[str, Any]:  # arguments of Tracker.restrict
    """What was never taught is never played. A file that does not say what was taught leaves all free."""
    taught = info.repertoire
    if taught is None:
        return {}
    return {
        "programs": taught.programs,
        "program_ranges": taught.ranges,
        "drums": taught.drums,
        "slots": taught.tracks,
        "onsets": tuple(taught.onsets.get(beat, ()) for beat in BEATS),
        "durations": taught.durations,
    }


def _taught_programs(programs: Sequence[int], info: ModelInfo) -> Sequence[int]:
    """Those that the model knows. Where it knows none of them it plays its own, and others are heard."""
    if not all(0 <= operator.index(program) <= 127 for program in programs):
        raise ValueError(f"programs must be between 0 and 127, got {list(programs)}")
    if info.repertoire is None:
        return programs
    return [each for each in programs if each in info.repertoire.programs] or info.repertoire.programs


def _taught_drums(drums: Sequence[int], info: ModelInfo) -> list[int]:
    """Those that the model knows; ValueError where it knows none of them."""
    taught = None if info.repertoire is None else info.repertoire.drums
    found = [drum for drum in drums if taught is None or drum in taught]
    if drums and not found:
        known = f"only {', '.join(map(str, taught))}" if taught else "no drums"
        raise ValueError(
            f"drums must be some that {info.name} has learnt, which are {known}, got {list(drums)}"
        )
    return found


def _pairs(pitch_range: Range | Sequence[Range]) -> Sequence[Range]:
    # Two names or numbers are one pair; anything else is a list of pairs.
    if len(pitch_range) == 2 and not isinstance(pitch_range[0], tuple | list):
        return [(pitch_range[0], pitch_range[1])]  # type: ignore[list-item]  # just checked
    return pitch_range  # type: ignore[return-value]  # likewise


def _pitches(pair: Range, scale: Container[int]) -> tuple[int, int]:
    low, high = (theory.pitch_number(pitch) for pitch in pair)
    if low > high:
        raise ValueError(f"pitch_range must go from low to high, got {low} to {high}")
    if not any(pitch % 12 in scale for pitch in range(low, high + 1)):
        names = f"{theory.pitch_name(low)} to {theory.pitch_name(high)}"
        raise ValueError(f"scale must have a note inside pitch_range, but there is none from {names}")
    return low, high


def wish_values(asked: Mapping[str, int | str | None], trained: Sequence[Mapping[str, Any]]) -> list[int]:
    """One value for each wish, 0 for none, from what was asked by name.

    `trained` is the model's own list of wishes. ValueError for a value out of range, and for a wish the
    model has not learnt.
    """
    values = [0] * len(features.WISHES)
    for (name, count), known in zip(features.WISHES, trained, strict=True):
        wanted = asked.get(name)
        if wanted is None:
            continue
        if not known["trained"]:
            raise ValueError(f"{name} is a wish this model has not learnt")
        names = list(known.get("values", ()))
        if name == "key" and isinstance(wanted, str):
            wanted = theory.key_index(wanted) + 1
        elif isinstance(wanted, str) and wanted in names:
            wanted = names.index(wanted) + 1
        elif isinstance(wanted, str) and not wanted.isdigit():
            raise ValueError(f"{name} must be one of {', '.join(names) or 'its numbers'}, got {wanted!r}")
        most = len(names) or count - 1
        if not 1 <= int(wanted) <= most:
            raise ValueError(f"{name} must be between 1 and {most}, got {wanted}")
        values[wishes.INDEX[name]] = int(wanted)
    return values


def usual_key(keys: Mapping[str, float], seed: int) -> str | None:
    """One of the keys, drawn by their shares; None where there are none. The same seed, the same key."""
    reach = Rng(seed, stream=1).uniform() * sum(keys.values())
    for name, share in keys.items():
        reach -= share
        if reach < 0:
            return name
    return next(iter(keys), None)


def nearest_tempo(bpm: float) -> int:
    """The tempo token nearest to so many quarter notes a minute."""
    if not 10 <= bpm <= 1000:
        raise ValueError(f"bpm must be between 10 and 1000, got {bpm}")
    return min(range(len(TEMPOS)), key=lambda i: max(TEMPOS[i] / bpm, bpm / TEMPOS[i]))


def time_signature_index(name: str) -> int:
    """The time-signature token of `6/8` and the like."""
    known = [f"{numerator}/{denominator}" for numerator, denominator, _ in TIME_SIGNATURES]
    if name.strip() not in known:
        raise ValueError(f"time_signature must be one of {', '.join(known)}, got {name!r}")
    return known.index(name.strip())
