"""What are composed plans like, beside people's?

    python -m benchmarks.music.composed folk.plan folk.corpus [--show 3] [--seeds 100] [--json FILE]

People's are the held-out pieces of a corpus. For each of them the plan model (of a run of `linnet-train
plan`, or of a model file) composes one under the same conditions: metre, mode, style, bars, who is there.
Figures are means over pieces with the interval in which 95 of 100 draws of the pieces lie.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from benchmarks import table
from linnet._core import Rng
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import Conditions
from linnet.controls.plan_model import PlanModel
from linnet.controls.plan_rows import NO_CHORD_CELL, chord_of
from linnet.engine.engine import read_info
from linnet.engine.plan import PlanNetwork
from linnet.errors import ModelError
from linnet.generation.planner import Planner
from linnet.tools.chance import Streams
from linnet_export.plan import plan_entry
from linnet_train.corpus.corpus import Corpus
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.evaluation import compare
from linnet_train.evaluation.statistics import held_out_split
from linnet_train.plans.reading import read_plans
from linnet_train.storage import write_json

OPEN, CLOSED, ALIKE = 2, 3, 15
OPENING, FAR = 8, 32
"""Bars of the opening, and after how many it is to come back."""

MOST = 300
"""Held-out pieces."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it was made for."""

    conditions: Conditions
    bars: Sequence[PlanBar]

    @property
    def full(self) -> Sequence[PlanBar]:
        """The bars after the upbeat."""
        return self.bars[int(self.conditions.upbeat) :]


def closes(number: int) -> Callable[[Planned], float]:
    """Whether a full bar, from 1, is the last of a phrase that closes on the tonic."""

    def figure(plan: Planned) -> float:
        if len(plan.full) < number:
            return np.nan
        bar = plan.full[number - 1]
        return float(bar.left == 1 and bar.cadence == CLOSED)

    return figure


