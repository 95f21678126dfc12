"""How well a network predicts pieces it never saw, exact to the last token."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.evaluation.given import FreeNotes, free_notes
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import read_config
from linnet_train.training.heldout import Tally, tally
from linnet_train.training.run import check_corpus


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What predicting one split costs a network, with the wishes of the music or without."""

    name: str
    """conditional, unconditional, or last_token for a network that reads nothing else."""

    nats_per_token: float
    nats_per_note: float
    bits_per_second: float
    families: dict[str, float]
    """Nats a token, by family of the token to predict."""


@dataclass(frozen=True, slots=True)
class RunLikelihood:
    """The figures of a run."""

    run: str
    split: str
    fingerprint: str
    pieces: int
    tokens: int
    notes: int
    seconds: float
    shares: dict[str, float]
    """How much of all tokens each family makes up."""
    rows: tuple[Likelihood, ...]
    given: tuple[FreeNotes, ...] = ()
    """Where the network may be told what is given."""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def evaluate(
    folder: Path,
    corpus: Corpus,
    *,
    split: Literal["train", "valid", "test"] = "test",
    weights: Literal["best", "last"] = "best",
) -> RunLikelihood:
    """Scores a run on one split of its corpus, with the wishes that the music fulfils and without.

    Args:
        folder: the run.
        corpus: what it was trained on.
        split: which pieces; those without notes are left out.
        weights: which checkpoint.

    Returns:
        A row for conditional and one for unconditional prediction, or one for a last-token network.

    Raises:
        TrainError: the corpus is another one, or the split holds no music.
    """
    check_corpus(folder, corpus)
    model, _, _ = read_config(folder)
    pieces = [piece for piece in corpus.pieces(split) if piece.notes]
    if not pieces:
        raise TrainError(f"{corpus.path} has no music in its {split} split")
    network = load_weights(folder, model, weights).to("cuda" if torch.cuda.is_available() else "cpu")
    if model.inputs == "last-token":
        tallies = {"last_token": tally(network, pieces, corpus.time_base, wishes=False)}
    else:
        tallies = {
            "conditional": tally(network, pieces, corpus.time_base),
            "unconditional": tally(network, pieces, corpus.time_base, wishes=False),
        }
    told = model.given and model.inputs != "last-token" and not model.latent and corpus.time_base == "grid"
    counts = next(iter(tallies.values()))
    tokens, notes = int(counts.counts.sum()), sum(piece.notes for piece in pieces)
    seconds = float(sum(piece.seconds for piece in pieces))
    return RunLikelihood(
        run=str(folder),
        split=split,
        fingerprint=corpus.fingerprint,
        pieces=len(pieces),
        tokens=tokens,
        notes=notes,
        seconds=seconds,
        shares={name: count / tokens for name, (count, _) in by_family(counts).items()},
        rows=tuple(_row(name, result, notes, seconds) for name, result in tallies.items()),
        given=tuple(free_notes(network, pieces)) if told else (),
    )


def by_family(result: Tally) -> dict[str, tuple[int, float]]:
    """Number of tokens and the sum of their nats, for each family that came."""
    sums = {
        name: (
            int(result.counts[f.first : f.first + f.count].sum()),
            float(result.nats[f.first : f.first + f.count].sum()),
        )
        for name, f in FAMILIES.items()
    }
    return {name: both for name, both in sums.items() if both[0]}


def _row(name: str, result: Tally, notes: int, seconds: float) -> Likelihood:
    nats = float(result.nats.sum())
    return Likelihood(
        name=name,
        nats_per_token=result.nats_per_token,
        nats_per_note=nats / notes,
        bits_per_second=nats / math.log(2) / seconds,
        families={family: total / count for family, (count, total) in by_family(result).items()},
    )
