"""Do the comparisons of the report card notice when people's music is spoilt?

    python -m benchmarks.music.spoilt CORPUS [--bars 32]

Held-out pieces of a corpus beside others of it: as they are, with one note in twenty a semitone off, with the
pitches permuted, and with the first four bars looped to the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Notes, Score, Track
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import compare
from linnet_train.evaluation.reference import Reference, table
from linnet_train.evaluation.words import words
from linnet_train.report.card import COMPARISONS


def unspoilt(score: Score) -> Score:
    """As people made it."""
    return score


def one_in_twenty_wrong(score: Score) -> Score:
    """A semitone off."""
    draw, notes = np.random.default_rng(len(score.notes)), score.notes
    wrong = (draw.random(len(notes)) < 0.05) * draw.choice([-1, 1], len(notes))
    return _with_pitches(score, notes.pitch + wrong)


def permuted(score: Score) -> Score:
    """All rhythms as they were."""
    return _with_pitches(score, np.random.default_rng(1).permutation(score.notes.pitch))


def looped(score: Score) -> Score:
    """The first four bars until the end."""
    length, notes = score.bar_tick(4), score.notes
    notes = notes.select(notes.onset < length)
    times = range(score.end // length)
    onset = np.concatenate([notes.onset + i * length for i in times])
    same = (np.tile(values, len(times)) for values in (notes.duration, notes.pitch, notes.velocity))
    return replace(score, tracks=(Track(Notes(onset, *same)),))


def _with_pitches(score: Score, pitch: NDArray[np.integer]) -> Score:
    notes = score.notes
    return replace(score, tracks=(Track(Notes(notes.onset, notes.duration, pitch, notes.velocity)),))


SPOILT: tuple[Callable[[Score], Score], ...] = (unspoilt, one_in_twenty_wrong, permuted, looped)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.spoilt", description=__doc__.splitlines()[0]
    )
    parser.add_argument("corpus", type=Path, help="folder made by linnet-train prepare")
    parser.add_argument("--bars", type=int, default=32, help="bars of each piece (32)")
    args = parser.parse_args(arguments)
    reference = Reference(Corpus.open(args.corpus), args.bars, 100)
    everybody = reference.everybody
    known, others = everybody[::2], everybody[1::2]
    people = table(known)
    print(f"{len(others)} pieces of {args.bars} bars beside {len(known)} others\n")
    print(" " * 20 + "".join(f"{words(name):>18}" for name in COMPARISONS))
    for spoil in SPOILT:
        spoilt = table([reference.measure(sample.name, spoil(sample.score)) for sample in others])
        row = "".join(f"{comparison(spoilt, people):18.3f}" for comparison in COMPARISONS.values())
        print(f"{spoil.__name__.replace('_', ' '):20}{row}")
    size = len(others)
    floor = [compare.among(table(everybody), size, comparison) for comparison in COMPARISONS.values()]
    print(f"{'random draws':20}" + "".join(f"{each.value:18.3f}" for each in floor))


if __name__ == "__main__":
    main()
