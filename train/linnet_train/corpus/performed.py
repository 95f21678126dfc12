"""How people stray from what they play: statistics of performed music, for `linnet.shape.humanise`.

    python -m linnet_train.corpus.performed FOLDER --source TEXT -o runtime/linnet/shape/_performed.py

FOLDER holds MIDI files of people who played to a click, in files that know its tempo and meter. A stroke is
compared with the other strokes of its drum (or key) at its place in the bar, in the same performance: what
they have in common is the music, its swing and its accents; what is left is the player. A stroke is taken to
have been meant for its nearest sixteenth; rolls, flams and what is not played in most bars stay out.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet import LinnetError
from linnet.music.score import Score
from linnet.tools.files import write_whole

FEWEST_BARS = 8
"""Shorter performances are fills, or hold too few strokes of a kind."""

REGULAR = 0.5
"""Share of the bars that hold a stroke of its kind, so that one can say what is usual."""

BEAT = 4
"""In sixteenths."""

LEVELS = 33
OUTLIERS = 0.01
"""At each end; beyond them are fills, and triplets between the sixteenths."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Strays:
    """How far strokes are from what is usual for their kind."""

    place: NDArray[np.int64]
    """The sixteenth each was meant for, counted from the start of all performances one after the other."""

    pitch: NDArray[np.int64]
    value: Floats


@dataclass(frozen=True)
class Summary:
    """What `humanise` draws from."""

    quantiles: Floats
    spread: float
    """Standard deviation."""

    together: float
    """Correlation of two strokes meant for the same moment."""

    carried: float
    """How much of what the strokes of one moment share those of the next share too, if it comes within a
    beat: of different drums, for one drum has habits of its own.
    """

    count: int


def strays(scores: Sequence[Score]) -> tuple[Strays, Strays]:
    """In milliseconds, and in steps of velocity."""
    places, pitches, times, velocities, start = [], [], [], [], 0
    for score in scores:
        notes = score.notes
        sixteenth = score.ticks_per_beat / 4
        meant = np.floor(notes.onset / sixteenth + 0.5).astype(np.int64)
        late = 1000 * (score.seconds(notes.onset) - score.seconds(np.int64(meant * sixteenth)))
        bars = score.bar_ticks()
        bar = np.searchsorted(bars, (meant * sixteenth).astype(np.int64), "right") - 1
        in_bar = meant - np.floor(bars[bar] / sixteenth + 0.5).astype(np.int64)
        kind = in_bar * 128 + notes.pitch
        _, first, strokes = np.unique(meant * 128 + notes.pitch, return_index=True, return_counts=True)
        alone = first[strokes == 1]
        late, known = _unusual(late[alone], kind[alone], REGULAR * score.bars)
        louder, _ = _unusual(notes.velocity[alone].astype(np.float64), kind[alone], REGULAR * score.bars)
        places.append(start + meant[alone][known])
        pitches.append(notes.pitch[alone][known].astype(np.int64))
        times.append(late[known])
        velocities.append(louder[known])
        start += int(meant.max(initial=0)) + 100  # performances are no neighbours
    place, pitch = np.concatenate(places), np.concatenate(pitches)
    return Strays(place, pitch, np.concatenate(times)), Strays(place, pitch, np.concatenate(velocities))


def _unusual(values: Floats, kind: NDArray[np.int64], fewest: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Values less the mean of their kind, widened because the mean was taken from them; which are of a
    kind with so many.
    """
    _, group, count = np.unique(kind, return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=values) / count
    known = count >= fewest
    widen = np.sqrt(count / np.maximum(count - 1, 1))
    return (values - mean[group]) * widen[group], known[group]


def summarise(found: Strays, *, beat: int = BEAT) -> Summary:
    """Quantiles and correlations; outliers count as no more than the farthest of the others.

    `beat`: in the unit of the places, which are sixteenths unless it says otherwise.
    """
    value = np.clip(found.value, *np.quantile(found.value, [OUTLIERS, 1 - OUTLIERS]))
    value = value - value.mean()
    quantiles = np.quantile(value, np.linspace(0, 1, LEVELS))
    order = np.lexsort((found.pitch, found.place))
    place, pitch, value = found.place[order], found.pitch[order], value[order]
    points, first, count = np.unique(place, return_index=True, return_counts=True)
    total = np.add.reduceat(value, first)
    squares = np.add.reduceat(value * value, first)
    # The square of a sum holds every pair twice, and the squares.
    together = (total * total - squares).sum() / (count * (count - 1)).sum()
    close = np.diff(points) <= beat
    product, pairs = (total[:-1] * total[1:])[close].sum(), (count[:-1] * count[1:])[close].sum()
    moment = np.repeat(np.cumsum(np.append(0, np.where(close, 1, 2))), count)
    again, here, there = np.intersect1d(moment * 128 + pitch, (moment - 1) * 128 + pitch, return_indices=True)
    after = (product - (value[here] * value[there]).sum()) / (pairs - len(again))
    shares = (float(value.std()), float(together / value.var()), float(after / together))
    return Summary(quantiles - quantiles.mean(), *shares, len(value))


def module(times: Summary, velocities: Summary, source: str) -> str:
    """The Python module that linnet ships."""
    return "\n".join(
        [
            '"""How people stray from what they play; written by `python -m linnet_train.corpus.performed`.',
            "",
            f"Measured on {source}.",
            '"""',
            "",
            *_constants("LATE_MS", times, "Milliseconds that a stroke comes late, evenly spaced quantiles."),
            "",
            *_constants("LOUDER", velocities, "Steps of velocity that it is louder, likewise."),
            "",
        ]
    )


def _constants(name: str, summary: Summary, remark: str) -> Iterator[str]:
    yield f"{name} = ("
    values = [f"{value:.1f}" for value in summary.quantiles]
    for i in range(0, len(values), 11):
        yield f"    {', '.join(values[i : i + 11])},"
    yield ")  # fmt: skip"
    yield f'"""{remark} From {summary.count:,} strokes."""'
    yield ""
    yield f"{name}_TOGETHER = {summary.together:.3f}"
    yield '"""Correlation of strokes meant for one moment."""'
    yield ""
    yield f"{name}_CARRIED = {summary.carried:.3f}"
    yield '"""How much of what strokes of one moment share those of the next share too."""'


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_train.corpus.performed",
        description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--source", required=True, metavar="TEXT", help="whose music it is, and its licence")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    args = parser.parse_args(arguments)
    scores = []
    files = sorted(args.folder.rglob("*.mid"))
    for path in files:
        try:
            score = Score.open(path)
        except LinnetError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        if score.bars >= FEWEST_BARS and len(score.tempos) == 1:
            scores.append(score)
    if not scores:
        print(f"{args.folder}: no performance of {FEWEST_BARS} bars in one tempo", file=sys.stderr)
        return 1
    times, velocities = (summarise(found) for found in strays(scores))
    write_whole(args.output, module(times, velocities, args.source).encode())
    print(f"{len(scores)} of {len(files)} files are performances of {FEWEST_BARS} bars or more in one tempo")
    for name, summary in (("late, ms", times), ("louder", velocities)):
        correlations = f"together {summary.together:.3f}  carried {summary.carried:.3f}"
        print(f"{name:9} spread {summary.spread:5.1f}  {correlations}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
