"""`linnet-train prepare`: makes a corpus of folders of MIDI files."""

import argparse
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from linnet.tokens import vocabulary
from linnet.tools.text import counted
from linnet_train import storage
from linnet_train.commands.options import add_workers, whole_number
from linnet_train.corpus import assemble, files, pads, remote, shards, summary
from linnet_train.corpus.assemble import Shares
from linnet_train.corpus.corpus import FORMAT, wish_table
from linnet_train.corpus.files import FoundFile
from linnet_train.corpus.remote import Target
from linnet_train.corpus.scan import GONE, Scanned, ScanOptions, scan
from linnet_train.errors import TrainError
from linnet_train.workers import Failure, Workers

HELP = "make a corpus of a folder of MIDI files"
DESCRIPTION = (
    "Reads every MIDI file below the folders, puts it on its bar lines, turns it into tokens and splits "
    "the pieces into train, valid and test. Interrupted and started again, it goes on where it was. "
    "report.json in the corpus accounts for every file."
)
EXAMPLES = ""

Task = tuple[int, str, int | None]
"""Number of the file, its path, its style."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `linnet-train prepare`."""
    defaults, shares = ScanOptions(), Shares()

    def option(name: str, value: object, text: str, **more: Any) -> None:  # Any: what argparse takes
        parser.add_argument(name, default=value, help=f"{text} (default: %(default)s)", **more)

    parser.add_argument(
        "folders",
        nargs="+",
        type=remote.place,
        metavar="DIR",
        help="folder of MIDI files, or an address such as s3://bucket/folder, searched to the bottom",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=remote.place,
        required=True,
        metavar="CORPUS",
        help="folder or address for the corpus",
    )
    option(
        "--time-base",
        defaults.time_base,
        "grid: bars, 24 ticks a quarter; performance: human timing, 10 ms",
        choices=("grid", "performance"),
    )
    option(
        "--style-from",
        "folder",
        "folder: a style for each DIR (or for each folder in it, if there is one DIR); none; or a regular "
        "expression, whose first group is the style where it is found in a file's name",
        metavar="WHAT",
    )
    parser.add_argument(
        "--performed",
        action="store_true",
        help="people played it to a click whose tempo the files know: what they meant goes onto the grid, "
        "and how late they were is kept beside it",
    )
    option(
        "--velocities",
        defaults.velocities,
        "levels of loudness that are told apart; fewer are learnt with less music",
        type=int,
        choices=(4, 8, 16, 32),
    )
    option("--kit", defaults.kit, "what drums were recorded with", choices=tuple(pads.KITS))
    parser.add_argument(
        "--no-align", action="store_true", help="keep the bar lines of the files, right or wrong"
    )
    parser.add_argument("--strict", action="store_true", help="leave out pieces whose accents fit no bars")
    option("--valid", shares.valid, "share held out for validation", type=_share, metavar="X")
    option("--test", shares.test, "share held out for testing", type=_share, metavar="X")
    option("--seed", shares.seed, "another seed, another split", type=int, metavar="N")
    option(
        "--near-duplicates",
        "auto",
        "how pieces that share music are found, to stay on one side of the split: exact compares all, "
        "minhash compares sketches, auto takes sketches where there is too much music to compare",
        choices=("auto", "exact", "minhash"),
    )
    parser.add_argument(
        "--parts",
        type=_parts,
        default=(defaults.fewest_parts, defaults.most_parts),
        metavar="N",
        help="use pieces of so many parts: 4, or 2-5, or 4- (default: any number)",
    )
    option(
        "--min-notes", defaults.min_notes, "skip pieces with fewer notes", type=whole_number(1), metavar="N"
    )
    option("--max-tokens", defaults.max_tokens, "skip longer pieces", type=whole_number(1), metavar="N")
    option("--max-megabytes", defaults.max_megabytes, "skip larger files", type=float, metavar="X")
    option("--max-seconds", 60.0, "give a file up after this long", type=float, metavar="X")
    add_workers(parser)
    parser.add_argument("--fresh", action="store_true", help="throw away what CORPUS holds and begin again")


