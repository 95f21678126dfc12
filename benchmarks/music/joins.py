"""How well is a gap joined to what comes before and after it, beside people's own notes at the same places?

    python -m benchmarks.music.joins folk folk.corpus [--pieces 60] [--bars 2] [--record docs/quality.json]

Some bars in the middle of held-out pieces are composed anew, unselected. At both seams, of the top line: the
interval from the last note before to the first one after, and the time between them; and how much of the
music is silent there. The distance of two distributions is half the sum of their differences (total
variation), 0 for the same; that of two halves of people's pieces says what chance alone makes of it.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import linnet
from benchmarks.music.going_on import top_line
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus
from linnet_train.storage import read_json, write_json

FEWEST = 8
"""Bars of a piece with a gap."""

LEAP = 12
"""Semitones from which on intervals are told apart no more."""


@dataclass
class Seams:
    """What is counted at one side of the gaps."""

    intervals: Counter[int] = field(default_factory=Counter)
    """Semitones, of what leaps more than an octave the nearest octave."""

    gaps: Counter[int] = field(default_factory=Counter)
    """Sixteenths from onset to onset."""

    def add(self, score: Score, tick: int) -> None:
        """The seam at a tick of the grid."""
        onset, pitch = top_line(score)
        before, after = onset < tick, onset >= tick
        if not before.any() or not after.any():
            return
        step = int(pitch[after][0]) - int(pitch[before][-1])
        self.intervals[max(-LEAP, min(LEAP, step))] += 1
        self.gaps[min(round((int(onset[after][0]) - int(onset[before][-1])) / 6), 16)] += 1

    @property
    def large(self) -> float:
        """Share of the seams that leap by more than a fifth."""
        total = max(sum(self.intervals.values()), 1)
        return sum(count for step, count in self.intervals.items() if abs(step) > 7) / total


def apart(a: Counter[int], b: Counter[int]) -> float:
    """The total variation of two distributions."""
    sums = max(sum(a.values()), 1), max(sum(b.values()), 1)
    return sum(abs(a[each] / sums[0] - b[each] / sums[1]) for each in {*a, *b}) / 2


def measure(model: linnet.Model, pieces: Sequence[Score], bars: int) -> dict[str, Any]:
    """Figures of both seams; `pieces` are quantised."""
    sides = ("into the gap", "out of it")
    people = {side: Seams() for side in sides}
    halves = {side: (Seams(), Seams()) for side in sides}
    made = {side: Seams() for side in sides}
    for number, piece in enumerate(pieces):
        first = (piece.bars - bars) // 2
        lines = piece.bar_tick(first), piece.bar_tick(first + bars)
        filled = model.fill(piece, f"{first + 1}-{first + bars}", seed=number)
        for side, tick in zip(sides, lines, strict=True):
            people[side].add(piece, tick)
            halves[side][number % 2].add(piece, tick)
            made[side].add(filled, tick)
    return {
        side: {
            "seams": sum(people[side].intervals.values()),
            "intervals apart": apart(people[side].intervals, made[side].intervals),
            "of people's halves": apart(*(half.intervals for half in halves[side])),
            "rhythm apart": apart(people[side].gaps, made[side].gaps),
            "rhythm of people's halves": apart(*(half.gaps for half in halves[side])),
            "leaps beyond a fifth": made[side].large,
            "people's leaps": people[side].large,
        }
        for side in sides
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table, and keeps it where it is asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.joins", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("valid", "test"), default="test")
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--bars", type=int, default=2)
    parser.add_argument("--record", type=Path, help="file of figures to add these to")
    args = parser.parse_args(arguments)
    logging.getLogger("linnet").setLevel(logging.ERROR)
    model = linnet.load(args.model)
    scores = [
        codec.decode(piece.tokens) for piece in Corpus.open(args.corpus).pieces(args.split) if piece.notes
    ]
    long = [score for score in scores if score.bars >= max(FEWEST, args.bars + 2) and not score.upbeat]
    found = measure(model, long[: args.pieces], args.bars)
    names = list(next(iter(found.values())))
    print(f"{model.info.name}: gaps of {args.bars} bars in {min(len(long), args.pieces)} held-out pieces")
    print(f"{'':28}" + "".join(f"{side:>16}" for side in found))
    for name in names:
        print(f"{name:28}" + "".join(f"{found[side][name]:>16.3g}" for side in found))
    if args.record:
        record = read_json(args.record) if args.record.exists() else {}
        record.setdefault(model.info.name, {})["joins"] = {"gaps of bars": args.bars, **found}
        write_json(args.record, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
