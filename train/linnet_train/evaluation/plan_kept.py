"""Of models that are told of plans, chords and roles: do pieces keep to what they are told?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linnet.controls import wishes
from linnet.controls.plan_rows import beat_ticks, chord_of
from linnet.controls.progression import Progression
from linnet.controls.request import Request
from linnet.generation import parts
from linnet.model import Model
from linnet.music.roles import ROLES, roles
from linnet.music.score import Score
from linnet.tokens import features
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation.wished import Adherence, mean
from linnet_train.sampling import as_shipped

TOGETHER = 32
"""Pieces played at once."""

NEAR = {"likeness": 0, "cadence": 0, "loudness": 1}
"""Wishes of each bar of a plan that are measured one by one, and how many bins a bar may be beside; those of
who plays are measured together."""

LINES = ("I vi IV V7", "i iv V7 i")
"""Chords that are asked for in major and in minor keys."""

ROLE_SETS = 2
"""Of those that play together most often in the corpus, so many are asked for."""

Rows = NDArray[np.uint8]


def of_plans(model: Model, plain: Sequence[Request]) -> dict[str, Adherence]:
    """Every bar as its plan wants it, beside pieces of the same seeds without a plan.

    Of cadences the bars count in which a phrase ends; of who plays, every player of every bar. Nothing where
    there are no plans.
    """
    if not all(request.plan for request in plain):
        return {}
    learnt = {entry["name"] for entry in model.info.wishes if entry["trained"]}
    conditional, told = _planned(model, plain)
    free = [replace(request, form="", plan=None, closes=False) for request in plain]
    measured = [
        [wishes.measure(score, key=request.key)[1:] for score, request in zip(scores, plain, strict=True)]
        for scores in (conditional, parts.compose(model.engine, free)[0])
    ]
    columns = {name: [wishes.INDEX[name]] for name in NEAR if name in learnt}
    players = [wishes.INDEX[name] for name in features_of_players() if name in learnt]
    if players:
        columns["plays"] = players
    found = {}
    for name, places in columns.items():
        wanted = [rows[:, places] for rows in told]
        if name == "cadence":
            ends = [rows[:, wishes.INDEX["phrase_left"]] == 1 for rows in told]
            wanted = [rows * end[:, None] for rows, end in zip(wanted, ends, strict=True)]
        if any(rows.any() for rows in wanted):
            heard = ([rows[:, places] for rows in scores] for scores in measured)
            found[name] = _adherence(wanted, next(heard), next(heard), NEAR.get(name, 0))
    return found


def features_of_players() -> list[str]:
    """The wishes that say who plays."""
    return [name for name in wishes.INDEX if name.startswith("plays_")]


def of_chords(model: Model, plain: Sequence[Request]) -> Adherence:
    """Notes struck on beats that belong to the chord that is asked for there, beside pieces of the same seeds
    without chords, held against the same ones.
    """
    shares = []
    for asked in (True, False):
        each = []
        for request in plain:
            line = LINES[request.key >= 12]
            options = {"chords": line} if asked else {}
            again = as_shipped.requests(
                model, 1, request.length, request.seed, guidance=request.guidance, **options
            )
            (score,) = parts.compose(model.engine, again)[0]
            each.append(in_chords(score, Progression.read(line, again[0].key)))
        shares.append(mean(each))
    return Adherence([1], shares[0], shares[1], shares[0])


def in_chords(score: Score, progression: Progression) -> float:
    """The share of the notes struck on beats that belong to the chord there; NaN where none are."""
    notes, starts = score.pitched_notes, [*score.bar_ticks().tolist(), score.end]
    beat = beat_ticks(score.time_signatures[-1], score.ticks_per_beat)
    upbeat, inside = score.bars - score.full_bars, list[bool]()
    for number in range(upbeat, score.bars):
        begin, stop = starts[number : number + 2]
        for place, cell in enumerate(progression.dealt(number - upbeat, -(-(stop - begin) // beat))):
            chord = chord_of(cell)
            struck = notes.pitch[notes.onset == begin + place * beat] % 12
            inside += [chord is not None and int(each) in chord.pitch_classes for each in struck]
    return float(np.mean(inside)) if inside else float("nan")


def of_roles(
    model: Model, corpus: Corpus, plain: Sequence[Request], made: Sequence[Score]
) -> Adherence | None:
    """Whether those play, by their notes, whose roles were asked for; beside pieces that nobody asked for
    roles. None where the corpus has none that the model knows.
    """
    taught = model.info.repertoire
    known = set(taught.roles) if taught else set()
    pieces = corpus.pieces("train")
    usual = Counter(tuple(role for role in piece.roles if role) for piece in pieces)
    sets = [each for each, _ in usual.most_common() if each and {ROLES[role] for role in each} <= known]
    if not sets:
        return None
    sets = sets[:ROLE_SETS]
    right, by_chance = [], []
    for number, (request, other) in enumerate(zip(plain, made, strict=True)):
        wanted = sets[number % len(sets)]
        options = {"roles": tuple(ROLES[role] for role in wanted), "guidance": request.guidance}
        again = as_shipped.requests(model, 1, request.length, request.seed, **options)
        (score,) = parts.compose(model.engine, again)[0]
        right.append(float(_found(score) == wanted))
        by_chance.append(float(_found(other) == wanted))
    numbers = sorted({role for each in sets for role in each})
    return Adherence(numbers, mean(right), mean(by_chance), mean(right))


def _found(score: Score) -> tuple[int, ...]:
    return tuple(sorted(role for role in roles(score) if role))


def _adherence(
    told: Sequence[Rows], with_it: Sequence[Rows], without: Sequence[Rows], near: int
) -> Adherence:
    values = sorted({int(value) for rows in told for value in np.unique(rows) if value})
    return Adherence(
        values,
        mean(_within(told, with_it, near)),
        mean(_within(told, without, near)),
        mean(_within(told, with_it, 0)),
    )


def _within(told: Sequence[Rows], heard: Sequence[Rows], most: int) -> list[float]:
    """The share of what was told of each piece that is so near to it; what is silent does not count."""
    shares = []
    for wanted, found in zip(told, heard, strict=True):
        bars = min(len(wanted), len(found))
        there = found[:bars].astype(np.int64)
        known = (there > 0) & (wanted[:bars] > 0)
        right = np.abs(there - wanted[:bars]) <= most
        shares.append(float(right[known].mean()) if known.any() else np.nan)
    return shares


def _planned(model: Model, wanted: Sequence[Request]) -> tuple[list[Score], list[Rows]]:
    """The pieces, and the wishes that the plan had for each of their bars."""
    scores, rows = list[Score](), list[Rows]()
    for first in range(0, len(wanted), TOGETHER):
        batch = [parts.new_part(request, "grid") for request in wanted[first : first + TOGETHER]]
        told = [np.zeros((part.request.length + 1, len(features.WISHES)), np.uint8) for part in batch]
        loop = model.engine.loop(*[part.piece for part in batch], guidance=wanted[0].guidance)
        while not all(part.piece.tracker.finished for part in batch):
            loop.play(1)
            for part, row in zip(batch, told, strict=True):
                if 0 < part.piece.tracker.bars <= len(row):
                    row[part.piece.tracker.bars - 1] = part.piece.tracker.wishes
        for part, row in zip(batch, told, strict=True):
            score = part.score()
            scores.append(score)
            rows.append(row[: score.bars])
    return scores, rows
