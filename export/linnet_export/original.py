"""The filter of a model's training music, by which it never writes what stands there (csrc/original.h)."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.controls.originality import Originality
from linnet.core import KnownRuns, add_runs, runs_of
from linnet.errors import LinnetError, in_one_line
from linnet.tools.text import visible
from linnet_export.defaults import rewrite
from linnet_train.corpus.corpus import Corpus, CorpusPiece

Hashes = NDArray[np.uint64]

PAIRS = (7, 9, 11, 13, 15, 19, 23, 27, 31)
"""Pairs of a run, to choose from: the fewest of which people's held-out pieces are rarely touched."""

TOUCHED = 0.02
"""Share of the notes of held-out pieces that may complete a run of the training music."""

HELD_OUT = 400
"""Held-out pieces on which that is measured, at most."""

WINDOWS = (1, 2, 4, 8, 16)
"""Runs in a row of which one is kept, to choose from: the fewest with which the filter is small enough."""

LOG2, BITS, PLACES = 20, 8, 5
"""The largest filter has 2**20 bits, which are 131 kB; bits for each run, if they fit; places of each."""

_STRANGE = np.uint64(0x5DEECE66D5DEECE6)
"""What turns hashes into those of runs that nobody wrote."""


def measure(music: Corpus) -> Originality | None:
    """The filter of the training pieces; None for music in human timing, where no run comes back."""
    if music.time_base != "grid":
        return None
    train, held_out = list(music.pieces("train")), _some(music)
    for pairs in PAIRS:
        own = np.unique(np.concatenate([*_all_runs(train, pairs), np.zeros(0, np.uint64)]))
        heard = np.concatenate([*_all_runs(held_out, pairs), np.zeros(0, np.uint64)])
        notes = sum(piece.notes for piece in held_out)
        touched = float(np.isin(heard, own).sum()) / max(notes, 1)
        if touched <= TOUCHED:
            break
    window, kept = WINDOWS[-1], own
    for window in WINDOWS:
        kept = np.unique(np.concatenate([*_kept(train, pairs, window), np.zeros(0, np.uint64)]))
        if len(kept) * BITS <= 1 << LOG2:
            break
    log2 = min(max(int(np.ceil(np.log2(max(len(kept), 1) * BITS))), 10), LOG2)
    bits = np.zeros(1 << (log2 - 3), np.uint8)
    add_runs(bits, kept, log2=log2, places=PLACES)
    runs = KnownRuns(bits.tobytes(), log2=log2, hashes=PLACES, pairs=pairs)
    strange = heard[~np.isin(heard, own)] ^ _STRANGE
    alarms = runs.count(strange) / max(len(strange), 1)
    measured = {"held_out": round(touched, 5), "false_alarms": round(alarms, 5), "runs": len(kept)}
    return Originality(runs, pairs, window, log2, PLACES, measured)


def _some(music: Corpus) -> list[CorpusPiece]:
    """Held-out pieces, evenly from all of them; of the test split where there is no other."""
    pieces = music.pieces("valid") or music.pieces("test")
    step = max(len(pieces) // HELD_OUT, 1)
    return list(pieces[::step])[:HELD_OUT] if len(pieces) else []


def _runs(piece: CorpusPiece, pairs: int) -> Iterator[Hashes]:
    """The runs of each line of a piece, in order."""
    tokens = np.ascontiguousarray(piece.tokens, np.uint16)
    hashes, slots = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.uint8)
    count = runs_of(tokens, pairs=pairs, hashes=hashes, slots=slots)
    for slot in np.unique(slots[:count]):
        yield hashes[:count][slots[:count] == slot]


def _all_runs(pieces: Iterable[CorpusPiece], pairs: int) -> Iterator[Hashes]:
    for piece in pieces:
        for line in _runs(piece, pairs):
            yield line[line > 0]


def _kept(pieces: Iterable[CorpusPiece], pairs: int, window: int) -> Iterator[Hashes]:
    """Of so many runs in a row the one with the least hash: it is the same one wherever they stand
    (winnowing: Schleimer, Wilkerson and Aiken 2003).
    """
    for piece in pieces:
        for line in _runs(piece, pairs):
            low = np.where(line > 0, line, np.uint64(2**64 - 1))
            ends = max(len(low) - window + 1, 1)
            least = np.minimum.reduce([low[i : i + ends] for i in range(min(window, len(low)))])
            found = np.unique(least)
            yield found[found < 2**64 - 1]


def told(found: Originality) -> str:
    """What there is to say of a filter."""
    measured = found.measured
    return (
        f"no run of more than {found.notes} notes is written that stands in the training music: "
        f"{measured['runs']:.0f} runs of {found.pairs + 1} notes, one of {found.window} in a row, "
        f"{len(found.runs.bits) / 1e3:.0f} kB; false alarms {measured['false_alarms']:.2%}; "
        f"notes of people's held-out pieces in such a run {measured['held_out']:.2%}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m linnet_export.original MODEL CORPUS`."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_export.original",
        description="Gives a model file the filter of its training music, and prints what it holds and how "
        "often it is wrong.",
    )
    parser.add_argument("model", type=Path, help="model file, .onnx; it is rewritten")
    parser.add_argument("corpus", type=Path, help="that it was trained on, from linnet-train prepare")
    args = parser.parse_args(arguments)
    try:
        found = measure(Corpus.open(args.corpus))
        if found is None:
            raise LinnetError(f"{args.corpus}: music in human timing has no runs that come back")
        rewrite(args.model, {"linnet.original": found.entry()})
    except (LinnetError, OSError) as error:
        print(f"linnet_export.original: {visible(in_one_line(error))}", file=sys.stderr)
        return 1
    print(f"{args.model}: {told(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
