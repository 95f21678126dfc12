"""Judge a model beside people: figures and piano rolls of its pieces and of pieces it has never seen.

    python -m benchmarks.judge MODEL --corpus CORPUS [--seeds 10] [--bars 32] [-o docs/models] [--json FILE]

MODEL is a name or a file; CORPUS is the folder the model was trained on. The table compares pieces made from
seeds 0, 1, 2 ... at the model's own settings with all pieces of the test split that are long enough, cropped
to the same number of bars (endings are those of whole pieces). The picture shows ten of each, the human ones
evenly spread over the list. `--sweep` compares other sampling settings instead.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import linnet
from linnet import codec
from linnet._files import write_whole
from linnet.model import Model
from linnet.score import Score
from linnet_train import compare, musical, rolls
from linnet_train.copies import Copies
from linnet_train.corpus import Corpus, Piece
from linnet_train.musical import FEWEST_NOTES, YES_OR_NO

SHOWN = 10
RUN = 12
ENDINGS = ("ends on tonic", "ends long")
SWEEP: tuple[dict[str, float], ...] = (
    *({"temperature": t, "min_p": p} for t in (0.8, 0.9, 1.0, 1.1) for p in (0.0, 0.02, 0.05, 0.1)),
    *({"temperature": t, "top_p": p} for t in (0.9, 1.0, 1.1) for p in (0.9, 0.95)),
)

Figures = dict[str, float]


@dataclass(frozen=True)
class Sample:
    """One piece, cropped, and its figures."""

    name: str
    score: Score
    figures: Figures


class Judge:
    """What a model's pieces are compared with."""

    def __init__(self, corpus: Corpus, bars: int) -> None:
        """Reads the corpus: training pieces for what might be copied, test pieces for comparison."""
        self.bars = bars
        self.copies = Copies(_decode(corpus, piece) for piece in corpus.pieces("train"))
        held_out = [(piece, _decode(corpus, piece)) for piece in corpus.pieces("test")]
        long_enough = [(piece, score) for piece, score in held_out if score.bars >= bars]
        self.people = [self.sample(piece.name, score) for piece, score in long_enough]
        self.left_out = len(held_out) - len(long_enough)

    def sample(self, name: str, whole: Score) -> Sample:
        """A piece with its figures; endings are those of the whole piece."""
        score = musical.opening(whole, self.bars)
        if len(score.notes) < FEWEST_NOTES:
            return Sample(name, score, {})
        figures = musical.measure(score)
        figures |= {ending: musical.FIGURES[ending](whole) for ending in ENDINGS}
        figures[f"in copied runs of {RUN}"] = self.copies.share(score, RUN)
        figures["longest copied run"] = self.copies.longest(score)
        return Sample(name, score, figures)

    def play(self, model: Model, seeds: int, **sampling: float) -> list[Sample]:
        """Pieces of a model from seeds 0, 1, 2 ..."""
        scores = (model.generate(bars=self.bars, seed=seed, **sampling) for seed in range(seeds))  # type: ignore[arg-type]  # each name has its own type
        return [self.sample(f"seed {seed}", score) for seed, score in enumerate(scores)]


def _decode(corpus: Corpus, piece: Piece) -> Score:
    return codec.decode(piece.tokens, corpus.time_base)


def _title(name: str) -> str:
    """`a/0809_The_Grumbling_Rustic.mid` is The Grumbling Rustic."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", Path(name).stem)
    words = re.sub(r"^[\d ]+", "", words) or words
    return words.title() if words.isupper() else words


def _figures(samples: Sequence[Sample]) -> list[Figures]:
    return [sample.figures for sample in samples if sample.figures]


def _column(samples: Sequence[Sample], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([figures[name] for figures in _figures(samples)], np.float64)


def _cell(samples: Sequence[Sample], name: str) -> str:
    values = _column(samples, name)
    if np.isnan(values).all():
        return "-"
    if name in YES_OR_NO:
        return f"{np.nanmean(values):.0%}"
    low, middle, high = np.nanpercentile(values, [5, 50, 95])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """In Markdown, the columns aligned for readers of plain text."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def report(judge: Judge, samples: Sequence[Sample]) -> None:
    """Prints the table, and lines about all figures together."""
    names = list(_figures(judge.people)[0])
    rows = [("", f"model ({len(samples)})", f"people, held out ({len(judge.people)})")]
    rows += [(name, _cell(samples, name), _cell(judge.people, name)) for name in names]
    print(f"Median (5th to 95th percentile), or the share of pieces; the first {judge.bars} bars.\n")
    _print_table(rows)
    made, people = _figures(samples), _figures(judge.people)
    size = len(made)
    print()
    for name, comparison in (("range_hit", compare.range_hit), ("mean KS", compare.mean_ks)):
        floor = compare.among_people(people, size, comparison)
        print(f"{name:9}  {comparison(made, people):.3f}   people against other people: {floor:.3f}")
    copied = f"in copied runs of {RUN}"
    ours, theirs = _column(samples, copied), _column(judge.people, copied)
    error = 2 * theirs.std() / len(theirs) ** 0.5
    print(f"copied     {ours.mean():.3f}   people: {theirs.mean():.3f} ± {error:.3f} (means of '{copied}')")
    print(f"too short  {len(samples) - size} of {len(samples)} have fewer than {FEWEST_NOTES} notes")
    print(f"left out   {judge.left_out} held-out pieces have fewer than {judge.bars} bars")


