"""What preparing costs, from a thousand files to a hundred thousand: where the time and the memory go.

    python -m benchmarks.speed.prepare CORPUS FOLDER... [--files 1000 10000 100000] [--read 200]
        [--beside CHECKOUT]

The folders are what CORPUS was prepared from. Reading is measured on some files of each, one after the other:
a file costs the same however many there are, and is done by as many cores as there are. Putting a corpus
together is one process's work; it is measured on the shards of CORPUS, repeated until there are so many
files, each copy with music of its own. Seconds are those of one core. Beside another checkout of linnet, with
its C core built, both read the same files in turn, each in processes of its own.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.table import markdown
from linnet_train.corpus import assemble, files, picture, shards
from linnet_train.corpus.assemble import Shares
from linnet_train.corpus.files import Collection, FoundFile
from linnet_train.storage import store, store_array
from linnet_train.workers import Workers

READ = """
import sys, time
from linnet_train.corpus.scan import ScanOptions, scan
paths = sys.stdin.read().splitlines()
scan(paths[0], 0, ScanOptions())  # what is made once
begun = time.process_time()
for path in paths:
    scan(path, 0, ScanOptions())
print((time.process_time() - begun) / len(paths))
"""
ROUNDS = 3
"""In which checkouts take turns, so that a busy machine is as busy for one as for the other."""


def spread(folder: Path, count: int) -> list[str]:
    """Files that are evenly spread over a folder."""
    found = files.find([folder])
    return [found[i * len(found) // count].path for i in range(min(count, len(found)))]


def reading(chosen: list[str], checkout: Path) -> float:
    """Seconds to read a file, on average, by the code of a checkout."""
    path = os.pathsep.join(str(checkout / part) for part in ("runtime", "train", "export"))
    command, environment = [sys.executable, "-c", READ], {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        command, input="\n".join(chosen), env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def beside(folders: list[Path], count: int, other: Path | None) -> list[list[str]]:
    """A row for each folder: milliseconds a file, and how many times as many files a second as the other."""
    here, rows = Path(__file__).parents[2], []
    for folder in folders:
        chosen = spread(folder, count)
        pairs = [
            (reading(chosen, here), reading(chosen, other or here)) for _ in range(ROUNDS if other else 1)
        ]
        own, others = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(second / first for first, second in pairs)
        row = [folder.name, f"{len(chosen)}", f"{1000 * own:.1f}"]
        rows.append([*row, f"{1000 * others:.1f}", f"{ratio:.2f}"] if other else row)
    return rows


def repeat(corpus: Path, folder: Path, count: int) -> list[FoundFile]:
    """The shards for so many files, made of the first shard of a corpus; the files they would be of."""
    own = shards.records(corpus, 0)
    arrays = {kind: shards.array(corpus, 0, kind) for kind in ("tokens", "wishes", "late", "histograms")}
    runs = np.array(shards.array(corpus, 0, "runs"))
    (folder / "shards").mkdir()
    rng, found = np.random.default_rng(1), []
    for number in range(count // len(own)):
        shift = rng.integers(0, 2**32, dtype=np.uint32)
        moved, first, lines = runs.copy(), 0, []
        for record in own:
            part = slice(first, first + record.runs)
            moved[part], first = np.sort(runs[part] + shift), part.stop
            mark = hashlib.sha1(f"{number} {record.sha1}".encode(), usedforsecurity=False).hexdigest()
            name = f"{number:05}/{record.name}"
            lines.append(json.dumps(asdict(replace(record, name=name, sha1=mark, music=mark[:32]))) + "\n")
            found.append(FoundFile(name, name, "music", 1, 1, ""))
        for kind, values in {**arrays, "runs": moved}.items():
            store_array(folder / "shards" / f"{number:05}.{kind}.npy", values)
        store(folder / "shards" / f"{number:05}.records", "".join(lines).encode())
    return found


def together(corpus: Path, count: int) -> list[str]:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = repeat(corpus, folder, count)
        counts = [shards.FILES] * (len(found) // shards.FILES)
        size = sum(path.stat().st_size for path in (folder / "shards").iterdir()) / len(found)
        collections, shares = [Collection("music", "", "")], Shares()
        begun = time.process_time()
        made = assemble.assemble(folder, found, collections, [], shares, counts, workers=Workers(1))
        assemble.write(folder, made, "grid", [], collections, "", shares)
        after = time.process_time()
        picture.plot(folder / "corpus.png", made, collections, "grid", counts)
        seconds = (after - begun, time.process_time() - after)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return [f"{len(found):,}", *(f"{each:.1f}" for each in seconds), f"{peak:,.0f}", f"{size / 1e3:.1f}"]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.prepare", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="of more than 256 files")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--files", type=int, nargs="*", default=(1000, 10_000, 100_000), metavar="N")
    parser.add_argument("--read", type=int, default=200, metavar="N", help="files that are read (200)")
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="another state of linnet, to compare")
    args = parser.parse_args()
    if len(shards.records(args.corpus, 0)) != shards.FILES:
        sys.exit(
            f"{args.corpus}: its first shard is not full: take a corpus of more than {shards.FILES} files"
        )
    head = [
        "folder",
        "files read",
        "ms a file",
        *(["before, ms", "times as many files a second"] * bool(args.beside)),
    ]
    print("\n".join(markdown([head, *beside(args.folders, args.read, args.beside)])), "\n")
    rows = [["files", "putting together, s", "picture, s", "most memory, MB", "kB a file on disk"]]
    rows += [together(args.corpus, count) for count in args.files]
    if args.files:
        print("\n".join(markdown(rows)))


if __name__ == "__main__":
    main()
