"""`linnet-train evaluate`: how well a network predicts pieces it never saw, exact to the last token."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linnet.tools.text import counted
from linnet_train.commands.options import add_corpus, add_json, check_folder
from linnet_train.errors import TrainError
from linnet_train.network import config

if TYPE_CHECKING:
    from linnet_train.evaluation.likelihood import RunLikelihood

HELP = "measure a trained network on held-out pieces"
DESCRIPTION = (
    "Scores held-out pieces to the last token: nats a token and a note, bits a second; and what notes cost "
    "when parts, or what follows a gap, are given."
)
EXAMPLES = """
examples:
  linnet-train evaluate folk.run
  linnet-train evaluate folk.run --against blind.run --json figures.json
"""

WORDS = {
    "conditional": "with wishes",
    "unconditional": "without wishes",
    "last_token": "last token only",
}
"""What the columns of the table are called."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="folder that `linnet-train fit` wrote")
    add_corpus(parser)
    parser.add_argument("--split", choices=("train", "valid", "test"), default="test")
    parser.add_argument(
        "--against", type=Path, metavar="RUN", help="a second run, say one with --inputs last-token"
    )
    add_json(parser)
    parser.add_argument("--weights", choices=("best", "last"), default="best")


def run(args: argparse.Namespace) -> int:
    """The command."""
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.evaluation.likelihood import evaluate
    from linnet_train.storage import write_json

    check_folder(args.json)
    reports = []
    for folder in (args.folder, args.against):
        if folder:
            _, _, about = config.read_config(folder)
            corpus = Corpus.open(args.corpus or about["path"])
            reports.append(evaluate(folder, corpus, split=args.split, weights=args.weights))
    print(table(reports))
    if args.json:
        write_json(args.json, [report.to_json() for report in reports])
    return 0


def table(reports: Sequence["RunLikelihood"]) -> str:
    """Runs side by side: the totals, then nats a token by family."""
    first = reports[0]
    if any(report.fingerprint != first.fingerprint or report.split != first.split for report in reports):
        raise TrainError("runs on different corpora cannot stand in one table")
    columns = [(Path(report.run).name, row) for report in reports for row in report.rows]
    width = max(18, *(len(text) + 2 for run, row in columns for text in (run, WORDS[row.name])))
    size = (
        f"{counted(first.pieces, 'piece')}, {counted(first.tokens, 'token')}, {counted(first.notes, 'note')}"
    )
    lines = [
        f"{first.split} split: {size}, {first.seconds:,.0f} s",
        "",
        " " * 24 + "".join(f"{run:>{width}}" for run, _ in columns),
        " " * 24 + "".join(f"{WORDS[row.name]:>{width}}" for _, row in columns),
        f"{'nats a token':24}" + "".join(f"{row.nats_per_token:>{width}.4f}" for _, row in columns),
        f"{'nats a note':24}" + "".join(f"{row.nats_per_note:>{width}.3f}" for _, row in columns),
        f"{'bits a second':24}" + "".join(f"{row.bits_per_second:>{width}.2f}" for _, row in columns),
        "",
        f"{'family':16}{'share':>8}" + f"{'nats a token':>{width}}" * len(columns),
    ]
    for name, share in sorted(first.shares.items(), key=lambda item: -item[1]):
        cells = "".join(f"{row.families[name]:>{width}.4f}" for _, row in columns)
        lines.append(f"{name:16}{share:>8.1%}{cells}")
    for report in reports:
        lines += given_table(report)
    return "\n".join(lines)


def given_table(report: "RunLikelihood") -> list[str]:
    """What the same notes cost when more is given, for a network that may be told of it."""
    if not report.given:
        return []
    lines = ["", f"{Path(report.run).name}, without wishes, nats a note of those that are not given:"]
    for row in report.given:
        told = f"{row.of}, given {row.given}"
        lines.append(f"{told:52}{counted(row.notes, 'note'):>16}{row.nats_per_note:>10.4f}")
    return lines
