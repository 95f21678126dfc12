"""What a corpus holds, as a table and as a picture."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from linnet_train.corpus import assemble
from linnet_train.corpus.assemble import Assembled
from linnet_train.corpus.corpus import SPLITS
from linnet_train.corpus.files import Collection

ON_THE_LINE = 0.9
"""A piece has its bars right when this share of its accents stands on bar lines."""


def text(
    corpus: str | Path, assembled: Assembled, collections: Sequence[Collection], folders: Sequence[Path]
) -> str:
    """Files, notes, hours and tokens by collection and in all; what was left out; what was aligned and
    grouped.
    """
    lines = [*_table(assembled, collections), "", *_remarks(assembled), *_listed_pairs(assembled, folders)]
    return "\n".join([*lines, f"corpus: {corpus}"])


def _table(assembled: Assembled, collections: Sequence[Collection]) -> Iterator[str]:
    index = assembled.index
    width = max(len(collection.name) for collection in [*collections, Collection("in all", "", "")])
    row = "{:{}} {:>8} {:>8} {:>11} {:>7} {:>11} {:>7}  {:>18}".format
    yield row("", width, "files", "used", "notes", "hours", "tokens", "a note", "train/valid/test")
    for number, name in [*enumerate(collection.name for collection in collections), (-1, "in all")]:
        own = index if number < 0 else index[index["source"] == number]
        found = sum(number < 0 or file.collection == name for file in assembled.files)
        notes, tokens = int(own["notes"].sum()), int(own["tokens"].sum())
        splits = "/".join(f"{int((own['split'] == i).sum()):,}" for i in range(len(SPLITS)))
        hours = float(own["seconds"].sum(dtype=np.float64)) / 3600
        figures = (f"{number:,}" for number in (found, len(own), notes))
        a_note = f"{tokens / max(1, notes):.2f}"
        yield row(name, width, *figures, f"{hours:,.1f}", f"{tokens:,}", a_note, splits)


def _remarks(assembled: Assembled) -> Iterator[str]:
    totals = assemble.totals(assembled)
    left_out = {**totals["skipped"], **totals["duplicates"]}
    if left_out:
        yield f"left out: {_listed(left_out)} (report.json names them)"
    pieces = [assembled.records[i] for i in assembled.used]
    if odd := sum(bool(piece.detail) for piece in pieces):
        yield f"odd, but used: {odd:,} (cut short, or in other meters; report.json has the remarks)"
    marked = [piece for piece in pieces if piece.alignment not in ("", "unmarked")]
    if totals["alignment"]:
        yield f"bar lines: {_listed(totals['alignment'])}"
    if marked:
        before = np.mean([piece.before >= ON_THE_LINE for piece in marked])
        after = np.mean([piece.after >= ON_THE_LINE for piece in marked])
        yield f"    {len(marked):,} have accents, on the bar lines in {before:.1%} before and {after:.1%} now"
    _, sizes = np.unique(assembled.index["group"], return_counts=True)
    yield (
        f"near-duplicates: {int(sizes[sizes > 1].sum()):,} pieces in {int((sizes > 1).sum()):,} groups, "
        f"the largest of {sizes.max()}; each group is on one side of the split"
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _listed_pairs(assembled: Assembled, folders: Sequence[Path]) -> Iterator[str]:
    """How many pairs of a list of known near-duplicates, found beside the folders, are on one side."""
    beside = {place for folder in folders for place in (folder.resolve(), folder.resolve().parent)}
    pieces = {}
    for file, found in enumerate(assembled.files):
        piece = assembled.piece_of.get(assembled.copy_of.get(file, file))
        if piece is not None:
            pieces[Path(found.path).resolve()] = piece
    for path in sorted(place / "near_duplicates.json" for place in beside):
        if not path.is_file():
            continue
        root = path.parent.parent
        pairs = [(root / a, root / b) for a, b, *_ in json.loads(path.read_text(encoding="utf-8"))]
        known = [(pieces[a], pieces[b]) for a, b in pairs if a in pieces and b in pieces]
        if known:
            splits, groups = assembled.index["split"], assembled.index["group"]
            same = sum(bool(splits[a] == splits[b]) for a, b in known)
            grouped = sum(bool(groups[a] == groups[b]) for a, b in known)
            listed = f"{path.name} lists {len(known):,} pairs"
            yield f"    {listed}: {grouped:,} found, {same:,} on one side"
