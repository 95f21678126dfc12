"""Composes the cues of a game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linnet.bank.cues import Cue, Plan
from linnet.model import Model
from linnet.music.key import KEYS
from linnet.music.score import Score
from linnet.music.theory import key_index
from linnet.stream.moving import in_key, key_of
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import dataclass, replace

__all__ = ["Made", "make"]

_MOST = 8
"""Bars of a loop that a transition hears before it begins."""


@dataclass(frozen=True, slots=True)
class Made:
    """A cue and its music."""

    cue: Cue
    score: Score
    seed: int | None
    """None for a sting that somebody wrote."""


def make(model: Model, plan: Plan, *, progress: Callable[[Cue], None] | None = None) -> list[Made]:
    """The music of all cues, in their order; loops first, for transitions go from one to another.

    Loops close on themselves, stings close on the tonic, and a transition goes on from the last bars of one
    loop in the key, the tempo and the density of the other.
    """
    done: dict[str, Made] = {}
    for cue in sorted(plan.cues, key=lambda cue: cue.kind == "transition"):
        if progress is not None:
            progress(cue)
        done[cue.name] = _make(model, cue, plan, done)
    return [done[cue.name] for cue in plan.cues]


def _make(model: Model, cue: Cue, plan: Plan, done: dict[str, Made]) -> Made:
    options: dict[str, Any] = dict(cue.options)
    seed = options.pop("seed", None)
    seed = new_seed() if seed is None else seed
    if cue.file is not None:
        score = Score.open(cue.file)
        wanted = options.get("key")
        score = score if wanted is None else in_key(score, key_index(str(wanted)), key_of(score))
        return Made(cue, score, None)
    if cue.kind == "loop":
        return Made(cue, model.generate(bars=cue.bars, seed=seed, loop=True, **options), seed)
    if cue.kind == "sting":
        return Made(cue, model.generate(bars=cue.bars, seed=seed, **options), seed)
    before = done[cue.begins].score
    goal = next(each.options for each in plan.cues if each.name == cue.ends)
    options = {name: value for name, value in {**goal, **cue.options}.items() if name not in _NOT_AFTER}
    primer = replace(before.slice_bars(max(before.bars - _MOST, 0), before.bars), texts=())
    options.setdefault("key", done[cue.ends].score.key)
    score = model.generate(primer=primer, bars=cue.bars, seed=seed, **options)
    return Made(cue, score, seed)


_NOT_AFTER = ("time_signature", "form", "seed")


def key_name(score: Score) -> str:
    """The key of a piece, as it is signed or found."""
    return score.key or KEYS[key_of(score)]
