"""How many finished pieces are wrong on their face, whatever was asked for?

    python -m benchmarks.music.faults [--draws 2000] [--models folk piano] [--seed 1] [--write docs/faults.md]

Each draw is a model, a number of bars from 1 to 64, and whatever of meter, key, mood, density, polyphony,
range, form and primer chance adds. The finished piece is looked at by `linnet_train.evaluation.faults`. The
table has the share of pieces with a fault by setting, with Wilson's 95 % intervals.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import linnet
from linnet.controls import moods
from linnet.controls.rules import Rules
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import SPLITS, Corpus
from linnet_train.evaluation.faults import KINDS, Expected, faults, last_bar
from linnet_train.evaluation.statistics import share

METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "9/8", "12/8", "7/8", "2/2", "3/8")
KEYS = ("C major", "D major", "F# major", "Bb major", "A minor", "E minor", "C# minor", "G minor")
FORMS = ("", "A", "AABB", "ABA", "AABA", "ABAB", "ABACA")
RANGES = (("C4", "C6"), ("G3", "E5"), ("C2", "C4"), ("D4", "A5"))
FEWEST_BARS = 4
"""Of people's pieces."""

LENGTHS = {"1 to 3": range(1, 4), "4 to 8": range(4, 9), "9 to 24": range(9, 25), "25 to 64": range(25, 65)}


@dataclass(frozen=True, slots=True)
class Draw:
    """A piece that was asked for."""

    model: str
    seed: int
    options: dict[str, Any]  # arguments of `Model.generate`
    primer: str = ""
    """What it goes on from: `own`, a piece of the model; `cut`, three bars of one of folk."""

    @property
    def settings(self) -> Iterator[str]:
        """The rows of the table that it belongs to."""
        options = self.options
        yield "all"
        yield f"model {self.model}"
        if "bars" in options:
            yield f"bars {next(name for name, bars in LENGTHS.items() if options['bars'] in bars)}"
        meter = options.get("time_signature")
        yield f"meter {meter or 'as the model likes'}"
        for name in ("key", "mood", "density", "polyphony", "pitch_range"):
            if name in options:
                yield f"with {name}"
        if options.get("density") == 1:
            yield "density 1"
        form = options.get("form")
        yield f"form {'as the model likes' if form is None else 'left to chance' if not form else 'letters'}"
        yield f"primer {self.primer or 'none'}"


def draws(count: int, models: Sequence[str], seed: int) -> list[Draw]:
    """So many draws; the same seed, the same draws."""
    dice = random.Random(seed)
    learnt = {name: _learnt(name) for name in models}
    return [_draw(dice, models, learnt) for _ in range(count)]


def _learnt(name: str) -> set[str]:
    info = linnet.load(name).info
    grid = {"bars"} if info.time_base == "grid" else set()
    return grid | {wish["name"] for wish in info.wishes if wish["trained"]}


def _draw(dice: random.Random, models: Sequence[str], learnt: dict[str, set[str]]) -> Draw:
    name, seed = dice.choice(models), dice.getrandbits(32)
    known, options = learnt[name], dict[str, Any]()
    if "bars" not in known:
        options["seconds"] = dice.choice([1, 3, 10, 30])
        if dice.random() < 0.3:
            options["density"] = dice.randint(1, 8)
        return Draw(name, seed, options)
    options["bars"] = dice.choice(LENGTHS[dice.choice(list(LENGTHS))])
    if dice.random() < 0.5:
        options["time_signature"] = dice.choice(METERS)
    if dice.random() < 0.3 and "key" in known:
        options["key"] = dice.choice(KEYS)
    if dice.random() < 0.2:
        options["mood"] = dice.choice(list(moods.MOODS))
    if dice.random() < 0.3 and "density" in known:
        options["density"] = dice.randint(1, 8)
    if dice.random() < 0.2:
        options["polyphony"] = dice.randint(1, 4)
    if dice.random() < 0.2:
        options["pitch_range"] = dice.choice(RANGES)
    if dice.random() < 0.3 and "likeness" in known:
        options["form"] = dice.choice(FORMS)
    primer = dice.choice(["own", "cut"]) if dice.random() < 0.2 and name != "phrase" else ""
    return Draw(name, seed, options, primer)


