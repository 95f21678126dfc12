"""Small corpora in memory, for tests of training."""

from pathlib import Path
from typing import Any, cast

import numpy as np

from linnet.controls import wishes
from linnet.music.roles import roles
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.network.config import ModelConfig

TINY = ModelConfig(embedding_dim=12, hidden_size=16, num_layers=2, heads="none")
"""A network small enough for hundreds of steps in a second or two; heads would be most of it."""


def score(seed: int, notes: int = 40, *, drums: bool = False) -> Score:
    """Random eighths and quarters in 6/8, quantised."""
    rng = np.random.default_rng(seed)
    duration = rng.choice([12, 12, 24], notes)
    onset = np.concatenate([[0], np.cumsum(duration)[:-1]])
    melody = Notes(onset, duration, rng.integers(55, 80, notes), rng.choice([66, 82], notes))
    tracks = [Track(melody, program=73)]
    if drums:
        strokes = [Note(tick, 6, 36, 90) for tick in range(0, int(duration.sum()), 36)]
        tracks.append(Track(Notes.of(strokes), is_drum=True))
    tempo, meter = TempoChange(0, round(60e6 / 108)), TimeSignature(0, 6, 8)
    return codec.quantise(Score(24, tuple(tracks), tempos=(tempo,), time_signatures=(meter,)))


def piece(music: Score, time_base: TimeBase = "grid", *, style: int = 0) -> CorpusPiece:
    """A quantised score as a piece of a corpus."""
    tokens, notes = codec.encode(music, time_base), len(music.notes)
    seconds = float(music.seconds(music.end))
    rows = wishes.measure(music, style)
    return CorpusPiece("tune", tokens, rows, style, notes, seconds, "tests", "CC0", roles=roles(music))


def pieces(count: int, *, notes: int = 40, first_seed: int = 0) -> list[CorpusPiece]:
    """Pieces that have nothing to do with each other, some longer than others."""
    return [piece(score(first_seed + i, notes + 7 * (i % 3))) for i in range(count)]


def corpus(
    train: list[CorpusPiece],
    valid: list[CorpusPiece],
    test: list[CorpusPiece] | None = None,
    *,
    styles: tuple[str, ...] = ("tests",),
) -> Corpus:
    """What `fit` and `evaluate` need of a corpus."""
    return cast(Corpus, _Memory({"train": train, "valid": valid, "test": test or []}, styles))


class _Memory:
    path = Path("memory")
    address = "memory"
    time_base: TimeBase = "grid"
    sources_used: tuple[dict[str, Any], ...] = ()
    attribution = ""
    fingerprint = "0123"

    def __init__(self, splits: dict[str, list[CorpusPiece]], styles: tuple[str, ...]) -> None:
        self._splits, self.styles = splits, styles

    def pieces(self, split: str) -> list[CorpusPiece]:
        return self._splits[split]