def sweep(judge: Judge, model: Model, seeds: int) -> list[dict[str, object]]:
    """Prints how near each sampling setting comes to people, the nearest first.

    Half of the pieces stuck and half of them wild would look human on the average, so being degenerate more
    often than people counts against a setting in full.
    """
    shown = {
        "pitch-class entropy": "pc entropy", "scale consistency": "scale", "key nearness": "key near",
        "onset entropy": "onset H", "groove consistency": "groove", "self-similarity 1-4": "SI 1-4",
        "self-similarity 5-8": "SI 5-8", "bar repeat": "bar repeat", "distinct 4": "distinct 4",
        "ends on tonic": "tonic", "ends long": "long", "degenerate": "degenerate",
        f"in copied runs of {RUN}": f"C{RUN}", "longest copied run": "longest copy",
    }  # fmt: skip

    def cells(samples: Sequence[Sample]) -> list[str]:
        middle = (
            np.nanmean if name in (*YES_OR_NO, f"in copied runs of {RUN}") else np.nanmedian for name in shown
        )
        return [f"{f(_column(samples, name)):.2f}" for name, f in zip(shown, middle, strict=True)]

    people, results = _figures(judge.people), []
    for settings in SWEEP:
        begun = time.perf_counter()
        samples = judge.play(model, seeds, **settings)
        made = _figures(samples)
        result = {"mean_ks": compare.mean_ks(made, people), "range_hit": compare.range_hit(made, people)}
        results.append((result, settings, cells(samples), made))
        print(f"{settings}: {time.perf_counter() - begun:.0f} s", flush=True)
    stuck = float(_column(judge.people, "degenerate").mean())
    for result, _, _, made in results:
        excess = np.mean([figures["degenerate"] for figures in made]) - stuck
        result["distance"] = result["mean_ks"] + max(0.0, float(excess))
    results.sort(key=lambda entry: entry[0]["distance"])
    rows = [["T", "min_p", "top_p", "distance", "mean KS", "range_hit", *shown.values()]]
    for result, settings, row, _ in results:
        chance = [
            f"{settings.get(name, usual):g}"
            for name, usual in (("temperature", 1), ("min_p", 0), ("top_p", 1))
        ]
        rows.append(
            [*chance, *(f"{result[name]:.3f}" for name in ("distance", "mean_ks", "range_hit")), *row]
        )
    best = [compare.among_people(people, seeds, c) for c in (compare.mean_ks, compare.range_hit)]
    floor = [f"{value:.3f}" for value in best]
    rows.append(["people", "", "", floor[0], *floor, *cells(judge.people)])
    print(f"\n{seeds} seeds of {judge.bars} bars each; medians, and means of shares.\n")
    _print_table(rows)
    return [result | {"settings": settings, "pieces": made} for result, settings, _, made in results]


def picture(judge: Judge, samples: Sequence[Sample], title: str) -> bytes:
    """Ten of the model's pieces beside ten of people's."""
    people = judge.people
    chosen = [people[i] for i in np.linspace(0, len(people) - 1, min(SHOWN, len(people))).round().astype(int)]
    columns = ((title, samples[:SHOWN]), ("people (held out)", chosen))
    return rolls.draw(
        [(heading, [rolls.Roll(s.score, _title(s.name)) for s in shown]) for heading, shown in columns],
        judge.bars,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="name of a packaged model, or a model file")
    parser.add_argument("--corpus", type=Path, required=True, help="folder made by linnet-train prepare")
    parser.add_argument("--seeds", type=int, default=10, help="pieces to make (10; for a sweep 30 or more)")
    parser.add_argument("--bars", type=int, default=32, help="bars of each piece (32)")
    parser.add_argument("-o", "--output", type=Path, help="folder for the picture, MODEL.png")
    parser.add_argument("--json", type=Path, help="file for all figures of all pieces")
    parser.add_argument("--sweep", action="store_true", help="compare sampling settings")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    judge = Judge(Corpus.open(args.corpus), args.bars)
    found: Mapping[str, object]
    if args.sweep:
        found = {"sweep": sweep(judge, model, args.seeds)}
    else:
        samples = judge.play(model, args.seeds)
        report(judge, samples)
        found = {"model": {sample.name: sample.figures for sample in samples}}
        if args.output:
            args.output.mkdir(parents=True, exist_ok=True)
            file = args.output / f"{model.file.stem}.png"
            write_whole(file, picture(judge, samples, f"{model.file.stem} (made by linnet)"))
            print(f"picture    {file}")
    if args.json:
        people = {sample.name: sample.figures for sample in judge.people}
        about = {"sha256": model.info.sha256, "defaults": model.info.defaults, "bars": args.bars}
        write_whole(args.json, (json.dumps(about | {**found} | {"people": people}) + "\n").encode())


if __name__ == "__main__":
    main()
