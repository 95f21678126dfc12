"""What the same notes cost a network when less or more of the music around them is given.

    python -m benchmarks.music.given folk.run chorale.run --corpora folk.corpus chorale.corpus [--page PAGE]

Nats a note of held-out pieces (the test split), without wishes: of one part when nothing is given, one other
part or all others; of the notes in a gap of four bars, and of those in its last bar, when nothing is known of
the gap, only how long it is, or what follows it. `--page` puts the table between the two marks of that page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import markdown, put_into
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation.given import FreeNotes, free_notes
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import read_config


def rows_of(found: dict[str, list[FreeNotes]]) -> list[list[str]]:
    """A row for each pair of what is scored and what is given."""
    first = next(iter(found.values()))
    rows = [["nats a note", "given", *found]]
    for each in first:
        cells = [
            next((row for row in rows_ if (row.of, row.given) == (each.of, each.given)), None)
            for rows_ in found.values()
        ]
        figures = ["" if cell is None else f"{cell.nats_per_note:.3f} ({cell.notes:,})" for cell in cells]
        rows.append([each.of, each.given, *figures])
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.given", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument(
        "--corpora", type=Path, nargs="+", required=True, help="what they learnt from, in the same order"
    )
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--page", type=Path)
    args = parser.parse_args(arguments)
    found = {}
    for number, path in enumerate(args.runs):
        network = load_weights(path, read_config(path)[0], "best")
        pieces = [piece for piece in Corpus.open(args.corpora[number]).pieces("test") if piece.notes]
        found[path.stem] = free_notes(network, pieces, most=args.pieces)
    text = "\n".join(markdown(rows_of(found)))
    print(text)
    if args.page:
        put_into(args.page, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
