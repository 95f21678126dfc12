"""Exercises for who learns an instrument: tunes of a level, no two alike, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

from linnet.errors import LinnetError
from linnet.model import DEFAULT, load
from linnet.music.score import Score
from linnet.music.theory import key_index, pitch_class
from linnet.practice.levels import INSTRUMENTS, LEVELS, Instrument, Level, keys_of
from linnet.tools.chance import new_seed

__all__ = ["INSTRUMENTS", "LEVELS", "Exercise", "exercises", "write"]

_TOGETHER = 4
"""So many times as many tunes as are missing are made at once, to choose from, and _MORE."""

_MORE, _PATIENCE = 8, 24
"""Done so many times, at most."""

_APART = 10_000
"""Seeds between tunes in one key and meter and those in the next."""

_ALIKE = 0.5
"""Share of equal bars from which on two exercises are alike."""

_SAME, _REACH = 3, 5
"""Notes of one pitch in a row, at most; semitones that an exercise spans, at least."""


_REGISTER = 57
"""Tunes are made from about this pitch up, where people's are; low instruments play them octaves below."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A tune to practise."""

    score: Score
    key: str
    meter: str
    seed: int


def exercises(
    *,
    level: int = 1,
    instrument: str = "recorder",
    key: str | None = None,
    bars: int = 8,
    count: int = 20,
    seed: int | None = None,
    **options: Any,  # those of Model.generate
) -> list[Exercise]:
    """Tunes that somebody of a level can play, each closing on its tonic, no two of them alike.

    Args:
        level: 1 to 8, see `linnet.practice.LEVELS`.
        instrument: one of `linnet.practice.INSTRUMENTS`.
        key: such as `"F"` or `"D minor"`; those of the level in turn unless given.
        bars: of each, 4 to 32.
        count: how many, 1 to 200.
        seed: the same seed, the same exercises.
        **options: of `Model.generate`, in place of what the level says.

    Raises:
        ValueError: For what is out of range.
        LinnetError: Where rules are so strict that there are not so many different tunes.
    """
    rules = _level(level)
    player = _instrument(instrument)
    for name, value, least, most in (("bars", bars, 4, 32), ("count", count, 1, 200)):
        if not least <= value <= most:
            raise ValueError(f"{name} must be between {least} and {most}, got {value}")
    keys = [_spelt(key)] if key is not None else keys_of(rules)
    wanted = [
        (keys[i % len(keys)], rules.meters[(i + i // len(keys)) % len(rules.meters)]) for i in range(count)
    ]
    model, first = load(DEFAULT), new_seed() if seed is None else seed
    found: dict[int, Exercise] = {}
    kinds: list[tuple[str, str]] = []
    for kind in dict.fromkeys(wanted):
        places = [i for i, each in enumerate(wanted) if each == kind]
        given = {"meter": kind[1], "key": kind[0]}
        asked = _options(rules, player, kind, bars) | options
        at = (first + _APART * len(kinds)) % 2**63
        kinds.append(kind)
        for _ in range(_PATIENCE):
            together = _TOGETHER * len(places) + _MORE
            for number, score in enumerate(model.generate(count=together, seed=at, **asked)):
                if not places:
                    break
                tune = Exercise(score.transpose(-_octaves_up(player)), seed=at + number, **given)
                if _is_good(tune, bars) and not any(
                    _alike(tune.score, each.score) for each in found.values()
                ):
                    found[places.pop(0)] = tune
            if not places:
                break
            at += together
        if places:
            raise LinnetError(
                f"of {count} exercises {len(places)} could not be made: the rules leave too few tunes that "
                "differ"
            )
    return [found[i] for i in range(count)]


def write(tunes: Sequence[Exercise], path: str | PathLike[str], *, title: str) -> list[Path]:
    """The exercises, numbered, on one titled sheet: .pdf, or .png, a file for each page.

    Returns:
        The files that were written.
    """
    from linnet.notation import engraving  # with what it needs, for this alone

    items = [
        engraving.Item(tune.score, f"{number}.  {tune.key}", _bars_a_line(tune.score))
        for number, tune in enumerate(tunes, 1)
    ]
    return engraving.sheet(items, path, title=title)


def _spelt(key: str) -> str:
    """`F` as `F major`, `Bm` as `B minor`."""
    minor = key_index(key) >= 12
    tonic = key.split()[0]
    tonic = tonic.removesuffix("m") if minor else tonic
    return f"{tonic[:1].upper()}{tonic[1:]} {'minor' if minor else 'major'}"


def _level(level: int) -> Level:
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= len(LEVELS):
        raise ValueError(f"level must be between 1 and {len(LEVELS)}, got {level!r}")
    return LEVELS[level - 1]


def _instrument(name: str) -> Instrument:
    if name not in INSTRUMENTS:
        raise ValueError(f"instrument must be one of {', '.join(INSTRUMENTS)}, got {name!r}")
    return INSTRUMENTS[name]


def _options(level: Level, player: Instrument, kind: tuple[str, str], bars: int) -> dict[str, Any]:
    """What `Model.generate` is asked for."""
    key, meter = kind
    low = player.home - max(0, level.span - 12) // 2
    low, high = max(low, player.lowest), min(max(low, player.lowest) + level.span, player.highest)
    up = _octaves_up(player)
    return {
        "bars": bars,
        "key": key,
        "time_signature": meter,
        "bpm": level.bpm,
        "rhythm": _values(level.rhythm, meter),
        "leap": level.leap,
        "step_share": level.step_share,
        "rest": level.rest or "none",
        "accidentals": None if level.accidentals else "none",
        "pitch_range": (low + up, high + up),
        "polyphony": 1,
        "instrument": player.program,
        "form": None,
    }


def _octaves_up(player: Instrument) -> int:
    """Semitones between the register in which tunes are made and that of the instrument."""
    return 12 * max(0, -(-(_REGISTER - player.home) // 12))


def _values(rhythm: str, meter: str) -> str:
    """The note values of a level in a meter: where eighths come in threes, dotted quarters are the beat."""
    values = rhythm.split(",")
    if meter.endswith("/8"):
        return ",".join(each for each in values if each not in ("1/2", "1/8t", "1/8."))
    if "1/8t" in values:  # triplets beside dotted eighths and sixteenths would begin anywhere
        values.remove("1/8t")
    return ",".join(values)


def _is_good(tune: Exercise, bars: int) -> bool:
    """Whether it closes on its tonic, held, and moves: not the same note or bar again and again."""
    score = tune.score
    notes = sorted(score.notes, key=lambda note: note.onset)
    pitches = [note.pitch for note in notes]
    if len(notes) < 2 * bars or score.upbeat or pitches[-1] % 12 != pitch_class(tune.key.split()[0]):
        return False
    run = longest = 1
    for a, b in pairwise(pitches):
        run = run + 1 if a == b else 1
        longest = max(longest, run)
    last = notes[-1].duration >= score.ticks_per_beat
    return (
        last
        and longest <= _SAME
        and max(pitches) - min(pitches) >= _REACH
        and len(set(_bars(score))) > bars // 3
    )


def _bars(score: Score) -> list[tuple[tuple[int, int, int], ...]]:
    """What is in each bar, wherever it lies: places, intervals from its first note, and durations."""
    starts = [*score.bar_ticks().tolist(), score.end]
    found = []
    for begin, end in pairwise(starts):
        inside = [note for note in score.notes if begin <= note.onset < end]
        found.append(tuple((n.onset - begin, n.pitch - inside[0].pitch, n.duration) for n in inside))
    return found


def _alike(a: Score, b: Score) -> bool:
    own, other = _bars(a), set(_bars(b))
    return sum(bar in other for bar in own) >= _ALIKE * len(own)


def _bars_a_line(score: Score) -> int:
    """Four, or fewer where there are many notes in a bar."""
    most = max(len(bar) for bar in _bars(score))
    return 4 if most <= 8 else 3 if most <= 10 else 2
