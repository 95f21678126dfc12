"""The command line that all benchmarks share: which rows, how long, and where the figures go."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import DATA, table
from benchmarks.speed.networks import SIZES, Made, Size

ROWS = ("step", "limit", "busy", "sampler", "batch", "native", "rollouts", "frame", "start", "features")
"""The modules of this package that have a row in the table: each has `figures(settings)`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for on the command line."""

    folder: Path
    """For files that are gone afterwards."""

    data: Path = DATA
    """Real MIDI files, in the folder `train` below it."""

    sizes: tuple[Size, ...] = SIZES
    rounds: int = 5
    seconds: float = 0.3
    """How long each contender plays in a round."""

    play: float = 20.0
    """How many seconds of music are heard in `frame`."""

    _made: dict[Size, Made] = field(default_factory=dict)

    def made(self, size: Size) -> Made:
        """The network of a size, with its files."""
        return self._made.setdefault(size, Made(size, self.folder))


def figures(rows: Sequence[str], settings: Settings) -> Iterator[table.Figure]:
    """The figures of these rows, one benchmark after the other."""
    for row in rows:
        print(f"{row} ...", file=sys.stderr)
        yield from importlib.import_module(f"benchmarks.speed.{row}").figures(settings)


def main(rows: Sequence[str] = ROWS, arguments: Sequence[str] | None = None) -> int:
    """Prints the table of these rows, or of those that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks" if len(rows) > 1 else f"python -m benchmarks.speed.{rows[0]}",
        description="linnet beside others: they take turns in one run, in one thread; medians count.",
    )
    if len(rows) > 1:
        parser.add_argument("rows", nargs="*", metavar="ROW", help=f"default: all of {', '.join(rows)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every ratio there as well")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help=f"put the table into a page, below its {table.BEGIN}"
    )
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="MIDI files, below DIR/train")
    parser.add_argument("--sizes", nargs="+", type=Size.of, default=SIZES, metavar="2x256")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument(
        "--seconds", type=float, default=0.3, metavar="X", help="of each contender in a round"
    )
    parser.add_argument("--play", type=float, default=20.0, metavar="X", help="seconds of music in frame")
    args = parser.parse_args(arguments)
    chosen = getattr(args, "rows", None) or rows
    for row in chosen:
        if row not in rows:
            parser.error(f"there is no row {row}; there are {', '.join(rows)}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), args.data, tuple(args.sizes), args.rounds, args.seconds, args.play)
        found = list(figures(chosen, settings))
    print("\n".join(table.lines(found)))
    origin = ", ".join(f"{name} {version}" for name, version in table.machine().items())
    print(f"\n{origin}")
    if args.json:
        table.write_json(args.json, found)
    if args.markdown:
        text = "\n".join(table.lines(found, markdown=True))
        table.put_into(args.markdown, f"\n{text}\n\n{origin}\n")
    return 0
