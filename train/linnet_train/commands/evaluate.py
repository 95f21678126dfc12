"""`linnet-train evaluate`: how well a network predicts pieces it never saw, exact to the last token."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import read_config
from linnet_train.training.heldout import Tally, tally
from linnet_train.training.run import check_corpus


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one network, told the wishes or not, on one split."""

    name: str
    nats_per_token: float
    nats_per_note: float
    bits_per_second: float
    families: dict[str, float]
    """Nats a token, by family of the token to predict."""


@dataclass(frozen=True, slots=True)
class Report:
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
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def evaluate(
    folder: Path,
    corpus: Corpus,
    *,
    split: Literal["train", "valid", "test"] = "test",
    weights: Literal["best", "last"] = "best",
) -> Report:
    """Scores a run on one split of its corpus, told the wishes that the music fulfils, and told none."""
    check_corpus(folder, corpus)
    model, _, _ = read_config(folder)
    pieces = [piece for piece in corpus.pieces(split) if piece.notes]
    if not pieces:
        raise TrainError(f"{corpus.path} has no music in its {split} split")
    network = load_weights(folder, model, weights).to("cuda" if torch.cuda.is_available() else "cpu")
    if model.bag == "last-token":
        tallies = {"last token only": tally(network, pieces, corpus.time_base, wishes=False)}
    else:
        tallies = {
            "bag, with wishes": tally(network, pieces, corpus.time_base),
            "bag, wishes blank": tally(network, pieces, corpus.time_base, wishes=False),
        }
    counts = next(iter(tallies.values()))
    tokens, notes = int(counts.counts.sum()), sum(piece.notes for piece in pieces)
    seconds = float(sum(piece.seconds for piece in pieces))
    return Report(
        run=str(folder),
        split=split,
        fingerprint=corpus.fingerprint,
        pieces=len(pieces),
        tokens=tokens,
        notes=notes,
        seconds=seconds,
        shares={name: count / tokens for name, (count, _) in by_family(counts).items()},
        rows=tuple(_row(name, result, notes, seconds) for name, result in tallies.items()),
    )


def by_family(result: Tally) -> dict[str, tuple[int, float]]:
    """Number of tokens and their nats, all told, for each family that came."""
    sums = {
        name: (
            int(result.counts[f.first : f.first + f.count].sum()),
            float(result.nats[f.first : f.first + f.count].sum()),
        )
        for name, f in FAMILIES.items()
    }
    return {name: both for name, both in sums.items() if both[0]}


def table(reports: Sequence[Report]) -> str:
    """Runs side by side: the totals, then nats a token by family."""
    first = reports[0]
    if any(report.fingerprint != first.fingerprint or report.split != first.split for report in reports):
        raise TrainError("runs on different corpora cannot stand in one table")
    columns = [(Path(report.run).name, row) for report in reports for row in report.rows]
    width = max(18, *(len(text) + 2 for run, row in columns for text in (run, row.name)))
    size = f"{first.pieces:,} pieces, {first.tokens:,} tokens, {first.notes:,} notes, {first.seconds:,.0f} s"
    lines = [
        f"{first.split} split: {size}",
        "",
        " " * 24 + "".join(f"{run:>{width}}" for run, _ in columns),
        " " * 24 + "".join(f"{row.name:>{width}}" for _, row in columns),
        f"{'nats a token':24}" + "".join(f"{row.nats_per_token:>{width}.4f}" for _, row in columns),
        f"{'nats a note':24}" + "".join(f"{row.nats_per_note:>{width}.3f}" for _, row in columns),
        f"{'bits a second':24}" + "".join(f"{row.bits_per_second:>{width}.2f}" for _, row in columns),
        "",
        f"{'family':16}{'share':>8}" + f"{'nats a token':>{width}}" * len(columns),
    ]
    for name, share in sorted(first.shares.items(), key=lambda item: -item[1]):
        cells = "".join(f"{row.families[name]:>{width}.4f}" for _, row in columns)
        lines.append(f"{name:16}{share:>8.1%}{cells}")
    return "\n".join(lines)


def _row(name: str, result: Tally, notes: int, seconds: float) -> Row:
    nats = float(result.nats.sum())
    return Row(
        name=name,
        nats_per_token=result.nats_per_token,
        nats_per_note=nats / notes,
        bits_per_second=nats / math.log(2) / seconds,
        families={family: total / count for family, (count, total) in by_family(result).items()},
    )
