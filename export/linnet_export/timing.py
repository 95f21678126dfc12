"""How late the strokes of a corpus are, for a model to play them so; see `linnet.controls.timing`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.controls.timing import FARTHEST, GROUPS, PLACES, Timing, group_of
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import FAMILIES
from linnet_export.defaults import rewrite
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.corpus.performed import Strays, summarise

BEAT = TICKS_PER_BEAT["grid"]

FEWEST = 4
"""Strokes of a cell (a group at a place) in one performance that say how far they spread."""

FEW = 30.0
"""Strokes that a cell's wider cell counts as: what is rare is timed as what is near it."""

OUTLIER = 40.0
"""Milliseconds that one stroke is from others of its cell at most; beyond them it was meant elsewhere."""

_DRUMS = FAMILIES["drum"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Strokes:
    """Those of a piece."""

    tick: Ints
    pitch: Ints
    cell: Ints
    """group * PLACES + place"""

    late: Floats
    """Milliseconds."""


def measure(corpus: Corpus) -> Timing | None:
    """Of the training pieces of a corpus that was performed; None where nothing was."""
    pieces = [_strokes(piece) for piece in corpus.pieces("train") if len(piece.late)]
    pieces = [piece for piece in pieces if len(piece.late)]
    if not pieces:
        return None
    cell, late = (np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("cell", "late"))
    mean = _smoothed(cell, late)
    left = [_left_over(piece) for piece in pieces]
    known = np.concatenate([each[0] for each in left])
    stray = np.clip(np.concatenate([each[1] for each in left]), -OUTLIER, OUTLIER)
    within = np.concatenate([piece.cell for piece in pieces])[known]
    spread = np.sqrt(_smoothed(within, stray[known] ** 2))
    start, moments = 0, []
    for piece in pieces:
        moments.append(start + piece.tick)
        start += int(piece.tick.max()) + 100 * BEAT  # performances are no neighbours
    pitch = np.concatenate([piece.pitch for piece in pieces])[known]
    even = stray[known] / np.maximum(spread.ravel()[within], 1e-3)
    summary = summarise(Strays(np.concatenate(moments)[known], pitch, even), beat=BEAT)
    return Timing(
        tuple(tuple(row) for row in np.round(mean, 1).tolist()),
        tuple(tuple(row) for row in np.round(spread, 1).tolist()),
        together=float(np.clip(round(summary.together, 3), 0, 1)),
        carried=float(np.clip(round(summary.carried, 3), -1, 1)),
    )


def _strokes(piece: CorpusPiece) -> _Strokes:
    reader, rows = Reader("grid"), []
    for i, (token, tenths) in enumerate(zip(piece.tokens.tolist(), piece.late.tolist(), strict=True)):
        reader.read(token, i)
        if token in _DRUMS.ids:
            pitch = _DRUMS.value_of(token)
            place = (reader.now - reader.bar_start) % PLACES
            rows.append((reader.now, pitch, group_of(pitch) * PLACES + place, tenths / 10))
    table: Floats = np.array(rows, np.float64).reshape(-1, 4)
    return _Strokes(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2].astype(np.int64),
        np.clip(table[:, 3], -FARTHEST, FARTHEST),
    )


def _smoothed(cell: Ints, values: Floats) -> Floats:
    """Means of all cells. What has few strokes leans on its group at that place of any beat, that on all
    drums there, and that on all there is. (groups, places)
    """
    shape = (len(GROUPS), PLACES // BEAT, BEAT)
    count = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
    total = np.bincount(cell, weights=values, minlength=int(np.prod(shape))).reshape(shape)
    mean: Floats = np.full((1, 1, 1), total.sum() / count.sum())
    wider: tuple[tuple[int, ...], ...] = ((0, 1), (1,), ())
    for axes in wider:
        n, s = count.sum(axis=axes, keepdims=True), total.sum(axis=axes, keepdims=True)
        mean = (s + FEW * mean) / (n + FEW)
    found: Floats = mean.reshape(len(GROUPS), PLACES)
    return found


def _left_over(piece: _Strokes) -> tuple[NDArray[np.bool_], Floats]:
    """Which strokes are of a cell with enough of them, and what each has beside the mean of its cell in this
    performance, widened because the mean was taken from them. (strokes,), (strokes,)
    """
    _, group, count = np.unique(piece.cell, return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=piece.late) / count
    widen = np.sqrt(count / np.maximum(count - 1, 1))
    return count[group] >= FEWEST, (piece.late - mean[group]) * widen[group]


def summary(people: Timing) -> Iterator[str]:
    """Lines about a timing: each group on the beats and between them."""
    yield f"together {people.together:.3f}  carried {people.carried:.3f}"
    for name, late, spread in zip(GROUPS, people.late, people.spread, strict=True):
        cells = [
            f"{where} {np.mean(late[first::BEAT]):+5.1f} ({np.mean(spread[first::BEAT]):.1f})"
            for where, first in (("beat", 0), ("2nd 16th", 6), ("eighth", 12), ("4th 16th", 18))
        ]
        yield f"{name:7}" + "  ".join(cells)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m linnet_export.timing CORPUS [--model MODEL]`."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_export.timing",
        description="Says how late the drums of a corpus are: milliseconds (and their standard deviation).",
    )
    parser.add_argument("corpus", help="from linnet-train prepare --performed")
    parser.add_argument("--model", type=Path, help="model file, .onnx, that is told; it is rewritten")
    args = parser.parse_args(arguments)
    people = measure(Corpus.open(args.corpus))
    if people is None:
        print(f"{args.corpus}: nobody performed it (linnet-train prepare --performed)", file=sys.stderr)
        return 1
    print("\n".join(summary(people)))
    if args.model is not None:
        rewrite(args.model, {"linnet.timing": people.entry()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