def play(draw: Draw) -> tuple[Score, Expected]:
    """The piece, and what it is held against."""
    model, options = linnet.load(draw.model), dict(draw.options)
    programs: tuple[int, ...] = ()
    if draw.primer:
        other = model if draw.primer == "own" else linnet.load("folk")
        primer = other.generate(bars=4, seed=draw.seed)
        options["primer"] = primer if draw.primer == "own" else primer.slice_bars(0, 3)
        programs = tuple({track.program for track in primer.tracks if not track.is_drum})
    if model.info.timing:
        options["timing"] = False  # what is meant, not how late it is
    score = model.generate(seed=draw.seed, **options)
    rules = {name: options[name] for name in ("polyphony", "pitch_range") if name in options}
    shortened = moods.touch(moods.point(options["mood"]))[1] if "mood" in options else 1.0
    expected = Expected(
        bars=options.get("bars"),
        repertoire=model.info.repertoire,
        rules=Rules(**rules),
        programs=programs,
        heard=model.info.defaults.get("instrument", ()),
        shortened=shortened,
        begins=not draw.primer,
        barred=model.info.time_base == "grid",
    )
    return score, expected


def measure(wanted: Sequence[Draw]) -> list[list[str]]:
    """The faults of each piece; a piece that cannot be made is one of its own."""
    found = []
    for number, draw in enumerate(wanted):
        try:
            kinds = faults(*play(draw))
        except Exception as error:  # whatever it is, a player would meet it
            kinds = [f"{type(error).__name__}: {error}"]
        if kinds:
            print(json.dumps([kinds, draw.model, draw.seed, draw.options, draw.primer]), file=sys.stderr)
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {len(wanted)}", end="\r", file=sys.stderr, flush=True)
        found.append(kinds)
    return found


def table(wanted: Sequence[Draw], found: Sequence[Sequence[str]]) -> str:
    """As Markdown."""
    rows: dict[str, list[Sequence[str]]] = {}
    for draw, kinds in zip(wanted, found, strict=True):
        for setting in draw.settings:
            rows.setdefault(setting, []).append(kinds)
    lines = ["| setting | pieces | any fault | " + " | ".join((*KINDS, "refused")) + " |"]
    lines.append("|---|---" + "|---" * (len(KINDS) + 2) + "|")
    order = ["all", *sorted(row for row in rows if row != "all")]
    for setting in order:
        pieces = rows[setting]
        cells = [_cell(sum(bool(each) for each in pieces), len(pieces))]
        cells += [_cell(sum(kind in each for each in pieces), len(pieces)) for kind in KINDS]
        others = sum(any(kind not in KINDS for kind in each) for each in pieces)
        lines.append(f"| {setting} | {len(pieces)} | {' | '.join([*cells, _cell(others, len(pieces))])} |")
    return "\n".join(lines)


def _cell(hits: int, count: int) -> str:
    got = share(hits, count)
    return f"{100 * got.value:.1f} ({100 * got.low:.1f}-{100 * got.high:.1f})"


def people(corpus: Corpus) -> str:
    """How many of people's whole pieces have a last bar that is wrong by the same measure."""
    pieces = [piece for split in SPLITS[1:] for piece in corpus.pieces(split)]
    scores = [codec.decode(np.asarray(piece.tokens), "grid") for piece in pieces if piece.notes]
    long = [score for score in scores if score.bars >= FEWEST_BARS]
    return f"{sum(last_bar(score) for score in long)} of {len(long)} held-out pieces"


PAGE = """# What is wrong on its face

A listener needs no statistics for some faults: a last bar that explodes, an instrument that has no place in
the music, a rule that is broken, a wrong number of bars, silence before the first note, rhythms that nobody
plays, a piece without a note. `linnet_train.evaluation.faults` finds them in a finished piece; the report
cards count them as *wrong on its face*. This table is made by

<!-- record: measures for an hour -->
```sh
{command}
```

Each of the {count} pieces is a model, a number of bars and whatever chance added of meter, key, mood,
density, polyphony, range, form and primer. Shares of the pieces in per cent, with 95 % intervals; a piece
counts in several rows. *Refused* is a combination of settings that was answered by an error.

{table}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.faults", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--draws", type=int, default=2000, metavar="N", help="pieces (2000)")
    parser.add_argument("--models", nargs="+", default=linnet.models(), metavar="NAME", help="those packaged")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other draws (1)")
    parser.add_argument("--people", metavar="CORPUS", help="instead: the last bars of its held-out pieces")
    parser.add_argument("--write", type=Path, metavar="FILE", help="page to write the table to")
    args = parser.parse_args(arguments)
    if args.people:
        print(people(Corpus.open(args.people)))
        return 0
    wanted = draws(args.draws, args.models, args.seed)
    rows = table(wanted, measure(wanted))
    if args.write:
        command = f"python -m benchmarks.music.faults --draws {args.draws} --seed {args.seed}"
        page = PAGE.format(command=command, count=args.draws, table=rows)
        args.write.write_text(page, encoding="utf-8")
    print(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