def run(args: argparse.Namespace) -> int:
    """Makes the corpus; 1 when it was interrupted."""
    if args.valid + args.test >= 1:
        raise TrainError(f"--valid and --test leave nothing to train on: {args.valid:g} + {args.test:g}")
    if args.performed and args.time_base != "grid":
        raise TrainError("--performed puts music on the grid; the performance base keeps its timing as it is")
    options = ScanOptions(
        args.time_base,
        args.performed,
        args.kit,
        args.velocities,
        not args.no_align,
        args.strict,
        args.parts[0],
        args.parts[1],
        args.min_notes,
        args.max_tokens,
        args.max_megabytes,
    )
    found = files.find(args.folders)
    if args.style_from != "folder":
        found = files.with_styles(found, _pattern(args.style_from))
    styles = files.styles(found)
    workers = Workers(args.workers, args.scheduler, args.max_seconds)
    workers.check()
    with remote.target(args.output) as target:
        return _make(args, target, found, options, styles, workers)


def _make(
    args: argparse.Namespace,
    target: Target,
    found: Sequence[FoundFile],
    options: ScanOptions,
    styles: Sequence[str],
    workers: Workers,
) -> int:
    folder = target.folder
    _begin(target, _plan(found, options, styles), fresh=args.fresh)
    try:
        _scan_all(target, found, options, styles, workers)
    except KeyboardInterrupt:
        print(f"linnet-train: stopped with {_done(folder, found)}", file=sys.stderr)
        return 1
    collections = files.collections(args.folders, found)
    shares = Shares(args.valid, args.test, args.seed)
    by_sketches = {"auto": None, "exact": False, "minhash": True}[args.near_duplicates]
    result = assemble.assemble(
        folder,
        found,
        collections,
        styles,
        shares,
        _counts(found),
        by_sketches=by_sketches,
        workers=workers,
    )
    if not len(result.index):
        reasons = ", ".join(
            f"{count} {reason}" for reason, count in assemble.totals(result)["skipped"].items()
        )
        raise TrainError(f"none of the {len(found)} files can be used: {reasons}")
    assemble.write(
        folder, result, options.time_base, styles, collections, files.attribution(args.folders), shares
    )
    from linnet_train.corpus import picture  # matplotlib takes a second to import: not for --help

    picture.plot(folder / "corpus.png", result, collections, options.time_base, _counts(found))
    target.put([folder / name for name in (*_BESIDE, "corpus.json") if (folder / name).exists()])
    local = [place for place in args.folders if isinstance(place, Path)]
    print(summary.text(args.output, result, collections, local))
    return 0


_BESIDE = ("index.npy", "names.txt", "report.json", "corpus.png")
"""What stands in a corpus beside its shards, prepare.json and corpus.json."""


def _done(folder: Path, found: Sequence[FoundFile]) -> str:
    done = sum(shards.is_done(folder, number) for number in range(len(_counts(found))))
    files_done = min(done * shards.FILES, len(found))
    return f"{files_done} of {counted(len(found), 'file')} done; the same command goes on from here"


def _plan(
    found: Sequence[FoundFile], options: ScanOptions, styles: Sequence[str]
) -> dict[str, Any]:  # Any: JSON
    """Everything the shards depend on."""
    listing = hashlib.sha256()
    for file in found:
        facts = [file.name, file.size, file.modified, file.collection, file.style]
        listing.update(json.dumps(facts).encode())
    table = json.dumps([vocabulary.table(), wish_table()])
    return {
        "format": FORMAT,
        "files": len(found),
        "listing": listing.hexdigest(),
        "options": asdict(options),
        "styles": list(styles),
        "files_in_a_shard": shards.FILES,
        "vocabulary": hashlib.sha256(table.encode()).hexdigest(),
    }


