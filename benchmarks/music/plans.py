"""What people's music says of itself in the rows of a plan, and what it costs to measure it.

    python -m benchmarks.music.plans [FOLDER ...] [--pieces 120]

For each folder of the training music (LINNET_DATA), of pieces spread evenly over it: how many of its phrases
have four full bars, how phrases end, how many of the bars 4, 8, 12 and 16 end a phrase and how many are
closed, and the milliseconds of one core's time that roles, chords and all rows of a piece take. Bars are
aligned first, as `linnet-train prepare` does it.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import DATA, table
from linnet.controls.wishes import measure
from linnet.music.key import home_key
from linnet.music.phrases import CLOSED, OPEN, RUNS_ON, PhraseBar, phrases
from linnet.music.roles import roles
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.align import align
from linnet_train.evaluation.musician.reading import full_bars

FOLDERS = (
    "cre-irish",
    "oneills-1850",
    "ryans-mammoth",
    "open-hymnal",
    "polish-choir",
    "mutopia-piano",
    "freedoom",
)
BARS = (4, 8, 12, 16)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", default=FOLDERS, metavar="FOLDER")
    parser.add_argument("--pieces", type=int, default=120, metavar="N", help="of each folder (default: 120)")
    args = parser.parse_args()
    endings = [f"bar {bar}: ends a phrase, closed" for bar in BARS]
    cells = [("folder", "pieces", "of four bars", "closed, open, run on", *endings)]
    costs = [("folder", "notes", "roles", "chords", "all rows")]
    for folder in args.folders:
        pieces = read(DATA / "train" / folder, args.pieces)
        found = [phrase_bars(score, key) for score, key in pieces]
        lengths, kinds = phrase_lengths(found)
        shares = [f"{kinds[kind] / sum(kinds.values()):.2f}" for kind in (CLOSED, OPEN, RUNS_ON)]
        at = [" ".join(f"{share:.2f}" for share in ending(found, bar)) for bar in BARS]
        four = lengths[4] / sum(lengths.values())
        cells.append((folder, f"{len(pieces)}", f"{four:.2f}", " ".join(shares), *at))
        works: tuple[Callable[[Score], object], ...] = (roles, Score.chords, measure)
        taken = [f"{milliseconds(work, [score for score, _ in pieces]):.1f}" for work in works]
        notes = float(np.mean([len(score.notes) for score, _ in pieces]))
        costs.append((folder, f"{notes:.0f}", *taken))
    print(*table.markdown(cells), sep="\n")
    print("\nMilliseconds a piece\n")
    print(*table.markdown(costs), sep="\n")


def read(folder: Path, most: int) -> list[tuple[Score, int]]:
    """Quantised pieces that have a key, and it."""
    paths = sorted(path for path in folder.rglob("*.mid"))
    found = []
    for path in paths[:: max(1, len(paths) // most)][:most]:
        aligned = align(Score.open(path)).score
        key = home_key(aligned)
        if key is not None:
            found.append((codec.quantise(aligned), key))
    return found


def phrase_bars(score: Score, key: int) -> tuple[PhraseBar, ...]:
    """Of the full bars."""
    return phrases(score, key=key)[score.bars - len(full_bars(score)) :]


def phrase_lengths(pieces: list[tuple[PhraseBar, ...]]) -> tuple[Counter[int], Counter[int]]:
    """How many phrases have so many bars, and end so."""
    lengths, kinds = Counter[int](), Counter[int]()
    for bars in pieces:
        ends = [i for i, bar in enumerate(bars) if bar.left == 0]
        lengths.update(np.diff([-1, *ends]).tolist())
        kinds.update(bars[end].cadence for end in ends)
    return lengths, kinds


def ending(pieces: list[tuple[PhraseBar, ...]], bar: int) -> tuple[float, float]:
    """Of the pieces that go on after this bar the share in which it ends a phrase, and a closed one."""
    found = [bars[bar - 1] for bars in pieces if len(bars) > bar]
    ends = [each.left == 0 for each in found]
    closed = [each == (CLOSED, 0) for each in found]
    return float(np.mean(ends or [np.nan])), float(np.mean(closed or [np.nan]))


def milliseconds(work: Callable[[Score], object], scores: list[Score]) -> float:
    """Of this thread, for a piece."""
    begin = time.thread_time()
    for score in scores:
        work(score)
    return 1000 * (time.thread_time() - begin) / max(1, len(scores))


if __name__ == "__main__":
    main()
