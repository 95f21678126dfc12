"""How far the chords that are asked for are heard, beside people's pieces and the chords found in them.

    python -m benchmarks.music.chords_kept MODEL [--seeds 20] [--bars 16] [--people FOLDER ...] [--json FILE]

Pieces of seeds 1, 2, .. for each of LINES, at the model's own settings. Of the notes struck on strong beats
(bar lines, and the middles of bars that have one) those that belong to the chord there; and of the bar lines
those at which the lowest pitch that sounds, of two or more, is the root of the chord. By the chords that were
asked for; by the same a tritone aside, which is chance; and, where somebody has to find them, by those of
`Score.chords`, of these pieces and of people's. What was found in notes fits them better than what was asked.
Intervals are 95 %, drawing pieces.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

import linnet
from linnet.errors import MidiError
from linnet.music.beats import BAR, WEAK, beat_grid
from linnet.music.chord import NO_CHORD, Chord
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.figures import opening
from linnet_train.storage import write_json

LINES = ("C Am F G", "Am Dm E7 Am", "D A Bm G", "Gm Eb Bb F", "C F | G | Am Dm | G7")

TRITONE = 6
MOST_PEOPLE = 200

FIGURES = ("strong-beat notes of the chord", "root in the lowest part at the bar line")

Figures = tuple[float, float]
"""One for each of FIGURES; NaN where a piece has no such place."""


def asked(score: Score) -> Callable[[int], Chord | None]:
    """The chord at a tick, as the markers of a piece name it."""
    ticks = [marker.tick for marker in score.markers]
    chords = [None if m.text in NO_CHORD else Chord.parse(m.text) for m in score.markers]

    def at(tick: int) -> Chord | None:
        place = int(np.searchsorted(ticks, tick, "right")) - 1
        return chords[place] if place >= 0 else None

    return at


def aside(score: Score) -> Callable[[int], Chord | None]:
    """The same, a tritone from there."""
    at = asked(score)

    def moved(tick: int) -> Chord | None:
        chord = at(tick)
        return chord and chord.transposed(TRITONE)

    return moved


def found(score: Score) -> Callable[[int], Chord | None]:
    """The chord at a tick, as `Score.chords` finds it."""
    beats = score.chords()
    ticks = [beat.tick for beat in beats]
    return lambda tick: beats[max(int(np.searchsorted(ticks, tick, "right")) - 1, 0)].chord


def kept(score: Score, chord_at: Callable[[int], Chord | None]) -> Figures:
    """Shares of one piece."""
    notes, grid = score.pitched_notes, beat_grid(score)
    inside, roots = [], []
    for tick, strength in zip(grid.tick.tolist(), grid.strength.tolist(), strict=True):
        chord = chord_at(tick)
        if chord is None or strength == WEAK:
            continue
        struck = notes.pitch[notes.onset == tick] % 12
        inside += [int(each) in chord.pitch_classes for each in struck]
        sounding = notes.pitch[(notes.onset <= tick) & (notes.end > tick)]
        if strength == BAR and len(sounding) > 1:
            roots.append(int(sounding.min()) % 12 == chord.root)
    return tuple(float(np.mean(each)) if each else float("nan") for each in (inside, roots))  # type: ignore[return-value]  # two


def pieces(model: linnet.Model, seeds: int, bars: int) -> Iterator[Score]:
    """Of each line."""
    for line in LINES:
        for seed in range(1, seeds + 1):
            yield model.generate(chords=line, seed=seed, bars=bars, time_signature="4/4")


def people(folders: Sequence[Path], bars: int) -> Iterator[Score]:
    """The first bars of people's files; those that cannot be read are left out."""
    for folder in folders:
        for path in sorted(folder.rglob("*.mid")):
            try:
                score = opening(codec.quantise(Score.open(path)), bars)
            except (MidiError, ValueError):
                continue
            if len(score.pitched_notes):
                yield score


def column(rows: Sequence[Figures]) -> list[tuple[float, float, float]]:
    """Mean and 95 % interval of each figure, of the pieces that have it."""
    values = [np.array([row[i] for row in rows if row[i] == row[i]]) for i in range(len(FIGURES))]
    measured = [interval_of(np.mean, each) if len(each) else None for each in values]
    nothing = (float("nan"),) * 3
    return [nothing if each is None else (each.value, each.low, each.high) for each in measured]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.chords_kept", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="name or file, of a model that has learnt to follow chords")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="pieces a line (%(default)s)")
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="of each piece (%(default)s)")
    parser.add_argument("--people", type=Path, nargs="+", default=[], metavar="FOLDER", help="MIDI files")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    args = parser.parse_args(arguments)
    try:
        made = list(pieces(linnet.load(args.model), args.seeds, args.bars))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    columns = {
        "asked": column([kept(score, asked(score)) for score in made]),
        "a tritone aside": column([kept(score, aside(score)) for score in made]),
        "found": column([kept(score, found(score)) for score in made]),
    }
    if theirs := list(islice(people(args.people, args.bars), MOST_PEOPLE)):
        columns["people, found"] = column([kept(score, found(score)) for score in theirs])
    print("| share | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for i, figure in enumerate(FIGURES):
        cells = [
            f"{mean:.2f} ({low:.2f} to {high:.2f})" for mean, low, high in (c[i] for c in columns.values())
        ]
        print("| " + " | ".join([figure, *cells]) + " |")
    if args.json:
        write_json(args.json, {name: dict(zip(FIGURES, each, strict=True)) for name, each in columns.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
