"""What was asked of a model, checked against what it can do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypedDict

from linnet.controls import form as forms
from linnet.controls import moods, wishes
from linnet.controls.form import Form, Plan
from linnet.controls.model_info import ModelInfo
from linnet.controls.settings import (
    Range,
    Rules,
    Sampling,
    check_guidance,
    nearest_tempo,
    time_signature_index,
    usual_key,
    wish_values,
)
from linnet.engine import latent as _latent
from linnet.music.key import estimate_key
from linnet.music.score import Score
from linnet.music.theory import key_index

OWN = (*moods.GOVERNED, "polyphony", "pitch_range")
"""Where a player's own word keeps a mood and a form from having a say."""


class Asked(TypedDict, total=False):
    """Arguments of `Model.generate` beside `count`, for type checkers."""

    bars: int | None
    seconds: float | None
    seed: int | None
    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    guidance: float | None
    mood: moods.Mood | None
    latent: Iterable[float] | None
    bpm: float | None
    time_signature: str | None
    form: str | None
    key: str | None
    style: str | int | None
    density: int | None
    register: int | None
    scale: str | Iterable[int] | None
    pitch_range: Range | Sequence[Range] | None
    polyphony: int | Sequence[int] | None
    longest: float | None
    programs: Sequence[int] | None
    drums: Sequence[int] | None
    watchdog: bool | None
    instrument: int | Sequence[int] | None
    primer: Score | None
    with_primer: bool
    progress: Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True)
class Request:
    """A piece to be made, everything checked."""

    seed: int
    sampling: Sampling
    rules: Rules
    limits: dict[str, Any]  # arguments of Tracker.restrict
    """The rules, for a tracker."""

    wishes: list[int]
    length: int
    """Bars on the grid, hundredths of a second in the performance base; a primer comes on top."""

    tonic: int = 0
    """Pitch class of the key, or of the key that a mood would take."""

    mood: moods.Point | None = None
    own: tuple[str, ...] = ()
    """Those of OWN that were asked for."""

    guidance: float = 1.0
    latent: tuple[float, ...] = ()
    """Of a variational model."""

    form: str = ""
    plan: Plan | None = None
    closes: bool = True
    """Whether the piece is made to close in its key; not where form "" leaves all of it to chance."""

    bpm: float | None = None
    time_signature: str | None = None
    primer: Score | None = None
    with_primer: bool = False


def new_seed() -> int:
    """A seed of 32 bits, short enough to be typed, for a piece that nobody gave one."""
    return int.from_bytes(os.urandom(4), "little")  # as `secrets` does, which would load OpenSSL's library


def check(
    info: ModelInfo,
    asked: Mapping[str, Any],
    *,
    seed: int,
    length: int,
    primer: Score | None = None,
    with_primer: bool = False,
) -> Request:
    """The request; `asked` holds settings of `Model.generate` by name, None for those left to the model.

    ValueError for arguments that are out of range or cannot go together.
    """
    meter, grid = asked["time_signature"], info.time_base == "grid"
    if not grid and (asked["bpm"] is not None or meter is not None):
        raise ValueError(f"{info.name} keeps human timing: it has neither bpm nor time_signature")
    mood = None if asked["mood"] is None else moods.point(asked["mood"])
    own = tuple(name for name in OWN if asked[name] is not None)
    key = _usual_key(info, seed, mood) if primer is None else estimate_key(primer.pitched_notes)
    if mood is not None:
        asked = {**asked, **moods.asked_for(mood, own, (key or 0) % 12, info)}
    wanted = {name: asked[name] for name in ("key", "style", "density", "register")}
    bpm = asked["bpm"]
    if bpm is not None:
        tempo = nearest_tempo(bpm) + 1
        wanted["tempo"] = tempo if _knows(info, "tempo") else None
    if meter is not None:
        time_signature_index(meter)
    values, column = wish_values(wanted, info.wishes), wishes.INDEX
    rules = Rules(**{rule.name: asked[rule.name] for rule in fields(Rules)})
    form = _form(info, asked["form"], seed, length, meter if primer is None else _last_meter(primer), values)
    people = info.forms[int(form.split()[0])] if form and not form.isalpha() and primer is None else None
    if people is not None:
        meter = meter or people.time_signature
        for name in ("style", "tempo"):
            values[wishes.INDEX[name]] = values[wishes.INDEX[name]] or people.wishes[name] * _knows(
                info, name
            )
    if asked["key"] is None and asked["scale"] is None and primer is None and _knows(info, "key"):
        values[column["key"]] = (people and people.wishes["key"]) or (0 if key is None else key + 1)
    known = values[column["key"]] - 1
    if people is not None and asked["scale"] is None and asked["pitch_range"] is None:
        rules = replace(rules, scale=_scale(people, known + 1))
    return Request(
        seed=seed,
        sampling=_sampling(info, asked),
        rules=rules,
        limits=rules.for_tracker(info),
        wishes=values,
        length=length,
        tonic=(known if known >= 0 else key or 0) % 12,
        mood=mood,
        own=own,
        guidance=_guidance(info, asked["guidance"]),
        latent=_latent.asked(info, asked["latent"], seed),
        form=form,
        plan=forms.plan(form, info.forms, length) if form else None,
        closes=asked["form"] != "",
        bpm=bpm,
        time_signature=meter,
        primer=primer,
        with_primer=with_primer,
    )


