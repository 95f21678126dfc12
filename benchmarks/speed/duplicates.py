"""Near-duplicates by sketches, beside comparing all: how many are found, and how the cost grows.

    python -m benchmarks.speed.duplicates CORPUS.. [--pieces 1000 10000 100000]

The first table says what share of the pairs that `duplicates` finds the sketches find too, in each corpus,
and how many of these pairs end in one group. The second one makes larger sets of the same pieces: each copy
of the music has its runs turned into others (by a number that is added to all), so that copies have nothing
to do with each other and each is as related within itself as the music is. Seconds are those of one core.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.table import markdown
from linnet_train.corpus import duplicates, shards, sketches
from linnet_train.corpus.duplicates import Hashes
from linnet_train.workers import Workers


def fingerprints(corpus: Path) -> list[Hashes]:
    """The runs of each piece of a corpus, copies included."""
    found = []
    for number in range(len(list((corpus / "shards").glob("*.records")))):
        runs, first = shards.array(corpus, number, "runs"), 0
        for record in shards.records(corpus, number):
            if not record.reason:
                found.append(np.asarray(runs[first : first + record.runs]))
            first += record.runs
    return found


def repeated(pieces: Sequence[Hashes], count: int) -> list[Hashes]:
    """So many pieces, copies unrelated to each other."""
    rng = np.random.default_rng(1)
    found: list[Hashes] = []
    while len(found) < count:
        shift = rng.integers(0, 2**32, dtype=np.uint32) if found else np.uint32(0)
        found += [np.sort(runs + shift) for runs in pieces[: count - len(found)]]
    return found


def recall(corpus: Path) -> list[str]:
    """A row of the first table."""
    pieces = fingerprints(corpus)
    exact = duplicates.near_pairs(pieces).tolist()
    found = sketches.near_pairs(pieces, Workers(1))
    groups = duplicates.groups(len(pieces), found)
    hit = len({(a, b) for a, b in exact} & {(a, b) for a, b in found.tolist()})
    together = sum(bool(groups[a] == groups[b]) for a, b in exact)
    shares = (f"{part / max(1, len(exact)):.3f}" for part in (hit, together))
    return [corpus.stem, f"{len(pieces):,}", f"{len(exact):,}", *shares]


def cost(pieces: Sequence[Hashes], count: int) -> list[str]:
    """A row of the second table."""
    many = repeated(pieces, count)
    seconds = []
    for find in (lambda: duplicates.near_pairs(many), lambda: sketches.near_pairs(many, _Here())):
        begun = time.process_time()
        find()
        seconds.append(time.process_time() - begun)
    return [f"{count:,}", f"{sum(map(len, many)):,}", *(f"{each:.1f}" for each in seconds)]


class _Here(Workers):
    """Does the work in this process, so that its time is counted."""

    def __init__(self) -> None:
        super().__init__(1)

    def run(self, work, tasks, *, together=1):  # type: ignore[no-untyped-def]  # as that of Workers
        for task in tasks:
            yield task, work(task)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.duplicates", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    parser.add_argument("--pieces", type=int, nargs="*", default=(1000, 10_000, 100_000), metavar="N")
    args = parser.parse_args()
    head = ["corpus", "pieces", "near pairs", "found by sketches", "of them in one group"]
    print("\n".join(markdown([head, *map(recall, args.corpora)])))
    music = [runs for corpus in args.corpora for runs in fingerprints(corpus)]
    rows = [cost(music, count) for count in args.pieces]
    print()
    print("\n".join(markdown([["pieces", "runs", "comparing all, s", "by sketches, s"], *rows])))


if __name__ == "__main__":
    main()
