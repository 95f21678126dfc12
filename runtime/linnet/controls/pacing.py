"""So many seconds as bars and tempos: how many bars a piece has, and how fast each stretch of it goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from linnet._core import Rng
from linnet.controls import form as forms
from linnet.controls import moods, scenes
from linnet.controls.options import ABOUT, Options
from linnet.controls.scenes import Curve, Scene
from linnet.tokens.vocabulary import TEMPOS
from linnet.tools.chance import Streams
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.say import say

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["Pacing", "Stretch", "paced"]

_BARS, _BPM = 16, 110.0
_SLOWEST, _FASTEST = 10, 1000
"""Quarters a minute that can be asked for."""

_NEAR = 0.005
"""Share by which a tempo may be another than was asked for before somebody is told."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars that take exactly so many microseconds."""

    bars: int
    microseconds: int


@dataclass(frozen=True, slots=True)
class Pacing:
    """When what happens in a piece."""

    stretches: tuple[Stretch, ...]
    """None: it goes at one tempo, however long that takes."""

    tempos: tuple[float, ...]
    """That it passes through, evenly from its beginning to its end; none, or one: it does not move."""

    curve: Curve
    changes: tuple[tuple[int, dict[str, Any]], ...]
    """Bars, from 0, and what changes there."""

    scenes: tuple[tuple[int, Scene], ...]
    """With the bar that each begins in."""


def paced(info: ModelInfo, options: Options) -> tuple[Options, Pacing | None]:
    """The options with bars, a meter and a single tempo in place of seconds, curves and scenes; and what is
    left to be done of these, None for nothing.

    ValueError, in one line, for what cannot be.
    """
    seconds = _seconds(options)
    tempos = options.bpm if isinstance(options.bpm, tuple) else ()
    at, curve = options.asked_scenes, options.asked_curve
    options = replace(options, seconds=None, minutes=None, at=None, curve=None)
    if info.time_base != "grid":
        if tempos or at or curve:
            raise ValueError(f"{info.name} keeps human timing: it has no bpm, at and curve")
        return replace(options, seconds=seconds), None
    if seconds is None and not (tempos or at or curve):
        return options, None
    if (seconds is not None or at) and options.with_primer:
        raise ValueError("seconds and at are for new pieces: with a primer ask for the new part alone")
    from fractions import Fraction  # as statistics below: most pieces need none of it

    meter = str(options.time_signature or _usual_meter(info, options))
    quarters = 4 * Fraction(*map(int, meter.split("/")))
    if curve and "bpm" in dict(sum((values for _, values in curve), ())):
        tempos = tuple(float(scenes.sampled(curve, each)["bpm"]) for each in _evenly(curve[-1][0]))
    bpm = sum(tempos) / len(tempos) if tempos else options.bpm or _usual_bpm(info, options, meter)
    assert isinstance(bpm, float | int)
    bars = options.bars or forms.length(str(options.form or ""))
    if seconds is None:
        bars = bars or _BARS
        seconds = float(bars * quarters * 60 / Fraction(bpm)) if at or curve else None
    if seconds is None:
        return replace(options, time_signature=meter, bars=bars, bpm=float(bpm)), Pacing(
            (), tempos, (), (), ()
        )
    if at and at[-1].seconds >= seconds:
        raise ValueError(f"at must be within the {seconds:.4g} seconds of the piece, got {at[-1].seconds:g}")
    stretches = _stretches(seconds, at, float(quarters), float(bpm), bars, str(options.form or ""))
    total = sum(stretch.bars for stretch in stretches)
    real = float(total * quarters * 60 / Fraction(seconds))
    if options.bpm is not None and not tempos and abs(real / bpm - 1) > _NEAR:
        say(f"the length wins: {total} bars in {seconds:g} seconds are {real:.4g} bpm, and not {bpm:g}")
    placed = _placed(stretches, at)
    settled = replace(options, time_signature=meter, bars=total, bpm=min(max(real, _SLOWEST), _FASTEST))
    first, changes = _changes(info, stretches, curve, placed, float(quarters))
    settled = replace(settled, **first)
    return settled, Pacing(tuple(stretches), tempos, curve, changes, placed)


def _seconds(options: Options) -> float | None:
    if options.minutes is None:
        return options.seconds
    if options.seconds is not None:
        raise ValueError("seconds and minutes are two words for the length: ask for one of them")
    return 60 * options.minutes


def _evenly(last: float, count: int = 32) -> list[float]:
    return [last * i / (count - 1) for i in range(count)]


def _usual_meter(info: ModelInfo, options: Options) -> str:
    if options.primer is not None:
        sign = options.primer.time_signatures[-1]
        return f"{sign.numerator}/{sign.denominator}"
    form = str(options.form or "")
    if forms.is_numbered(form) and int(form.split()[0]) < len(info.forms):
        return info.forms[int(form.split()[0])].time_signature
    meters = [each.time_signature for each in info.forms]
    if not meters:
        return "4/4"
    assert options.seed is not None
    return meters[int(Rng(options.seed, stream=Streams.PLAN).uniform() * len(meters))]


