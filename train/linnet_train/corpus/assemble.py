"""Makes one corpus of all shards: drops copies, keeps near-duplicates together, splits, accounts for every
file.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import vocabulary
from linnet.tokens.quantise import TimeBase
from linnet_train import storage
from linnet_train.corpus import duplicates, shards, sketches
from linnet_train.corpus.corpus import FORMAT, INDEX, SPLITS, wish_table
from linnet_train.corpus.files import Collection, FoundFile
from linnet_train.corpus.shards import FileRecord
from linnet_train.corpus.split import split
from linnet_train.workers import Workers


@dataclass(frozen=True, slots=True)
class Shares:
    """How much music is held out, and the seed that says which."""

    valid: float = 0.05
    test: float = 0.05
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Assembled:
    """A corpus as it is about to be written."""

    files: Sequence[FoundFile]
    records: Sequence[FileRecord]
    copy_of: Mapping[int, int]
    """File -> the earlier file that has the same bytes or the same music."""

    piece_of: Mapping[int, int]
    """File -> row of the index."""

    index: NDArray[np.void]
    """See corpus.INDEX."""

    @property
    def used(self) -> list[int]:
        """The files that became pieces, in the order of the index."""
        return list(self.piece_of)


def assemble(
    folder: Path,
    files: Sequence[FoundFile],
    collections: Sequence[Collection],
    styles: Sequence[str],
    shares: Shares,
    counts: Sequence[int],
    *,
    by_sketches: bool | None = None,
    workers: Workers | None = None,
) -> Assembled:
    """Reads the shards and decides what every file becomes.

    Args:
        folder: of the corpus.
        files: that were found.
        collections: that they are of.
        styles: of the corpus.
        shares: of what is held out.
        counts: files in each shard.
        by_sketches: whether near-duplicates are found by sketches; None: where there are too many runs to
            compare all.
        workers: who makes the sketches; None: the cores of this machine.
    """
    records = [record for number in range(len(counts)) for record in shards.records(folder, number)]
    copy_of = _copies(records)
    used = [i for i, record in enumerate(records) if not record.reason and i not in copy_of]
    index = np.zeros(len(used), INDEX)
    places = _places(records, counts)
    for field in ("shard", "first_token", "first_row"):
        index[field] = places[field][used]
    index["tokens"] = [records[i].tokens for i in used]
    index["rows"] = [records[i].rows for i in used]
    for place, i in enumerate(used):
        index["roles"][place, : len(records[i].roles)] = records[i].roles
    index["notes"] = [records[i].notes for i in used]
    index["seconds"] = [records[i].seconds for i in used]
    names = [collection.name for collection in collections]
    index["source"] = [names.index(files[i].collection) for i in used]
    style_of = {name: number for number, name in enumerate(styles)}
    index["style"] = [style_of.get(files[i].style, -1) for i in used]
    runs = list(_runs(folder, records, counts, set(used)))
    if by_sketches is None:
        by_sketches = sum(map(len, runs)) > duplicates.MOST_RUNS
    pairs = (
        sketches.near_pairs(runs, workers or Workers.here()) if by_sketches else duplicates.near_pairs(runs)
    )
    index["group"] = duplicates.groups(len(used), pairs)
    index["split"] = split(
        index["group"].astype(np.int64),
        index["tokens"].astype(np.int64),
        index["style"].astype(np.int64),
        [records[i].music for i in used],
        valid=shares.valid,
        test=shares.test,
        seed=shares.seed,
    )
    return Assembled(files, records, copy_of, {file: row for row, file in enumerate(used)}, index)


def write(
    folder: Path,
    assembled: Assembled,
    time_base: TimeBase,
    styles: Sequence[str],
    collections: Sequence[Collection],
    attribution: str,
    shares: Shares,
) -> None:
    """Writes index, names, report and, last, corpus.json."""
    (folder / "corpus.json").unlink(missing_ok=True)  # until the new one is there, the corpus is unfinished
    storage.store_array(folder / "index.npy", assembled.index)
    names = [assembled.files[i].name for i in assembled.used]
    storage.store(folder / "names.txt", "".join(json.dumps(name) + "\n" for name in names).encode())
    storage.store(folder / "report.json", _report(assembled).encode())
    splits = [SPLITS[number] for number in assembled.index["split"]]
    contents = "".join(
        f"{assembled.records[i].sha1} {name}\n" for i, name in zip(assembled.used, splits, strict=True)
    )
    about = {
        "format": FORMAT,
        "time_base": time_base,
        "styles": list(styles),
        "sources": [_source(number, c, assembled.index) for number, c in enumerate(collections)],
        "attribution": attribution,
        "fingerprint": hashlib.sha256(contents.encode()).hexdigest(),
        "shares": {"valid": shares.valid, "test": shares.test, "seed": shares.seed},
        "wishes": wish_table(),
        "vocabulary": vocabulary.table(),
    }
    storage.write_json(folder / "corpus.json", about)


def status(assembled: Assembled, file: int) -> dict[str, Any]:  # Any: JSON
    """What became of one file, as report.json says it."""
    record = assembled.records[file]
    row: dict[str, Any] = {"file": record.name}
    if record.reason:
        return row | {"status": "skipped", "reason": record.reason, "detail": record.detail}
    if file in assembled.copy_of:
        original = assembled.records[assembled.copy_of[file]]
        kind = "same file" if record.sha1 == original.sha1 else "same music"
        return row | {"status": "duplicate", "reason": kind, "of": original.name}
    piece = assembled.index[assembled.piece_of[file]]
    row |= {"status": "used", "split": SPLITS[piece["split"]], "group": int(piece["group"])}
    row |= {"notes": record.notes, "tokens": record.tokens, "seconds": round(record.seconds, 2)}
    if record.detail:
        row["remark"] = record.detail
    return row | {"alignment": record.alignment} if record.alignment else row


def totals(assembled: Assembled) -> dict[str, Any]:  # Any: JSON
    """How many files became what; used, skipped and duplicates add up to found."""
    rows = [status(assembled, file) for file in range(len(assembled.files))]
    by_status = Counter(row["status"] for row in rows)
    return {
        "found": len(rows),
        "used": by_status["used"],
        "skipped": _counted(row["reason"] for row in rows if row["status"] == "skipped"),
        "duplicates": _counted(row["reason"] for row in rows if row["status"] == "duplicate"),
        "splits": {
            name: int((assembled.index["split"] == number).sum()) for number, name in enumerate(SPLITS)
        },
        "groups": len(np.unique(assembled.index["group"])),
        "alignment": _counted(row["alignment"] for row in rows if "alignment" in row),
    }


def _counted(labels: Iterable[str]) -> dict[str, int]:
    return dict(Counter(labels).most_common())


def _report(assembled: Assembled) -> str:
    rows = (json.dumps(status(assembled, file)) for file in range(len(assembled.files)))
    return '{"totals": ' + json.dumps(totals(assembled)) + ',\n"files": [\n' + ",\n".join(rows) + "\n]}\n"


def _copies(records: Sequence[FileRecord]) -> dict[int, int]:
    first: dict[str, int] = {}
    copy_of = {}
    for i, record in enumerate(records):
        if record.reason:
            continue
        original = first.get(record.sha1, first.get(record.music, i))
        first.setdefault(record.sha1, original)
        first.setdefault(record.music, original)
        if original != i:
            copy_of[i] = original
    return copy_of


def _places(records: Sequence[FileRecord], counts: Sequence[int]) -> dict[str, NDArray[np.int64]]:
    """Shard of each file, and where its tokens and wishes begin there."""
    shard = np.repeat(np.arange(len(counts)), counts)
    places = {"shard": shard}
    for field, column in (("first_token", "tokens"), ("first_row", "rows"), ("first_run", "runs")):
        sizes = np.array([getattr(record, column) for record in records], np.int64)
        before = np.cumsum(sizes) - sizes
        starts = np.cumsum(counts) - counts
        places[field] = before - before[starts][shard]
    return places


def _runs(
    folder: Path, records: Sequence[FileRecord], counts: Sequence[int], used: set[int]
) -> Iterator[duplicates.Hashes]:
    first = _places(records, counts)["first_run"]
    file = 0
    for number, count in enumerate(counts):
        runs = shards.array(folder, number, "runs")
        for i in range(file, file + count):
            if i in used:
                yield runs[first[i] : first[i] + records[i].runs]
        file += count


def _source(number: int, collection: Collection, index: NDArray[np.void]) -> dict[str, Any]:  # Any: JSON
    own = index[index["source"] == number]
    return {
        "name": collection.name,
        "licence": collection.licence,
        "origin": collection.origin,
        "pieces": len(own),
        "notes": int(own["notes"].sum()),
        "seconds": round(float(own["seconds"].sum(dtype=np.float64)), 1),
    }
