"""How often does a model get stuck, and does the watchdog help?

    python -m benchmarks.music.stuck [MODEL] [--seeds 1000] [--against CORPUS] [--record docs/quality.json]

Pieces of many seeds at several temperatures, left free (no form) and with forms as shipped, each without
and with the watchdog. A piece is stuck if `evaluation.figures` finds it degenerate (a loop, one bar for
ever, silence), or has too few notes to tell. With a corpus, also how often the watchdog would have stepped in
while its held-out pieces were played: people repeat themselves too, and are not stuck.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import linnet
from linnet.controls.limits import stuck_after
from linnet.core import Tracker
from linnet.model import DEFAULT
from linnet.tokens import codec
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet_train.corpus.corpus import Corpus, Split
from linnet_train.evaluation import figures as musical
from linnet_train.evaluation.words import words
from linnet_train.sampling import many
from linnet_train.storage import read_json, write_json

TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
FIGURES = ("loop_share", "longest_same_bar_run", "longest_gap")

Row = dict[str, float]


def is_stuck(score: linnet.Score, *, barred: bool) -> bool:
    """Whether a piece loops, falls silent, or is next to nothing."""
    figures = {name: musical.FIGURES[name](score) for name in FIGURES}
    if not barred:
        figures["longest_same_bar_run"] = 0.0
    return len(score.notes) < musical.FEWEST_NOTES or musical.is_degenerate(figures)


def play(model: linnet.Model, seeds: int, bars: int, **settings: Any) -> Row:
    """Pieces of seeds 0, 1, ..: the share that is stuck, and what was done about it."""
    barred = model.info.time_base == "grid"
    length = {"bars": bars} if barred else {"seconds": 2 * bars}
    scores = many.pieces(model, seeds, 0, **length, **settings)
    times = [json.loads(score.texts[1]).get("interventions", 0) for score in scores]
    return {
        "stuck": float(np.mean([is_stuck(score, barred=barred) for score in scores])),
        "interventions_per_piece": float(np.mean(times)),
    }


def at(temperature: float, model: linnet.Model, seeds: int, bars: int) -> dict[str, Row]:
    """What comes without a form and with the model's own, without and with the watchdog."""
    forms: dict[str, str | None] = {"unconstrained": ""}
    if model.info.forms or model.info.defaults.get("form"):
        forms["as_shipped"] = None
    found = {}
    for name, form in forms.items():
        for watchdog in (False, True):
            title = f"{name}_{'with' if watchdog else 'without'}_watchdog"
            found[title] = play(model, seeds, bars, temperature=temperature, form=form, watchdog=watchdog)
            print(f"temperature {temperature:g}, {title}: {found[title]}", file=sys.stderr)
    return found


def people(model: linnet.Model, corpus: Corpus, bars: int) -> Row:
    """How the held-out pieces would fare."""
    barred = corpus.time_base == "grid"
    splits: tuple[Split, ...] = ("valid", "test")
    pieces = [piece for split in splits for piece in corpus.pieces(split)]
    stuck, noticed, notes = [], [], 0
    for piece in pieces:
        score = codec.decode(piece.tokens, corpus.time_base)
        stuck.append(is_stuck(musical.opening(score, bars), barred=barred))
        tracker = Tracker(corpus.time_base)
        tracker.restrict(stuck_after=round(stuck_after(model.info) * TICKS_PER_BEAT[corpus.time_base]))
        for token in piece.tokens.tolist():
            tracker.advance(token)
        noticed.append(tracker.interventions)
        notes += len(score.notes)
    return {
        "pieces": len(pieces),
        "stuck": float(np.mean(stuck)),
        "noticed": float(np.mean(np.array(noticed) > 0)),
        "noticed_per_10000_notes": 1e4 * sum(noticed) / notes,
    }


def table(found: dict[str, Any]) -> str:
    """As Markdown."""
    rows = found["temperatures"]
    titles = list(next(iter(rows.values())))
    watched = [title for title in titles if "_with_" in title]
    head = ["temperature", *map(words, titles)]
    head += [f"interventions a piece, {words(title.partition('_with_')[0])}" for title in watched]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for temperature, row in rows.items():
        cells = [f"{100 * row[title]['stuck']:.1f} %" for title in titles]
        cells += [f"{row[title]['interventions_per_piece']:.2f}" for title in watched]
        lines.append("| " + " | ".join([temperature, *cells]) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.stuck", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default=DEFAULT, help="name or file (%(default)s)")
    parser.add_argument("--seeds", type=int, default=1000, metavar="N", help="pieces of each kind (1000)")
    parser.add_argument(
        "--bars", type=int, default=32, metavar="N", help="of each piece, or two seconds (32)"
    )
    parser.add_argument("--temperatures", type=float, nargs="+", default=TEMPERATURES, metavar="X")
    parser.add_argument("--against", type=Path, metavar="CORPUS", help="people's music, from prepare")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON file to keep the figures in")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    everything = read_json(args.record) if args.record and args.record.exists() else {}
    found: dict[str, Any] = {"sha256": model.info.sha256, "seeds": args.seeds, "bars": args.bars}
    everything.setdefault("stuck", {})[model.info.name] = found
    if args.against:
        found["people"] = people(model, Corpus.open(args.against), args.bars)
    found["temperatures"] = {}
    for temperature in args.temperatures:
        found["temperatures"][f"{temperature:g}"] = at(temperature, model, args.seeds, args.bars)
        if args.record:
            write_json(args.record, everything)
    print(table(found))
    if "people" in found:
        row = found["people"]
        print(
            f"\n{row['pieces']} held-out pieces of people: {row['stuck']:.1%} are stuck. The watchdog steps "
            f"in in {row['noticed']:.1%}, {row['noticed_per_10000_notes']:.2f} times in 10,000 notes."
        )


if __name__ == "__main__":
    main()