def _usual_bpm(info: ModelInfo, options: Options, meter: str) -> float:
    """What a mood asks for, else what is usual in the model's music."""
    if options.primer is not None:
        return options.primer.tempos[-1].bpm
    if options.mood is not None:
        return 110 + 50 * moods.point(options.mood)[1]
    told = [each.wishes["tempo"] for each in info.forms if each.time_signature == meter]
    found = [TEMPOS[tempo - 1] for tempo in told if tempo]
    if not found:
        return _BPM
    from statistics import median

    return float(median(found))


def _stretches(
    seconds: float, at: Sequence[Scene], quarters: float, bpm: float, bars: int, form: str
) -> list[Stretch]:
    """From one scene to the next, so that each begins at a bar line."""
    moments = [0.0, *(scene.seconds for scene in at if scene.seconds > 0), seconds]
    lengths = [later - moment for moment, later in pairwise(moments)]
    if bars and len(lengths) > 1:
        counts = _shared(bars, lengths)
    elif bars:
        counts = [bars]
    else:
        letters = len(form) if form.isalpha() else 1
        counts = [_bars(length * bpm / 60 / quarters, letters) for length in lengths]
    for count, length in zip(counts, lengths, strict=True):
        tempo = count * quarters * 60 / length
        if not _SLOWEST <= tempo <= _FASTEST:
            raise ValueError(
                f"{count} bars in {length:.4g} seconds would be {tempo:.4g} quarters a minute, and "
                f"{_SLOWEST} to {_FASTEST} are possible"
            )
    ticks = [round(moment * 1e6) for moment in moments]
    return [
        Stretch(count, later - moment) for count, moment, later in zip(counts, ticks, ticks[1:], strict=False)
    ]


def _bars(wanted: float, letters: int) -> int:
    """How many bars, near what is wanted; rather eights and fours than odd ones."""

    def cost(bars: int) -> float:
        odd = 0.0 if bars % 8 == 0 else 0.02 if bars % 4 == 0 else 0.06 if bars % 2 == 0 else 0.12
        return abs(math.log2(bars / wanted)) + odd + 0.2 * (bars % letters != 0)

    return min(range(max(int(wanted * 0.7), 1), max(int(wanted * 1.4), 1) + 2), key=cost)


def _shared(bars: int, lengths: Sequence[float]) -> list[int]:
    """So many bars, shared out by how long each stretch is; each has one at least."""
    if bars < len(lengths):
        raise ValueError(f"{bars} bars are too few for {len(lengths)} stretches: ask for more")
    total, found, done = sum(lengths), list[int](), 0.0
    for number, length in enumerate(lengths):
        done += length
        left = len(lengths) - number - 1
        found.append(min(max(round(bars * done / total) - sum(found), 1), bars - sum(found) - left))
    return found


def _placed(stretches: Sequence[Stretch], at: Sequence[Scene]) -> tuple[tuple[int, Scene], ...]:
    late = at[0].seconds > 0 if at else False
    begin = [0]
    for stretch in stretches:
        begin.append(begin[-1] + stretch.bars)
    return tuple((begin[number + late], scene) for number, scene in enumerate(at))


def _changes(
    info: ModelInfo,
    stretches: Sequence[Stretch],
    curve: Curve,
    placed: Sequence[tuple[int, Scene]],
    quarters: float,
) -> tuple[dict[str, Any], tuple[tuple[int, dict[str, Any]], ...]]:
    """What is asked for at first, and what changes at which bar line."""
    by_bar: dict[int, dict[str, Any]] = {}
    if curve:
        bar, now, before = 0, 0.0, dict[str, Any]()
        for stretch in stretches:
            for _ in range(stretch.bars):
                says = scenes.sampled(curve, now)
                says.pop("bpm", None)
                if new := {name: value for name, value in says.items() if before.get(name) != value}:
                    by_bar[bar] = new
                before, bar, now = says, bar + 1, now + stretch.microseconds / 1e6 / stretch.bars
    for bar, scene in placed:
        if says := scene.changes:
            by_bar[bar] = by_bar.get(bar, {}) | says
    if any("bpm" in change for change in by_bar.values()):
        raise ValueError("at cannot change the bpm: ask for bpm='80:60', or for a curve with a column bpm")
    bars = sorted(by_bar)
    checked = scenes.check_changes([by_bar[bar] for bar in bars], ABOUT, "at or curve" if placed else "curve")
    found = dict(zip(bars, checked, strict=True))
    first = found.pop(0, {})
    return first, tuple(found.items())
