"""Phrases on the way from one to another, through the latent of a variational model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from linnet.controls import kinds
from linnet.controls.latent import between
from linnet.controls.options import Options
from linnet.engine.engine import Engine
from linnet.generation import pieces
from linnet.music import upbeat
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tools.dataclass import replace

__all__ = ["apart", "even", "morph"]

_STEPS = kinds.whole(2, 1000)

FINER = 4
"""Phrases that are made for each step, to choose from."""


def morph(
    engine: Engine,
    a: Score,
    b: Score,
    *,
    ends: tuple[Sequence[float], Sequence[float]],
    steps: int,
    options: Options,
) -> list[Score]:
    """Phrases on the way from a to b, whose latents are the `ends`; see `Model.morph`.

    What the options leave open, seed apart, is as the two phrases have it, and chance plays no part.
    """
    steps = kinds.read("steps", _STEPS, steps)
    phrases = [codec.quantise(upbeat.pad(score), "grid") for score in (a, b)]
    meters = [[f"{s.numerator}/{s.denominator}" for s in phrase.time_signatures] for phrase in phrases]
    if meters[0] != meters[1] or len(meters[0]) > 1:
        raise ValueError(f"phrases to morph must have one meter, got {' and '.join(map(', '.join, meters))}")
    pitches = [int(pitch) for phrase in phrases for pitch in phrase.notes.pitch]
    finer = FINER * (steps - 1)
    wanted = []
    for step in range(finer + 1):
        share = step / finer
        usual: dict[str, Any] = {  # values of several options
            "temperature": 0.0,
            "time_signature": meters[0][0],
            "form": "",
            "pitch_range": (min(pitches), max(pitches)),
            "latent": between(*ends, share),
            "bars": round(_at(share, *(score.full_bars for score in (a, b)))),
            "bpm": _at(share, *(score.tempos[0].bpm for score in (a, b))),
        }
        given = {name: value for name, value in options.given.items() if name in usual}
        wanted.append(replace(options, **usual | given))
    scores = pieces.generate(engine, wanted)
    return [scores[i] for i in even(scores, steps)]


def even(scores: Sequence[Score], steps: int) -> list[int]:
    """Which phrases to choose, each farther from the first and nearer to the last than those before.

    Equal steps of a latent are no equal steps to the ear, and some lead astray. Of the ways that never turn
    back this is the one whose steps are the most alike, in the share of notes that are the first's or the
    last's.
    """
    away, ahead = ([apart(end, score) for score in scores] for end in (scores[0], scores[-1]))
    place = [a / (a + b) if a + b else 0.0 for a, b in zip(away, ahead, strict=True)]
    count, due = len(scores), 1 / (steps - 1)
    costs = [0.0] + [math.inf] * (count - 1)
    came: list[list[int]] = []
    for _ in range(steps - 1):
        ways = [
            min(
                (costs[i] + (place[j] - place[i] - due) ** 2, i)
                for i in range(j + 1)
                if away[i] <= away[j] and ahead[i] >= ahead[j]
            )
            for j in range(count)
        ]
        costs, came = [cost for cost, _ in ways], [*came, [i for _, i in ways]]
    chosen = [count - 1]
    for origins in reversed(came):
        chosen.append(origins[chosen[-1]])
    return chosen[::-1]


def apart(a: Score, b: Score) -> float:
    """Share of the notes of two phrases, by onset and pitch, that only one of them has."""
    one, other = (set(zip(s.notes.onset.tolist(), s.notes.pitch.tolist(), strict=True)) for s in (a, b))
    return 1 - 2 * len(one & other) / max(1, len(one) + len(other))


def _at(share: float, first: float, last: float) -> float:
    return first + (last - first) * share
