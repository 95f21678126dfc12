"""What a corpus holds, as a table and as a picture."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from linnet_train import assemble
from linnet_train.assemble import Assembled
from linnet_train.corpus import SPLITS
from linnet_train.files import Collection

ON_THE_LINE = 0.9
"""A piece has its bars right when this share of its accents stands on bar lines."""


def text(folder: Path, assembled: Assembled, collections: Sequence[Collection], folders: Sequence[Path]) -> str:
    """Files, notes, hours and tokens by collection and in all; what was left out; what was aligned and grouped."""
    return "\n".join([*_table(assembled, collections), "", *_remarks(assembled), *_listed_pairs(assembled, folders), f"corpus: {folder}"])


def _table(assembled: Assembled, collections: Sequence[Collection]) -> Iterator[str]:
    index = assembled.index
    width = max(len(collection.name) for collection in [*collections, Collection("in all", "", "")])
    yield f"{'':{width}} {'files':>8} {'used':>8} {'notes':>11} {'hours':>7} {'tokens':>11} {'a note':>7}  {'train/valid/test':>18}"
    for number, name in [*enumerate(collection.name for collection in collections), (-1, "in all")]:
        own = index if number < 0 else index[index["source"] == number]
        found = sum(number < 0 or file.collection == name for file in assembled.files)
        notes, tokens = int(own["notes"].sum()), int(own["tokens"].sum())
        splits = "/".join(f"{int((own['split'] == i).sum()):,}" for i in range(len(SPLITS)))
        hours = float(own["seconds"].sum(dtype=np.float64)) / 3600
        yield (
            f"{name:{width}} {found:>8,} {len(own):>8,} {notes:>11,} {hours:>7.1f} {tokens:>11,} {tokens / max(1, notes):>7.2f}  {splits:>18}"
        )


def _remarks(assembled: Assembled) -> Iterator[str]:
    totals = assemble.totals(assembled)
    left_out = {**totals["skipped"], **totals["duplicates"]}
    if left_out:
        yield "left out: " + ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()) + " (report.json names them)"
    marked = [r for i in assembled.used for r in [assembled.records[i]] if r.alignment not in ("", "unmarked")]
    if totals["alignment"]:
        yield "bar lines: " + ", ".join(f"{count:,} {name}" for name, count in totals["alignment"].items())
    if marked:
        before, after = (np.mean([getattr(r, name) >= ON_THE_LINE for r in marked]) for name in ("before", "after"))
        yield f"    of {len(marked):,} pieces with accents, {before:.1%} had them on the bar lines before and {after:.1%} have them now"
    _, sizes = np.unique(assembled.index["group"], return_counts=True)
    yield (
        f"near-duplicates: {int(sizes[sizes > 1].sum()):,} pieces in {int((sizes > 1).sum()):,} groups, "
        f"the largest of {sizes.max()}; each group is on one side of the split"
    )


def _listed_pairs(assembled: Assembled, folders: Sequence[Path]) -> Iterator[str]:
    """How many pairs of a list of known near-duplicates, found beside the folders, are on one side."""
    lists = {parent / "near_duplicates.json" for folder in folders for parent in (folder.resolve(), folder.resolve().parent)}
    pieces = {}
    for file, found in enumerate(assembled.files):
        piece = assembled.piece_of.get(assembled.copy_of.get(file, file))
        if piece is not None:
            pieces[Path(found.path).resolve()] = piece
    for path in sorted(lists):
        if not path.is_file():
            continue
        pairs = [(path.parent.parent / a, path.parent.parent / b) for a, b, *_ in json.loads(path.read_text(encoding="utf-8"))]
        known = [(pieces[a], pieces[b]) for a, b in pairs if a in pieces and b in pieces]
        if known:
            splits, groups = assembled.index["split"], assembled.index["group"]
            same = sum(bool(splits[a] == splits[b]) for a, b in known)
            grouped = sum(bool(groups[a] == groups[b]) for a, b in known)
            yield f"    {path.name}: of {len(known):,} listed pairs, {grouped:,} found and {same:,} on one side"
