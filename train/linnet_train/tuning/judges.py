"""The judges of a network that is being tuned: held-out likelihood, and distance to people.

They see what rewards do not: how people write. They use the valid split alone, so that the test split stays
unseen until the tuned model's report card.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.evaluation import compare
from linnet_train.evaluation import figures as piece_figures
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.figures import FEWEST_NOTES, FIGURES, SIXTEEN
from linnet_train.network.network import Network
from linnet_train.training.heldout import tally
from linnet_train.tuning.config import TuneConfig

FEWEST_PIECES = 20
"""People's; beside fewer no comparison means much."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judges say of a network."""

    nats_per_note: float
    """Of the valid split, the mean of conditional and unconditional."""

    distance: float
    """Fréchet distance of sixteen figures from people's."""

    auc: float
    """How often a classifier finds the played piece of two."""

    def beyond(self, before: "Judgement", config: TuneConfig) -> list[str]:
        """The bounds that are crossed, in words."""
        found = []
        if self.nats_per_note > before.nats_per_note * (1 + config.nats_bound):
            found.append(f"held-out nats a note {before.nats_per_note:.3f} -> {self.nats_per_note:.3f}")
        if self.distance > before.distance + config.distance_bound:
            found.append(f"Fréchet distance {before.distance:.2f} -> {self.distance:.2f}")
        if self.auc > before.auc + config.auc_bound:
            found.append(f"AUC {before.auc:.3f} -> {self.auc:.3f}")
        return found


class Judges:
    """Knows people's pieces of the valid split."""

    def __init__(self, corpus: Corpus, bars: int) -> None:
        """Those with at least so many bars are compared with, cut to that length."""
        self.corpus, self.bars = corpus, bars
        self.pieces = [piece for piece in corpus.pieces("valid") if piece.notes]
        self.people = people(corpus, self.pieces, bars)

    def evaluate(self, network: Network, played: Sequence[Score]) -> Judgement:
        """Judges a network by held-out pieces, and by what it played under its own settings."""
        tallies = [tally(network, self.pieces, "grid", wishes=wishes) for wishes in (True, False)]
        nats = np.mean([each.nats.sum() for each in tallies]) / sum(piece.notes for piece in self.pieces)
        made = figures(played, self.bars)
        if len(made) < FEWEST_PIECES:
            return Judgement(float(nats), np.inf, 1.0)  # no music any more
        return Judgement(
            float(nats),
            compare.frechet_distance(made, self.people),
            compare.classifier_auc(made, self.people),
        )


def people(corpus: Corpus, pieces: Sequence[CorpusPiece], bars: int) -> Table:
    """The sixteen figures of people's pieces of at least so many bars, cut to that length."""
    scores = [codec.decode(piece.tokens, "grid") for piece in pieces]
    found = figures([score for score in scores if score.bars >= bars], bars)
    if len(found) < FEWEST_PIECES:
        raise TrainError(
            f"{corpus.path} has {len(found)} held-out pieces of at least {bars} bars, and "
            f"{FEWEST_PIECES} are needed: ask for shorter pieces, or prepare it with more held out"
        )
    return found


def figures(scores: Sequence[Score], bars: int) -> Table:
    """The sixteen figures of the first bars of each piece with enough notes to be one. (pieces, figures)"""
    openings = (piece_figures.opening(score, bars) for score in scores)
    rows = [
        {name: FIGURES[name](score) for name in SIXTEEN}
        for score in openings
        if len(score.notes) >= FEWEST_NOTES
    ]
    return compare.table(rows)