def _begin(target: Target, plan: dict[str, Any], *, fresh: bool) -> None:  # Any: JSON
    """Makes the folder, or checks that what it holds was begun with the same plan."""
    folder = target.folder
    path = folder / "prepare.json"
    if folder.exists() and not folder.is_dir():
        raise TrainError(f"{folder} exists and is not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not path.is_file():
        raise TrainError(f"{folder} exists and is not a corpus; give another name to -o")
    if fresh and path.is_file():
        _clear(target)
    if path.is_file():
        try:
            begun = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            begun = None
        if begun != plan:
            known = begun if isinstance(begun, dict) else {}
            differs = ", ".join(key for key in plan if known.get(key) != plan[key])
            raise TrainError(
                f"{folder} was begun differently ({differs}); give -o another name, or --fresh to begin again"
            )
        for part in (folder / "shards").glob(".*.part"):
            part.unlink()
        return
    try:
        (folder / "shards").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainError(f"cannot make {folder}: {error.strerror or error}") from error
    storage.write_json(path, plan)
    target.put([path])


def _clear(target: Target) -> None:
    """Removes what prepare wrote, and nothing else that may lie in the folder."""
    folder = target.folder
    for name in ("corpus.json", *_BESIDE):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "shards", ignore_errors=True)
    (folder / "prepare.json").unlink()
    target.remove(["corpus.json", *_BESIDE, "shards", "prepare.json"])


def _counts(found: Sequence[FoundFile]) -> list[int]:
    """Files in each shard."""
    return [min(shards.FILES, len(found) - start) for start in range(0, len(found), shards.FILES)]


def _scan_all(
    target: Target,
    found: Sequence[FoundFile],
    options: ScanOptions,
    styles: Sequence[str],
    workers: Workers,
) -> None:
    """Scans the files of every shard that is not there yet, and writes each shard when its last file is
    done.
    """
    folder, counts = target.folder, _counts(found)
    missing = {number for number in range(len(counts)) if not shards.is_done(folder, number)}
    style_of = {name: number for number, name in enumerate(styles)}
    results: dict[int, dict[int, Scanned]] = {number: {} for number in missing}

    def tasks() -> Iterator[Task]:
        for i, file in enumerate(found):
            if i // shards.FILES in missing:
                yield i, file.path, style_of.get(file.style)

    already = len(found) - sum(counts[number] for number in missing)
    work = partial(_work, options=options)
    with tqdm(
        total=len(found), initial=already, unit="file", desc="prepare", disable=None, smoothing=0.05
    ) as bar:
        for (i, path, _), outcome in workers.run(work, tasks()):
            number = i // shards.FILES
            if isinstance(outcome, Failure):
                outcome = Scanned("gave up", outcome.reason)
            if outcome.reason == GONE:
                raise TrainError(
                    f"{path} was there when it began, and is gone ({outcome.detail}); with it back, "
                    f"{_done(folder, found)}"
                )
            results[number][i] = outcome
            bar.update()
            if len(results[number]) == counts[number]:
                done = results.pop(number)
                order = sorted(done)
                written = shards.write(
                    folder, number, [found[j].name for j in order], [done[j] for j in order]
                )
                target.put(written)


def _work(task: Task, options: ScanOptions) -> Scanned:
    _, path, style = task
    return scan(path, style, options)


def _pattern(text: str) -> re.Pattern[str] | None:
    """What finds styles in names; None for none."""
    if text == "none":
        return None
    try:
        return re.compile(text)
    except re.error as error:
        raise TrainError(f"--style-from {text}: not a regular expression: {error}") from error


def _parts(text: str) -> tuple[int, int]:
    """Fewest and most parts; most is 0 for any number."""
    read = re.fullmatch(r"(\d+)(-?)(\d*)", text)
    fewest = int(read[1]) if read else 0
    most = 0 if read is None or (read[2] and not read[3]) else int(read[3] or fewest)
    if read is None or fewest < 1 or (most and most < fewest):
        raise argparse.ArgumentTypeError(f"must be a number of parts such as 4, 2-5 or 4-, got {text}")
    return fewest, most


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 0 and below 1, got {text}")
    return value
