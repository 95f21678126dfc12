"""Drums of models beside those of people, by what a musician hears: a beat, a pattern that returns, fills.

    python -m benchmarks.music.drums MODEL ... --people CORPUS [--pieces 60] [--seconds 16] [--bars 16]

Pieces of seeds 1, 2, .. at each model's own settings, unselected, and people's held-out performances as they
were played: CORPUS is from `linnet-train prepare --performed`. All are cut to their first seconds; figures
are those of docs/musician.md. A model that times its drums as people do is heard on the grid, too. Of music
with bars one more is measured: by how much more the second and third of four bars are like the one before
than the fourth is, where fills are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

import linnet
from benchmarks.table import markdown
from linnet.music.score import Notes, Score
from linnet.tokens import codec
from linnet.tokens.decoder import Reader
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.musician import drums
from linnet_train.evaluation.musician.reading import full_bars, mean, within

FIGURES: dict[str, Callable[[Score], float]] = {
    "pulse": drums.pulse,
    "repetition at the bar": drums.repetition_at_the_bar,
    "hat and ride": drums.hat_and_ride,
    "steady hat run": drums.steady_hat_run,
}

FINE = 480

FEWEST_BARS = 8
"""Fewer say nothing about fills."""

Column = dict[str, tuple[float, float, float]]
"""Mean and 95 % interval of each figure."""


def as_played(piece: CorpusPiece) -> Score:
    """A performance off the grid again, each stroke as late as it was."""
    fine = codec.decode(piece.tokens).resample(FINE)
    reader, drum, late = Reader("grid"), FAMILIES["drum"], dict[tuple[int, int], int]()
    for i, (token, tenths) in enumerate(zip(piece.tokens.tolist(), piece.late.tolist(), strict=True)):
        reader.read(token, i)
        if token in drum.ids:
            late[reader.now * FINE // 24, drum.value_of(token)] = tenths
    ticks = FINE * 100 / fine.tempos[0].tempo  # in a tenth of a millisecond; performances have one tempo
    rows = [
        (max(onset + round(late[onset, pitch] * ticks), 0), duration, pitch, velocity)
        for track in fine.tracks
        for onset, duration, pitch, velocity in track.notes.rows()
    ]
    return replace(fine, tracks=(replace(fine.tracks[0], notes=Notes.of_rows(rows)),))


def beginning(score: Score, seconds: float) -> Score:
    """What is struck in the first seconds, from the first stroke on."""

    def cut(notes: Notes) -> Notes:
        onset = score.onset_seconds(notes)
        return notes.select(onset < float(score.onset_seconds(score.notes)[0]) + seconds)

    return replace(score, tracks=tuple(replace(track, notes=cut(track.notes)) for track in score.tracks))


def fills(score: Score) -> float:
    """By how much more the second and third of four bars are like the one before than the fourth is."""
    bars = []
    for bar in full_bars(score):
        notes = within(drums.strokes(score), bar)
        place = np.floor((notes.onset - bar[0]) * 4 / score.ticks_per_beat + 0.5).astype(np.int64)
        bars.append(set(zip(place.tolist(), notes.pitch.tolist(), strict=True)))
    if len(bars) < FEWEST_BARS:
        return float("nan")
    alike = [len(a & b) / max(len(a | b), 1) for a, b in pairwise(bars)]
    return mean([each for i, each in enumerate(alike) if i % 4 in (0, 1)]) - mean(alike[2::4])


def column(scores: Sequence[Score], seconds: float, *, barred: bool) -> Column:
    """All figures of some pieces."""
    short = [beginning(score, seconds) for score in scores if score.notes]
    found = {name: np.array([figure(score) for score in short]) for name, figure in FIGURES.items()}
    if barred:
        found["fills on the fourth bar"] = np.array([fills(score) for score in scores])
    measured = {
        name: interval_of(np.mean, values[np.isfinite(values)])
        for name, values in found.items()
        if np.isfinite(values).any()
    }
    return {name: (each.value, each.low, each.high) for name, each in measured.items()}


def columns(
    models: Sequence[str], people: Corpus, count: int, seconds: float, bars: int
) -> Iterator[tuple[str, Column]]:
    """People's first, then each model's."""
    held_out = [piece for piece in people.pieces("test") if piece.seconds >= seconds and len(piece.late)]
    if not held_out:
        raise SystemExit(f"{people.path} holds out no performance of {seconds:g} seconds")
    yield f"people ({len(held_out)})", column([as_played(each) for each in held_out], seconds, barred=True)
    for name in models:
        model, words = linnet.load(name), name if name in linnet.models() else Path(name).name
        if model.info.time_base != "grid":
            scores = model.generate(count=count, seed=1, seconds=seconds)
            yield words, column(scores, seconds, barred=False)
            continue
        yield words, column(model.generate(count=count, seed=1, bars=bars), seconds, barred=True)
        if model.info.timing is not None:
            scores = model.generate(count=count, seed=1, bars=bars, timing=False)
            yield f"{words} on the grid", column(scores, seconds, barred=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.drums", description=__doc__.splitlines()[0]
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names or files")
    parser.add_argument("--people", required=True, metavar="CORPUS", help="performances, prepared as such")
    parser.add_argument("--pieces", type=int, default=60, metavar="N", help="of each model (%(default)s)")
    parser.add_argument("--seconds", type=float, default=16, metavar="X", help="of each piece (%(default)s)")
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="that models play (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keeps the figures there")
    args = parser.parse_args(arguments)
    found = dict(columns(args.models, Corpus.open(args.people), args.pieces, args.seconds, args.bars))
    names = [*FIGURES, "fills on the fourth bar"]

    def cell(name: str, of: Column) -> str:
        return "{:.3f} ({:.3f} to {:.3f})".format(*of[name]) if name in of else ""

    rows = [["figure", *found], *([name, *(cell(name, of) for of in found.values())] for name in names)]
    print("\n".join(markdown(rows)))
    if args.json:
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
