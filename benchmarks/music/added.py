"""Which packaged model adds which part best?

    python -m benchmarks.music.added folk.corpus [--pieces 16] [--bars 8] [--parts melody,bass] [--json FILE]

To the tunes of held-out pieces (the highest line of each, in its first bars) parts are added, and a melody to
a triad a bar, of the chords found in the piece; unselected, by every packaged model that can. For each part
and model: notes a bar, the share of the bars in which it plays, the share of its notes on strong beats that
belong to the chord found in the piece, of those struck with the tune how many are consonant, and, of a
melody, how far its intervals and its rhythm are from those of the tunes (total variation, 0 for the same);
`halves` is what chance makes of two halves of the tunes. `octave` is the share of the intervals that leap
by more than an octave.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import linnet
from benchmarks.music.going_on import top_line
from benchmarks.music.joins import apart
from benchmarks.wanted.around import CONSONANT
from benchmarks.wanted.music import agreement, chord_found
from linnet.controls.parts import KINDS
from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus
from linnet_train.storage import write_json

PARTS = (*KINDS, "drums")


def tune_of(piece: Score) -> Score:
    """The highest line of a piece, each note up to the next one."""
    onset, pitch = top_line(piece)
    ends = [*onset[1:].tolist(), piece.end]
    notes = Notes.of(
        Note(int(at), int(end - at), int(high), 84) for at, end, high in zip(onset, ends, pitch, strict=True)
    )
    return replace(piece, tracks=(Track(notes, 0),))


def triads_of(piece: Score) -> Score:
    """A triad a bar: the chord found where the bar begins, or the one before it."""
    chord_at, found = chord_found(piece), list[Note]()
    lines, classes = [*piece.bar_ticks().tolist(), piece.end], (0, 4, 7)
    for begin, end in pairwise(lines):
        chord = chord_at(begin)
        classes = classes if chord is None else chord.triad.pitch_classes
        root = 48 + classes[0] if classes[0] > 4 else 60 + classes[0]
        found += [Note(begin, end - begin, root + (each - classes[0]) % 12, 70) for each in classes]
    return replace(piece, tracks=(Track(Notes.of(found), 0),))


def steps_and_gaps(part: Score) -> tuple[Counter[int], Counter[int]]:
    """Intervals of the highest line, of an octave at most, and sixteenths from onset to onset."""
    onset, pitch = top_line(part)
    steps = Counter(max(-13, min(13, step)) for step in np.diff(pitch).tolist())
    return steps, Counter(min(round(gap / 6), 16) for gap in np.diff(onset).tolist())


def measure(model: linnet.Model, part: str, pieces: Sequence[Score]) -> dict[str, float] | None:
    """Figures of one part by one model; None where it cannot play it."""
    notes = played = bars = together = consonant = 0
    fits: list[float] = []
    mine, people = (Counter[int](), Counter[int]()), (Counter[int](), Counter[int]())
    for seed, piece in enumerate(pieces):
        given = triads_of(piece) if part == "melody" else tune_of(piece)
        try:
            made = model.add(given, part, seed=seed)
        except ValueError:
            return None
        new = replace(made, tracks=made.tracks[1:])
        onset, pitch = top_line(new)
        struck = np.array(sorted({note.onset for note in new.notes}), int)
        lines = [*piece.bar_ticks().tolist(), piece.end]
        notes, bars = notes + len(new.notes), bars + len(lines) - 1
        played += sum(bool(((struck >= a) & (struck < b)).any()) for a, b in pairwise(lines))
        if part == "drums":
            continue
        fits.append(agreement(made, list(new.tracks), chord_found(piece)))
        above = dict(zip(*(each.tolist() for each in top_line(given)), strict=True))
        both = [
            (low, above[at]) for at, low in zip(onset.tolist(), pitch.tolist(), strict=True) if at in above
        ]
        together += len(both)
        consonant += sum(abs(a - b) % 12 in CONSONANT for a, b in both)
        for counts, score in ((mine, new), (people, tune_of(piece))):
            for counter, more in zip(counts, steps_and_gaps(score), strict=True):
                counter.update(more)
    found = {"notes a bar": notes / bars, "bars": played / bars}
    if part == "drums":
        return found
    found |= {"in the chord": float(np.nanmean(fits)), "consonant": consonant / max(together, 1)}
    if part == "melody":
        found |= {"intervals apart": apart(mine[0], people[0]), "rhythm apart": apart(mine[1], people[1])}
    total = max(sum(mine[0].values()), 1)
    return found | {"octave": sum(n for step, n in mine[0].items() if abs(step) > 12) / total}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table for each part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.added", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pieces", type=int, default=16)
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    logging.getLogger("linnet").setLevel(logging.ERROR)
    scores = [codec.decode(piece.tokens) for piece in Corpus.open(args.corpus).pieces("test") if piece.notes]
    long = [score.slice_bars(0, args.bars) for score in scores if score.bars > args.bars and not score.upbeat]
    pieces = long[: args.pieces]
    tunes = [steps_and_gaps(tune_of(piece)) for piece in pieces]
    halves = [sum((counts for counts, _ in tunes[i::2]), Counter[int]()) for i in (0, 1)]
    rhythms = [sum((counts for _, counts in tunes[i::2]), Counter[int]()) for i in (0, 1)]
    print(f"halves of the tunes: intervals {apart(*halves):.3f}, rhythm {apart(*rhythms):.3f} apart\n")
    figures: dict[str, Any] = {}
    for part in args.parts.split(","):
        found = {name: measure(linnet.load(name), part, pieces) for name in linnet.models()}
        figures[part] = {name: each for name, each in found.items() if each is not None}
        columns = list(next(iter(figures[part].values())))
        print(f"{part:10}" + "".join(f"{column:>17}" for column in columns))
        for name, each in figures[part].items():
            print(f"{name:10}" + "".join(f"{each[column]:17.2f}" for column in columns))
        print()
    if args.json is not None:
        write_json(args.json, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