def half_bars(plan: Planned) -> list[int]:
    """The chords of half bars, as cells; of bars of one beat, and in odd metres, of the first and the middle
    beat.
    """
    beats = plan.conditions.beats
    places = sorted({0, beats // 2})
    return [bar.cells[place] for bar in plan.full for place in places if bar.cells]


def changes(plan: Planned) -> float:
    """Share of half bars with another chord than the one before."""
    chords = half_bars(plan)
    pairs = list(pairwise(chords))
    return float(np.mean([a != b for a, b in pairs])) if pairs else np.nan


def cadences(plan: Planned) -> float:
    """A chord on the dominant and then one on the tonic, times in 8 bars."""
    tonic = 9 if plan.conditions.minor else 0
    roots = [None if cell in (0, NO_CHORD_CELL) else (cell - 1) // 7 for cell in half_bars(plan)]
    if not plan.full:
        return np.nan
    found = sum(a == (tonic + 7) % 12 and b == tonic for a, b in pairwise(roots) if a is not None)
    return 8 * found / len(plan.full)


def home(plan: Planned, *, last: bool) -> float:
    """Share of closed phrases that end with a chord on the tonic; of the last one, whether it does."""
    bars = plan.bars[-1:] if last else plan.bars
    ends = [bar for bar in bars if (bar.cadence, bar.left) == (CLOSED, 1) and any(bar.cells[-1:])]
    tonic = 9 if plan.conditions.minor else 0
    roots = [None if bar.cells[-1] == NO_CHORD_CELL else (bar.cells[-1] - 1) // 7 for bar in ends]
    return float(np.mean([root == tonic for root in roots])) if roots else np.nan


def led(plan: Planned, *, cadence: int) -> float:
    """Share of the phrases that end so whose chords say it, in the home key: those that close come from the
    dominant to the tonic, those that are open end on the dominant.
    """
    tonic = 9 if plan.conditions.minor else 0
    found = []
    for before, bar in zip([PlanBar(), *plan.bars], plan.bars, strict=False):
        cells = [cell for cell in (*before.cells, *bar.cells) if cell not in (0, NO_CHORD_CELL)]
        if (bar.cadence, bar.left) != (cadence, 1) or not cells:
            continue
        roots = [root for root, _ in groupby(((cell - 1) // 7 - tonic) % 12 for cell in cells)]
        found.append(roots[-2:] == [7, 0] if cadence == CLOSED else roots[-1] == 7)
    return float(np.mean(found)) if found else np.nan


def returns(plan: Planned) -> float:
    """Share of the first 8 bars that come back, by way of others or not, after 32 bars."""
    if len(plan.bars) < FAR + OPENING:
        return np.nan
    origins: list[int] = []
    for number, bar in enumerate(plan.bars):
        back = bar.source or 0
        origins.append(origins[number - back] if 0 < back <= number and bar.how > ALIKE else number)
    late = {origin for origin in origins[FAR:] if origin < OPENING}
    return len(late & set(origins[:OPENING])) / len(set(origins[:OPENING]))


def new_bars(plan: Planned) -> float:
    """Share of bars that are like none before."""
    return float(np.mean([not (bar.source and bar.how > ALIKE) for bar in plan.bars]))


def phrases_of_four(plan: Planned) -> float:
    """Share of phrases that have four bars."""
    ends = [n for n, bar in enumerate(plan.full) if bar.left == 1]
    return float(np.mean(np.diff([-1, *ends]) == 4)) if ends else np.nan


def different_chords(plan: Planned) -> float:
    """Different chords."""
    return float(len({cell for bar in plan.bars for cell in bar.cells} - {0, NO_CHORD_CELL}))


def players(plan: Planned) -> float:
    """Share of players that play, over all bars; only where there are several."""
    known = [each for bar in plan.bars for each in bar.players if each]
    several = len(plan.conditions.roles) + plan.conditions.kit > 1
    return float(np.mean([each == 2 for each in known])) if several and known else np.nan


def steps(place: int) -> Callable[[Planned], float]:
    """How often a wish of `plan_layout.SHAPE` changes from bar to bar."""

    def figure(plan: Planned) -> float:
        values = [bar.shape[place] for bar in plan.bars if bar.shape[place]]
        return float(np.mean(np.diff(values) != 0)) if len(values) > 1 else np.nan

    return figure


FIGURES: dict[str, Callable[[Planned], float]] = {
    "bar 4 closes": closes(4),
    "bar 8 closes": closes(8),
    "bar 16 closes": closes(16),
    "the last bar closes": lambda plan: float(plan.bars[-1].cadence == CLOSED),
    "phrases of four bars": phrases_of_four,
    "chord changes, of half bars": changes,
    "V-I in 8 bars": cadences,
    "closed phrases that end on the tonic's chord": partial(home, last=False),
    "pieces that do": partial(home, last=True),
    "closed phrases that come from the dominant": partial(led, cadence=CLOSED),
    "open phrases that end on the dominant": partial(led, cadence=OPEN),
    "different chords": different_chords,
    "new bars": new_bars,
    "opening that comes back after 32 bars": returns,
    "players that play": players,
    "density changes": steps(0),
    "polyphony changes": steps(1),
    "register changes": steps(2),
    "loudness changes": steps(3),
}


def open_plan_model(path: Path) -> PlanModel:
    """Of a run of `linnet-train plan`, or of a model file."""
    if path.is_dir():
        return PlanModel.of(plan_entry(path))
    model = read_info(path).plan
    if model is None:
        raise ModelError(f"{path} composes no plans")
    return model


def compose(model: PlanModel, network: PlanNetwork, conditions: Conditions, seed: int) -> Planned:
    """A plan by its seed."""
    rng = Rng(seed, stream=Streams.PLAN)
    planner = Planner(network, conditions, rng=rng, asked=model.asked, temperature=model.temperature)
    return Planned(conditions, planner.compose(conditions.bars + conditions.upbeat))


def text(plan: Planned) -> list[str]:
    """A plan to be read, four bars a line: `2*` like the bar two bars ago, `2` in part; `c4` the first of
    four bars that close (`o` open, `r` runs on); chords; who plays; density, polyphony, register, loudness.
    """
    shown = []
    for bar in plan.bars:
        chords, before = [], -1
        for cell in bar.cells:
            name = "-" if cell == NO_CHORD_CELL else str(chord_of(cell)) if cell else "?"
            chords.append("." if cell == before else name)
            before = cell
        who = "".join(" .#"[each] for each in bar.players).strip()
        like = f"{bar.source}{'*' if bar.how > ALIKE else ''}" if bar.source else "new"
        shape = "".join(map(str, bar.shape))
        shown.append(f"{like:>4} {'?roc'[bar.cadence]}{bar.left:<2} {' '.join(chords):<14} {who} {shape}")
    upbeat = [shown[:1]] if plan.conditions.upbeat else []
    rest = shown[len(upbeat) :]
    return [" | ".join(line) for line in [*upbeat, *(rest[i : i + 4] for i in range(0, len(rest), 4))]]


def distinct(model: PlanModel, network: PlanNetwork, conditions: Conditions, seeds: int) -> float:
    """Share of plans that differ from all others in what comes back, in chords or in cadences."""
    plans = [
        tuple(
            (bar.source, bar.cadence, bar.left, tuple(bar.cells))
            for bar in compose(model, network, conditions, s).bars
        )
        for s in range(seeds)
    ]
    return len(set(plans)) / len(plans)


def milliseconds(model: PlanModel, network: PlanNetwork, conditions: Conditions, tries: int = 5) -> float:
    """Of the fastest of some plans."""
    taken = []
    for seed in range(tries):
        begun = time.perf_counter()
        compose(model, network, conditions, seed)
        taken.append(1000 * (time.perf_counter() - begun))
    return min(taken)


def measure(plans: Sequence[Planned]) -> dict[str, compare.Measured]:
    """Each figure, the mean over plans."""
    found = {}
    for name, figure in FIGURES.items():
        values = np.array([figure(plan) for plan in plans], np.float64)
        if not np.isnan(values).all():
            found[name] = compare.interval_of(np.mean, values)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.composed", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", type=Path, help="run of `linnet-train plan`, or a model file")
    parser.add_argument("corpus", help="folder that `linnet-train prepare` wrote")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print so many plans as text")
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="plans that are to differ")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--temperature", type=float, metavar="X", help="of answers (as the model has it)")
    args = parser.parse_args(arguments)
    corpus = Corpus.open(args.corpus)
    split = held_out_split(corpus)
    people = [Planned(plan.conditions, plan.bars) for plan in spread(read_plans(corpus, split))]
    model = open_plan_model(args.model)
    if args.temperature:
        model = replace(model, temperature=args.temperature)
    network = PlanNetwork(model.network, source=str(args.model))
    composed = [compose(model, network, plan.conditions, seed) for seed, plan in enumerate(people)]
    for plan in composed[: args.show]:
        print(plan.conditions, *text(plan), sep="\n", end="\n\n")
    figures = {"composed": measure(composed), "people": measure(people)}
    cells = [(f"{len(people)} plans ({split})", "composed", "people")]
    cells += [
        (name, shown(figures["composed"].get(name)), shown(found))
        for name, found in figures["people"].items()
    ]
    print(*table.markdown(cells), sep="\n")
    tune = Conditions(people[0].conditions.time_signature, minor=False, style=1, bars=32)
    different = distinct(model, network, tune, args.seeds)
    taken = milliseconds(model, network, tune)
    print(f"\ndistinct plans of {args.seeds}: {different:.2f}; 32 bars in {taken:.1f} ms")
    if args.json:
        kept = {who: {name: asdict(each) for name, each in found.items()} for who, found in figures.items()}
        write_json(args.json, {
            "pieces": len(people), "split": split, "distinct": different, "milliseconds_32_bars": taken,
            "held_out": model.held_out, "machine": table.machine(), "figures": kept,
        })  # fmt: skip


def spread(plans: Sequence[PeoplesPlan]) -> Sequence[PeoplesPlan]:
    """MOST of them, from all over."""
    places = np.linspace(0, len(plans) - 1, min(MOST, len(plans))).round().astype(int)
    return [plans[place] for place in places.tolist()]


def shown(measured: compare.Measured | None) -> str:
    """A figure with its interval."""
    if measured is None:
        return ""
    return f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})"


if __name__ == "__main__":
    main()