def length(info: ModelInfo, bars: int | None, seconds: float | None) -> int:
    """In bars, or in hundredths of a second in the performance base."""
    if info.time_base == "grid":
        if seconds is not None:
            raise ValueError(f"{info.name} counts bars: ask for bars instead of seconds")
        if bars is not None and not 1 <= bars <= 100_000:
            raise ValueError(f"bars must be between 1 and 100000, got {bars}")
        return 16 if bars is None else bars
    if bars is not None:
        raise ValueError(f"{info.name} keeps human timing and has no bars: ask for seconds")
    if seconds is not None and not 0.1 <= seconds <= 100_000:
        raise ValueError(f"seconds must be between 0.1 and 100000, got {seconds}")
    return round((30 if seconds is None else seconds) * 100)


def _sampling(info: ModelInfo, asked: Mapping[str, Any]) -> Sampling:
    names = [setting.name for setting in fields(Sampling)]
    chosen = {name: info.defaults[name] if asked[name] is None else asked[name] for name in names}
    return Sampling(**chosen | {"top_k": int(chosen["top_k"])})


def _usual_key(info: ModelInfo, seed: int, mood: moods.Point | None) -> int | None:
    """By the seed; of the mood's mode where the model knows any."""
    keys = info.defaults.get("keys", {})
    if mood is not None:
        mode = moods.mode(mood)
        keys = {name: share for name, share in keys.items() if name.endswith(mode)} or keys
    name = usual_key(keys, seed)
    return None if name is None else key_index(name)


def _guidance(info: ModelInfo, asked: float | None) -> float:
    return check_guidance(info.defaults.get("guidance", 1.0) if asked is None else asked)


def _form(
    info: ModelInfo, asked: str | None, seed: int, length: int, meter: str | None, values: list[int]
) -> str:
    able = info.time_base == "grid" and _knows(info, "likeness")
    if asked and not able:
        raise ValueError(f"form is not for {info.name}: it has not learnt to make bars alike")
    if asked is not None or not able:
        return forms.check(asked or "", info.forms)
    if not info.forms:
        return str(info.defaults.get("form", ""))
    key, style = values[wishes.INDEX["key"]], values[wishes.INDEX["style"]]
    return forms.draw(info.forms, seed, length, time_signature=meter, key=key, style=style)


def _scale(form: Form, key: int) -> list[int] | None:
    """The pitch classes of a form in another key; None where one of the two is major and the other minor."""
    if not key or not form.wishes["key"] or (key > 12) != (form.wishes["key"] > 12):
        return None
    return sorted((step + key - 1) % 12 for step in form.scale)


def _last_meter(score: Score) -> str:
    return f"{score.time_signatures[-1].numerator}/{score.time_signatures[-1].denominator}"


def _knows(info: ModelInfo, wish: str) -> bool:
    return any(entry["name"] == wish and entry["trained"] for entry in info.wishes)
