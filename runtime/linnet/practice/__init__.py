"""Exercises for who learns an instrument: tunes of a level, no two alike, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from linnet.errors import LinnetError
from linnet.model import DEFAULT, load
from linnet.music.score import Score
from linnet.music.theory import key_index, pitch_class
from linnet.practice.judging import alike, bars_of, is_good
from linnet.practice.levels import HANDS, INSTRUMENTS, LEVELS, Instrument, Level, keys_for
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import dataclass

__all__ = ["INSTRUMENTS", "LEVELS", "Exercise", "exercises", "passing", "write"]

_TOGETHER = 4
"""So many times as many tunes as are missing are made at once, to choose from, and _MORE."""

_MORE, _PATIENCE = 8, 24
"""Done so many times, at most."""

_PLAIN = 3
"""After so many times tunes have a form in letters: people's of some keys and meters all have an upbeat."""

_TWO_HANDS = "piano"
"""Who plays two hands; everybody else's tunes are those of the default model."""

_APART = 10_000
"""Seeds between tunes in one key and meter and those in the next."""

_REGISTER = 57
"""Tunes are made from about this pitch up, where people's are; low instruments play them octaves below."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A tune to practise."""

    score: Score
    """As it is written."""

    key: str
    """In which it is written."""

    meter: str
    seed: int
    above: int = 0
    """Semitones by which it is written above what is heard."""

    @property
    def heard(self) -> Score:
        """As it sounds: what transposing instruments play is lower than what they read."""
        return self.score.transpose(-self.above)


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
    hands = _hands(level, player, instrument, options)
    keys = [_spelt(key)] if key is not None else keys_for(level, player)
    wanted = [
        (keys[i % len(keys)], rules.meters[(i + i // len(keys)) % len(rules.meters)]) for i in range(count)
    ]
    model, first = load(_TWO_HANDS if hands else DEFAULT), new_seed() if seed is None else seed
    found: dict[int, Exercise] = {}
    kinds: list[tuple[str, str]] = []
    for kind in dict.fromkeys(wanted):
        places = [i for i, each in enumerate(wanted) if each == kind]
        given = {"meter": kind[1], "key": kind[0]}
        asked = _options(rules, player, kind, bars, hands) | options
        at = (first + _APART * len(kinds)) % 2**63
        kinds.append(kind)
        for tried in range(_PATIENCE):
            if tried == _PLAIN and "form" not in options:
                asked = asked | {"form": "AB"}
            together = _TOGETHER * len(places) + _MORE
            for number, score in enumerate(model.generate(count=together, seed=at, **asked)):
                if not places:
                    break
                written = score.transpose(-_octaves_up(player))
                tune = Exercise(written, seed=at + number, above=player.above, **given)
                good = is_good(written, pitch_class(kind[0].split()[0]), bars)
                if good and not any(alike(written, each.score) for each in found.values()):
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


def passing(*, level: int, instrument: str = "recorder", count: int = 40, bars: int = 8) -> int:
    """Of so many tunes under the rules of a level, in its first key and meter, how many are exercises."""
    rules, player = _level(level), _instrument(instrument)
    hands = _hands(level, player, instrument, {})
    key, meter = keys_for(level, player)[0], rules.meters[0]
    asked = _options(rules, player, (key, meter), bars, hands)
    tunes = load(_TWO_HANDS if hands else DEFAULT).generate(count=count, seed=1, **asked)
    return sum(is_good(tune, pitch_class(key.split()[0]), bars) for tune in tunes)


def write(tunes: Sequence[Exercise], path: str | PathLike[str], *, title: str) -> list[Path]:
    """The exercises, numbered, on one titled sheet: .pdf, or .png, a file for each page.

    Returns:
        The files that were written.
    """
    from linnet.notation import engraving  # with what it needs, for this alone

    items = [
        engraving.Item(
            tune.score, f"{number}.  {tune.key}", _bars_a_line(tune.score), piano=len(tune.score.tracks) == 2
        )
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


def _hands(level: int, player: Instrument, name: str, options: dict[str, Any]) -> str:
    """How two hands play; empty for one line."""
    if player.left is not None:
        asked = options.get("hands")
        return asked or (HANDS[level - 1] if level <= len(HANDS) else "free")
    if options.get("hands") is not None:
        raise ValueError(f"hands are those of a piano, got {name}")
    return ""


def _options(
    level: Level, player: Instrument, kind: tuple[str, str], bars: int, hands: str
) -> dict[str, Any]:
    """What `Model.generate` is asked for."""
    key, meter = kind
    low = player.home - max(0, level.span - 12) // 2
    low, high = max(low, player.lowest), min(max(low, player.lowest) + level.span, player.highest)
    up = _octaves_up(player)
    two: dict[str, Any] = {}  # of a left hand, which has every tonic once at least
    if hands and player.left is not None:
        lowest, highest = player.left
        two["pitch_range"] = ((low + up, high + up), (max(lowest, highest - max(level.span, 11)), highest))
        two |= {"roles": ("right hand", "left hand")} if hands == "free" else {"hands": hands}
        two |= {"rest": None} if hands != "together" else {}
    return {
        "bars": bars,
        "key": key,
        "time_signature": meter,
        "bpm": 3 * round(level.bpm / 3) if meter.endswith("/8") else level.bpm,  # whole dotted quarters
        "rhythm": _values(level.rhythm, meter),
        "leap": level.leap,
        "step_share": level.step_share,
        "rest": level.rest or "none",
        "accidentals": None if level.accidentals else "none",
        "pitch_range": (low + up, high + up),
        "polyphony": 1,
        "instrument": player.program,
        "form": None,
    } | two


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


def _bars_a_line(score: Score) -> int:
    """Four, or fewer where there are many notes in a bar."""
    most = max(len(bar) for bar in bars_of(score))
    return 4 if most <= 8 else 3 if most <= 10 else 2
