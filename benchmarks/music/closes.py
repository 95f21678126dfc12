"""Where pieces strike their last notes, and how long they hold them.

    python -m benchmarks.music.closes [MODEL] [--seeds 100] [--bars 16] [--people FOLDER ...]

Shares of pieces whose last pitched onset falls on the last beat of its bar (or within it), on the bar line,
on a strong beat (the bar line, or the middle of a bar whose beats go in twos), and on any beat; and how long
the longest note of that onset sounds, in quarters and as a share of the bar. People's pieces are whole files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import linnet
from linnet.errors import MidiError
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import TIME_SIGNATURES, time_signature_index
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.figures import FEWEST_NOTES

FIGURES = (
    "on the last beat",
    "on the bar line",
    "on a strong beat",
    "on a beat",
    "quarters held",
    "of the bar",
)


def close(score: Score) -> tuple[float, ...]:
    """The FIGURES of one piece; NaN for all where it has too few notes."""
    score = codec.quantise(score)
    notes = score.pitched_notes
    if len(notes) < FEWEST_NOTES:
        return (np.nan,) * len(FIGURES)
    last, starts = int(notes.onset.max()), score.bar_ticks()
    line = int(starts[np.searchsorted(starts, last, "right") - 1])
    signature = [each for each in score.time_signatures if each.tick <= line][-1]
    name = f"{signature.numerator}/{signature.denominator}"
    bar = TIME_SIGNATURES[time_signature_index(name)][2]
    threes = signature.denominator == 8 and signature.numerator % 3 == 0
    beat = TICKS_PER_BEAT["grid"] * 3 // 2 if threes else TICKS_PER_BEAT["grid"]
    place, held = last - line, int(notes.end[notes.onset == last].max()) - last
    middle = bar // 2 if bar % (2 * beat) == 0 else 0
    return (
        place >= bar - beat,
        place == 0,
        place in (0, middle),
        place % beat == 0,
        held / TICKS_PER_BEAT["grid"],
        held / bar,
    )


def people(folder: Path) -> Iterator[Score]:
    """Files that can be read."""
    for path in sorted(folder.rglob("*.mid")):
        try:
            yield codec.quantise(Score.open(path))
        except (MidiError, ValueError):
            continue


def row(name: str, scores: Sequence[Score]) -> str:
    """Of a table in Markdown."""
    values = np.array([close(score) for score in scores], np.float64)
    cells = [interval_of(np.mean, column) for column in values.T]
    return (
        " | ".join(
            [f"| {name}", *(f"{each.value:.2f} ({each.low:.2f} to {each.high:.2f})" for each in cells)]
        )
        + " |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.closes", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default="piano", help="name or file (%(default)s)")
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="pieces (%(default)s)")
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="of each piece (%(default)s)")
    parser.add_argument(
        "--people", type=Path, nargs="+", default=[], metavar="FOLDER", help="people's MIDI files"
    )
    args = parser.parse_args(arguments)
    print("| last notes | " + " | ".join(FIGURES) + " |")
    print("|---" * (len(FIGURES) + 1) + "|")
    model = linnet.load(args.model)
    print(row(model.info.name, model.generate(count=args.seeds, seed=1, bars=args.bars)))
    for folder in args.people:
        print(row(folder.name, list(people(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
