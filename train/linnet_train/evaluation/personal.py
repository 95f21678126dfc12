"""What became of a network that was carried on with somebody's own music."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus, Split
from linnet_train.evaluation import compare
from linnet_train.evaluation.copies import Copies
from linnet_train.evaluation.figures import FEWEST_NOTES, measure, opening
from linnet_train.network.network import Network
from linnet_train.training.adapt import without_style
from linnet_train.training.heldout import tally

RUN = 12
"""Notes one after the other that count as copied."""

FEWEST = 4
"""Pieces on either side of a likeness."""


@dataclass(frozen=True, slots=True)
class Played:
    """What is said of pieces that a model made."""

    like_own: float | None
    """How far their figures are distributed as those of the own music: 0 to 1; None: too few pieces."""

    copied: float
    """Share of their highest notes in runs of RUN notes that the own music has too."""

    longest: int
    """Notes in the longest such run; 0 below 8."""


def nats_a_note(
    network: Network, corpus: Corpus, split: Split, *, styles: bool, most: int = 50
) -> tuple[float, int] | None:
    """What the first pieces of a split cost, told what they fulfil, and how many those are; None without
    any.

    Args:
        network: predicts.
        corpus: has the pieces.
        split: of the corpus.
        styles: whether they are told their style: the network's styles begin with those of the corpus.
        most: so many pieces at most.
    """
    pieces = corpus.pieces(split)
    chosen = [pieces[i] for i in range(min(len(pieces), most)) if pieces[i].notes]
    if not chosen:
        return None
    told = chosen if styles else [without_style(piece) for piece in chosen]
    cost = tally(network, told, corpus.time_base)
    return float(cost.nats.sum()) / sum(piece.notes for piece in chosen), len(chosen)


def scores(corpus: Corpus, split: Split) -> list[Score]:
    """The pieces of a split as music."""
    return [codec.decode(piece.tokens, corpus.time_base) for piece in corpus.pieces(split)]


def likeness(made: Sequence[Score], people: Sequence[Score], *, bars: int, barred: bool) -> float | None:
    """How far the figures of pieces are distributed alike, 0 to 1; None for too few pieces."""

    def table(pieces: Sequence[Score]) -> compare.Table:
        heads = [opening(score, bars) for score in pieces]
        return compare.table(
            [measure(score, barred=barred) for score in heads if len(score.notes) >= FEWEST_NOTES]
        )

    sides = table(made), table(people)
    if min(map(len, sides)) < FEWEST:
        return None
    found = compare.mean_overlap(*sides)
    return found if np.isfinite(found) else None


def played(made: Sequence[Score], corpus: Corpus, *, bars: int) -> Played:
    """Pieces of a model beside the music that it was carried on with."""
    own = scores(corpus, "train")
    copies = Copies(own)
    sounding = [score for score in made if len(score.notes) >= FEWEST_NOTES]
    return Played(
        like_own=likeness(made, own + scores(corpus, "valid"), bars=bars, barred=corpus.time_base == "grid"),
        copied=float(np.mean([copies.share(score, RUN) for score in sounding])) if sounding else 0.0,
        longest=max((copies.longest(score) for score in sounding), default=0),
    )
