"""The plans of the pieces of a corpus."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from linnet.controls.plan_layout import PLAYERS, Conditions
from linnet.controls.plan_reading import plan_bars
from linnet.controls.wishes import INDEX
from linnet.tokens import codec
from linnet.tokens.vocabulary import SIGNATURE_TOKENS
from linnet_train.corpus.corpus import Corpus, CorpusPiece, Split
from linnet_train.corpus.peoples_plan import PeoplesPlan

FEWEST_BARS = 8

MOST_ENSEMBLES = 24
"""Of a cast, in a model file."""

MOST_BANDS = 64
"""Casts of players that are kept in a model file, the most usual ones."""


def read_plans(corpus: Corpus, split: Split) -> list[PeoplesPlan]:
    """The plan of each piece that has one metre, notes, and FEWEST_BARS or more."""
    pieces = corpus.pieces(split)
    bar: Iterable[CorpusPiece] = tqdm(
        pieces, desc=f"reading {split}", unit="piece", leave=False, disable=None
    )
    return [plan for piece in bar if (plan := plan_of(piece, split)) is not None]


def plan_of(piece: CorpusPiece, split: Split) -> PeoplesPlan | None:
    """The plan of a piece; None for one whose metre changes, without notes or too short."""
    metres = int(np.isin(piece.tokens, SIGNATURE_TOKENS).sum())
    rows = piece.wishes[1:]
    if metres != 1 or len(rows) < FEWEST_BARS or not piece.notes:
        return None
    score = codec.decode(piece.tokens, "grid")
    signature = score.time_signatures[0]
    key = int(rows[0, INDEX["key"]]) - 1
    slots = sum(not track.is_drum for track in score.tracks)
    upbeat = bool(score.notes.onset.min() > 0)
    conditions = Conditions(
        f"{signature.numerator}/{signature.denominator}",
        minor=key >= 12 if key >= 0 else None,
        style=piece.style + 1,
        bars=len(rows) - upbeat,
        upbeat=upbeat,
        roles=tuple(piece.roles[: min(slots, PLAYERS - 1)]),
        kit=any(track.is_drum for track in score.tracks),
    )
    bars = plan_bars(score, rows, conditions.beats)
    programs = [track.program for track in score.tracks if not track.is_drum]
    return PeoplesPlan(piece.name, conditions, bars, split, tuple(programs[: len(conditions.roles)]))


def bands(plans: Sequence[PeoplesPlan]) -> list[list[Any]]:  # Any: JSON
    """Who plays together, most usual first: [style, roles, whether there is a kit, in how many pieces, the
    instruments of those of them that have the most usual ones].
    """
    counts: Counter[tuple[int, tuple[int, ...], bool]] = Counter()
    played: defaultdict[tuple[int, tuple[int, ...], bool], Counter[tuple[int, ...]]] = defaultdict(Counter)
    for plan in plans:
        band = (plan.conditions.style, plan.conditions.roles, plan.conditions.kit)
        counts[band] += 1
        played[band][plan.programs] += 1
    return [
        [*_entry(band), n, [list(programs) for programs, _ in played[band].most_common(MOST_ENSEMBLES)]]
        for band, n in counts.most_common(MOST_BANDS)
    ]


def _entry(band: tuple[int, tuple[int, ...], bool]) -> tuple[int, list[int], bool]:
    style, cast, kit = band
    return style, list(cast), kit
