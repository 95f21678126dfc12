"""`linnet-train sample`: many pieces of a model, with figures of each."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from linnet.cli.options import add_options, given
from linnet.controls.options import ABOUT
from linnet.tools.text import counted
from linnet_train.commands.options import add_model, add_seed, add_workers, whole_number
from linnet_train.errors import TrainError
from linnet_train.workers import Workers

if TYPE_CHECKING:
    from linnet_train.evaluation.sampled import Sampled

HELP = "make many pieces, by all cores or by a cluster"
DESCRIPTION = (
    "Makes pieces of seed, seed + 1, .., the same as `linnet generate` makes, in zips of 256 MIDI files with "
    "figures of each piece. Interrupted and started again, it goes on where it was; so does it for a larger "
    "--count."
)
EXAMPLES = """
examples:
  linnet-train sample folk --count 1000 -o tunes/
  linnet-train sample mine.onnx --count 100000 --bars 32 --key "D major" -o tunes/ --scheduler tcp://host:8786
"""

MOST = 10_000_000


_OPTIONS = [name for name in ABOUT if name != "seed"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_model(parser)
    parser.add_argument(
        "--count", type=whole_number(1, MOST), required=True, metavar="N", help=f"pieces (1..{MOST})"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the zips")
    add_seed(parser)
    add_workers(parser)
    add_options(parser, _OPTIONS)


def run(args: argparse.Namespace) -> int:
    """Makes them; 1 when it was interrupted."""
    from linnet.controls.options import Options  # what follows takes a second to import: not for --help
    from linnet.controls.resolve import resolve
    from linnet_train.evaluation.sampled import Sampled
    from linnet_train.sampling import opened

    model = opened.load(args.model)
    try:
        options = given(args, _OPTIONS)
        resolve(model.info, Options(**options, seed=args.seed))
    except (ValueError, TypeError) as error:
        raise TrainError(str(error)) from error
    workers = Workers(args.workers, args.scheduler)
    workers.check()
    sampled = Sampled(args.output, model, args.seed, options)
    begun, made = time.perf_counter(), 0
    missing = sampled.missing_pieces(args.count)
    with tqdm(
        total=args.count, initial=args.count - missing, unit="piece", desc="sample", disable=None
    ) as bar:
        try:
            for portion in sampled.make(args.count, workers):
                made += portion
                bar.update(portion)
        except KeyboardInterrupt:
            there = args.count - sampled.missing_pieces(args.count)
            text = f"stopped with {there:,} of {args.count:,} pieces made; the same command goes on from here"
            print(f"linnet-train: {text}", file=sys.stderr)
            return 1
    seconds = time.perf_counter() - begun
    print(summary(sampled, args.count))
    if made:
        print(f"made {counted(made, 'piece')} in {seconds:.1f} s, {made / seconds:.1f} a second")
    return 0


def summary(sampled: "Sampled", count: int) -> str:
    """How much music there is, and how much of it is stuck."""
    rows = [row for row, _ in zip(sampled.figures(), range(count), strict=False)]
    notes = sum(int(row["notes"]) for row in rows)
    hours = sum(row["seconds"] for row in rows) / 3600
    stuck = sum(row.get("degenerate") != 0 for row in rows)
    return (
        f"{sampled.folder}: {counted(len(rows), 'piece')} of {sampled.model.info.name}, "
        f"{counted(notes, 'note')}, {hours:,.1f} hours; {stuck:,} stuck in a loop, silent or empty"
    )
