"""What pieces are compared with: those that people made and the model never saw, and those it learnt from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linnet.music import upbeat
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tools.text import counted
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.evaluation import compare
from linnet_train.evaluation import figures as piece_figures
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.copies import Copies
from linnet_train.evaluation.figures import FEWEST_NOTES, SIXTEEN
from linnet_train.evaluation.musician.beside import applying, texture
from linnet_train.progress import Progress

FEWEST_PIECES = 20
"""People's pieces; beside fewer no figure means much."""

RUNS = (8, 12, 24)
"""Lengths of copied runs that are looked at, in notes."""

ENDINGS = tuple(piece_figures.GROUPS["endings"])
COPYING = (*(f"in_copied_runs_of_{run}" for run in RUNS), "longest_copied_run")

PieceFigures = dict[str, float]


@dataclass(frozen=True)
class Sample:
    """One piece, cropped, and its figures; none for a piece that is too short to have any."""

    name: str
    score: Score
    figures: PieceFigures


class Reference:
    """People's held-out pieces, cropped to one length, and what a model might have copied from."""

    def __init__(self, corpus: Corpus, bars: int, size: int, progress: Progress | None = None) -> None:
        """Reads the corpus.

        Args:
            corpus: its valid and test splits hold the pieces.
            bars: their length; where there are no bars, a bar is two seconds.
            size: pieces that are `people`, evenly spread over all that are long enough, `everybody`. What
                most of these are made of (`texture`) says which of a musician's figures apply (`musician`).
            progress: called with the share of the train split that is read.

        Raises:
            TrainError: fewer than FEWEST_PIECES are long enough.
        """
        self.bars, self.barred = bars, corpus.time_base == "grid"
        train = corpus.pieces("train")

        def training_scores() -> "list[Score]":
            scores = []
            for i, piece in enumerate(train):
                scores.append(_decode(corpus, piece))
                if progress:
                    progress((i + 1) / len(train))
            return scores

        self.copies = Copies(training_scores())
        held_out = [
            (piece, _decode(corpus, piece)) for split in ("valid", "test") for piece in _pieces(corpus, split)
        ]
        fitting = [(piece, score) for piece, score in held_out if score.bars >= bars]
        self.texture = texture([score for _, score in fitting])
        self.musician = applying(self.texture, bars, barred=self.barred)
        samples = [self.measure(title(piece.name), score) for piece, score in fitting]
        self.everybody = [sample for sample in samples if sample.figures]
        self.left_out = len(held_out) - len(self.everybody)
        if len(self.everybody) < FEWEST_PIECES:
            length = counted(bars, "bar") if self.barred else f"{2 * bars} seconds"
            raise TrainError(
                f"{corpus.path} has {len(self.everybody)} held-out pieces of at least {length}, and "
                f"{FEWEST_PIECES} are needed: ask for shorter pieces, or prepare it with more held out"
            )
        chosen = np.linspace(0, len(self.everybody) - 1, min(size, len(self.everybody))).round().astype(int)
        self.people = [self.everybody[i] for i in chosen]

    def measure(self, name: str, whole: Score) -> Sample:
        """A piece with its figures; endings are those of the whole piece."""
        whole = upbeat.pad(whole)  # as people's pieces stand in a corpus
        score = piece_figures.opening(whole, self.bars)
        if len(score.notes) < FEWEST_NOTES:
            return Sample(name, score, {})
        figures = piece_figures.measure(score, barred=self.barred)
        figures |= {ending: piece_figures.FIGURES[ending](whole) for ending in ENDINGS}
        figures |= {each.name: each.of(whole if each.whole else score) for each in self.musician}
        for run, called in zip(RUNS, COPYING, strict=False):
            figures[called] = self.copies.share(score, run)
        figures[COPYING[-1]] = self.copies.longest(score)
        return Sample(name, score, figures)

    def most_typical_first(self, samples: Sequence[Sample]) -> list[Sample]:
        """The most usual first: by how far, on average, its figures are from people's."""
        measured = [sample for sample in samples if sample.figures]
        away = compare.standardised(table(measured), table(self.people))
        return [measured[i] for i in np.abs(away).mean(axis=1).argsort(kind="stable")]


def table(samples: Sequence[Sample], names: Sequence[str] = SIXTEEN) -> Table:
    """The figures of the pieces that have any. (pieces, figures)"""
    return compare.table([sample.figures for sample in samples if sample.figures], names)


def title(name: str) -> str:
    """`a/0809_The_Grumbling_Rustic.mid` is The Grumbling Rustic."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", Path(name).stem)
    words = re.sub(r"^[\d ]+", "", words) or words
    return words.title() if words.isupper() else words


def _decode(corpus: Corpus, piece: CorpusPiece) -> Score:
    return codec.decode(piece.tokens, corpus.time_base)


def _pieces(corpus: Corpus, split: str) -> Sequence[CorpusPiece]:
    return corpus.pieces(split)  # type: ignore[arg-type]  # one of the literals
