"""What a model is worth by its rewards and by the judges: the table of `linnet-train tuned`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linnet.controls.sampling import Sampling
from linnet.model import Model
from linnet.tools.text import counted
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.evaluation import compare, figures
from linnet_train.evaluation.compare import Measured
from linnet_train.evaluation.figures import FEWEST_NOTES
from linnet_train.evaluation.statistics import LONGEST_PIECE, share
from linnet_train.progress import Progress
from linnet_train.sampling import as_shipped, many, unconstrained
from linnet_train.tuning import judges, prompts
from linnet_train.tuning.played import Played
from linnet_train.tuning.prompts import PieceStarter, PlannedPiece
from linnet_train.tuning.reward_file import Rewards
from linnet_train.tuning.rewards import adherence, proper_ending

_SEED = 0
"""Of the first piece. Before and after tuning the seeds are the same."""

_TOGETHER = 64

WISHES = ("key", "density", "register")
"""What pieces are asked for."""


@dataclass(frozen=True)
class TunedFigures:
    """A model, measured."""

    model: str
    sha256: str
    pieces: int
    bars: int

    reward: float
    deviation: float
    """Of the rewards of single pieces, standard."""

    rewards: dict[str, float]
    """The mean of each, unweighted."""

    mean_adherence: float
    adherence: dict[str, float]
    """Wish by wish."""

    closes_on_tonic: Measured
    """Share of pieces of a given length that close on the tonic, with a note as long as most."""

    ends_in_time: Measured
    """Share of pieces as shipped, but not forced to end, that do so in time
    (`as_shipped.ends_in_time`)."""

    ends_properly: Measured
    """Share of unconstrained pieces that come to a proper end (`unconstrained.ends_properly`)."""

    degenerate: float
    nats_per_note: float
    """Of the test split, the mean of conditional and unconditional."""

    range_hit: Measured
    distance: Measured
    auc: Measured

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


class TunedMeasurer:
    """Asks models for the same pieces, and compares these with the same people's."""

    def __init__(self, corpus: Corpus, rewards: Rewards, bars: int, count: int) -> None:
        """Reads people's pieces: those of the valid and test splits, as in a report card."""
        self.corpus, self.rewards, self.bars, self.count = corpus, rewards, bars, count
        self.test = [piece for piece in corpus.pieces("test") if piece.notes]
        held_out = [piece for piece in corpus.pieces("valid") if piece.notes] + self.test
        if not self.test:
            raise TrainError(f"{corpus.path} has no music in its test split")
        self.people = judges.people(corpus, held_out, bars)
        self.models: list[CorpusPiece] = [held_out[i * len(held_out) // count] for i in range(count)]
        self.longest = min(max(len(piece.tokens) for piece in self.test), LONGEST_PIECE)

    def measure(self, model: Model, progress: Progress) -> TunedFigures:
        """Plays and measures."""
        starter, seeds = PieceStarter(model.info, model.engine), range(_SEED, _SEED + self.count)
        parts = [
            starter.begin(
                prompts.prompt_like(
                    piece, [name for name in WISHES if name in starter.trained_wishes], self.bars
                ),
                seed,
            )
            for piece, seed in zip(self.models, seeds, strict=True)
        ]
        pieces = _play(model, parts)
        progress(0.2)
        earned = [self.rewards(piece, str(part)) for piece, part in zip(pieces, parts, strict=True)]
        totals = np.array([each.total for each in earned])
        played = many.pieces(model, self.count, _SEED, bars=self.bars)
        progress(0.4)
        alone = unconstrained.with_masks(
            model.engine,
            seeds,
            self.longest,
            Sampling(**{**starter.sampling, "top_k": int(starter.sampling["top_k"])}),
        )
        ended = sum(unconstrained.ends_properly(tokens, "grid") for tokens in alone)
        wanted = as_shipped.requests(model, self.count, self.bars, _SEED)
        ended_in_time = [
            as_shipped.ends_in_time(tokens, "grid", self.bars)
            for tokens in as_shipped.with_masks(model.engine, wanted, self.longest)
        ]
        progress(0.6)
        nats = [self._nats(model, conditional) for conditional in (True, False)]
        progress(0.9)
        made = judges.figures(played, self.bars)
        if len(made) < judges.FEWEST_PIECES:
            raise TrainError(f"{model.info.name} made {len(made)} pieces of {FEWEST_NOTES} notes or more")
        stuck = [figures.measure(score)["degenerate"] for score in played]
        wishes = [adherence(piece) for piece in pieces]
        return TunedFigures(
            model=model.info.name,
            sha256=model.info.sha256,
            pieces=self.count,
            bars=self.bars,
            reward=float(totals.mean()),
            deviation=float(totals.std()),
            rewards={
                name: float(np.mean([each.values[name] for each in earned])) for name in earned[0].values
            },
            mean_adherence=float(np.mean([np.mean([*each.values()]) for each in wishes])),
            adherence={
                name: float(np.mean([each[name] for each in wishes if name in each]))
                for name in starter.trained_wishes
                if any(name in each for each in wishes)
            },
            closes_on_tonic=share(
                sum(np.sum(proper_ending(Played(score))) == 1 for score in played), self.count
            ),
            ends_in_time=share(sum(ended_in_time), self.count),
            ends_properly=share(ended, self.count),
            degenerate=float(np.mean(stuck)),
            nats_per_note=float(np.mean(nats)),
            range_hit=compare.interval(compare.range_hit, made, self.people),
            distance=compare.interval(compare.frechet_distance, made, self.people),
            auc=compare.interval(compare.area, *compare.classifier_scores(made, self.people)),
        )

    def _nats(self, model: Model, conditional: bool) -> float:
        notes = sum(piece.notes for piece in self.test)
        cost = unconstrained.cost(model.engine, unconstrained.given(self.test), conditional=conditional)
        return float(cost.nats.sum()) / notes


def _play(model: Model, parts: Sequence[PlannedPiece]) -> list[Played]:
    """Plays the parts as the model is shipped to."""
    guidance = model.info.defaults.get("guidance", 1.0)
    for first in range(0, len(parts), _TOGETHER):
        pieces = [part.piece for part in parts[first : first + _TOGETHER]]
        model.engine.loop(*pieces, guidance=guidance).play()
    return [part.result() for part in parts]


def rows(before: TunedFigures, after: TunedFigures) -> list[tuple[str, str, str, str, bool | None]]:
    """What, before, after, to reach, and whether it is reached (None: nothing is asked)."""
    found: list[tuple[str, str, str, str, bool | None]] = []

    def row(name: str, a: Any, b: Any, goal: str = "", met: bool | None = None, form: str = ".3f") -> None:
        texts = [str(x) if isinstance(x, Measured) else format(x, form) for x in (a, b)]
        found.append((name, texts[0], texts[1], goal, met))

    aim = before.reward + before.deviation
    row("mean reward", before.reward, after.reward, f">= {aim:.3f}", after.reward >= aim)
    row("its standard deviation", before.deviation, after.deviation)
    met = before.mean_adherence < after.mean_adherence >= 0.9
    row("wishes kept", before.mean_adherence, after.mean_adherence, "up, >= .90", met)
    for name, value in before.adherence.items():
        row(f"- {name}", value, after.adherence[name])
    met = before.ends_in_time.value < after.ends_in_time.value >= 0.97
    row("proper endings, not forced", before.ends_in_time, after.ends_in_time, "up, >= .97", met)
    row("- left alone", before.ends_properly, after.ends_properly)
    row("closes on its tonic, long", before.closes_on_tonic, after.closes_on_tonic)
    row("degenerate", before.degenerate, after.degenerate, "0", not after.degenerate)
    limit = 1.02 * before.nats_per_note
    row(
        "held-out nats a note",
        before.nats_per_note,
        after.nats_per_note,
        f"<= {limit:.3f}",
        after.nats_per_note <= limit,
    )
    limit = before.distance.value + 0.5
    row("FD16", before.distance, after.distance, f"<= {limit:.2f}", after.distance.value <= limit)
    limit = before.auc.value + 0.03
    row("classifier AUC", before.auc, after.auc, f"<= {limit:.3f}", after.auc.value <= limit)
    row("range hit", before.range_hit, after.range_hit)
    for name, value in before.rewards.items():
        row(f"reward {name}", value, after.rewards[name])
    return found


def table(before: TunedFigures, after: TunedFigures) -> str:
    """As Markdown, the columns aligned."""
    heading = (
        f"{counted(before.pieces, 'piece')} of {counted(before.bars, 'bar')}",
        "before",
        "after",
        "to reach",
        "",
    )
    marks = {None: "", True: "met", False: "missed"}
    lines = [heading, *((*texts, marks[met]) for *texts, met in rows(before, after))]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heading))]
    cells = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    cells.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(cells)
