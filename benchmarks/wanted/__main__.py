"""What people want of linnet: each wish tried as they would, and whether it came out.

    python -m benchmarks.wanted [--page docs/wishes.md] [--only WORD ..]

Every command is run as it stands, in a folder of its own, with the packaged models, and what it wrote is
opened and measured. Needs the extra `all`. `--page` puts the tables between the two marks of that page, and
the pictures, made by `linnet show`, beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import linnet.cli
from benchmarks.table import markdown, put_into
from benchmarks.wanted.around import AROUND
from benchmarks.wanted.files import FILES
from benchmarks.wanted.lengths import LENGTHS
from benchmarks.wanted.refused import REFUSED
from benchmarks.wanted.rules import CARE, OWN, RULES
from benchmarks.wanted.wish import Wish

GROUPS = (AROUND, LENGTHS, RULES, CARE, FILES, OWN, REFUSED)

BEFORE = (
    'linnet generate --bars 8 --seed 7 --key "D major" --time-signature 4/4 -o tune.mid',
    "linnet render comp.abc -o comp.mid",
)
"""What is there before anything is wished for."""

WRITTEN = {
    "lead.abc": "X:1\nT:Lead sheet\nM:4/4\nL:1/4\nK:G\n"
    '"G"G A B c|"Em"B G E2|"C"c B A G|"D7"F A d2|"G"B d c B|"C"c e d c|"D7"B A F A|"G"G4|]\n',
    "comp.abc": "X:1\nT:Chords\nM:4/4\nL:1/4\nK:G\n"
    "[G,B,D]4|[C,E,G,]4|[D,F,A,]4|[G,B,D]4|[E,G,B,]4|[A,CE]4|[D,F,A,]4|[G,B,D]4|]\n",
    "back.csv": "time,valence\n0:10,0.5\n0:05,-0.5\n",
    "mood.csv": "time,valence,arousal\n0:00,-0.6,0.8\n0:10,0.0,0.0\n0:20,0.6,-0.7\n",
}
"""Files that the commands read."""

PICTURES = {
    "wishes-duet.svg": "linnet show duet.mid --title 'A second voice' -o {}",
    "wishes-form.svg": "linnet show form.mid --title 'A form with cadences' -o {}",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A wish that was tried."""

    wish: Wish
    figure: str
    met: bool


def prepare(folder: Path) -> None:
    """The files that are there before."""
    for name, text in WRITTEN.items():
        (folder / name).write_text(text, encoding="utf-8")
    with contextlib.chdir(folder):
        for command in BEFORE:
            linnet.cli.main(shlex.split(command)[1:])


def tried(wish: Wish, folder: Path) -> Outcome:
    """The wish, asked for in a folder and measured there."""
    said = io.StringIO()
    try:
        with contextlib.chdir(folder), contextlib.redirect_stderr(said):
            wish.run()
        figure, met = wish.check(folder)
    except Exception as error:  # a wish that fails is a row of the table, whatever it fails of
        last = said.getvalue().strip().splitlines()[-1:]
        return Outcome(wish, " ".join([f"{type(error).__name__}: {error}", *last]), met=False)
    return Outcome(wish, figure, met)


def tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """As Markdown: a table for each group."""
    for group in GROUPS:
        found = [outcome for outcome in outcomes if outcome.wish in group.wishes]
        if not found:
            continue
        rows = [("wish", "what one types", "what comes out", "")]
        for each in found:
            ask = "<br>".join(f"`{line}`" for line in each.wish.ask.strip().splitlines())
            rows.append((each.wish.name, ask, each.figure, "met" if each.met else "**not met**"))
        yield from (f"## {group.name}", "", f"How: [{Path(group.guide).stem}]({group.guide}).", "")
        yield from (*markdown(rows), "")
    met = sum(outcome.met for outcome in outcomes)
    yield f"{met} of {len(outcomes)} wishes met."


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 where a wish was not met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wanted",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--page", type=Path, help="Markdown file whose tables and pictures these become")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORD", help="wishes with it in their name"
    )
    args = parser.parse_args(arguments)
    os.environ.setdefault("LINNET_ENGINE", "native")  # the same notes, sooner
    logging.getLogger("linnet").setLevel(logging.ERROR)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as name:
        folder, begun = Path(name), time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            prepare(folder)
            for group in GROUPS:
                for wish in group.wishes:
                    if any(word.lower() in wish.name.lower() for word in args.only):
                        at = time.process_time()
                        outcomes.append(tried(wish, folder))
                        print(f"{time.process_time() - at:6.2f} s  {wish.name}", file=sys.stderr)
            if args.page:
                for picture, command in PICTURES.items():
                    path = (args.page.parent / picture).resolve()
                    with contextlib.chdir(folder):
                        linnet.cli.main([*shlex.split(command)[1:-1], str(path), "--overwrite"])
    text = "\n".join(tables(outcomes))
    print(text)
    print(f"{time.process_time() - begun:.0f} s of CPU", file=sys.stderr)
    if args.page:
        put_into(args.page, text)
    return int(not all(outcome.met for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
