"""The report card of a model: everything that is measured, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linnet.controls import wishes
from linnet.model import Model
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus, Piece
from linnet_train.errors import TrainError
from linnet_train.evaluation import compare, validity
from linnet_train.evaluation import figures as musical
from linnet_train.evaluation.compare import Measured, Table
from linnet_train.evaluation.figures import YES_OR_NO
from linnet_train.evaluation.reference import COPYING, RUNS, Sample, Yardstick, table
from linnet_train.evaluation.statistics import LONGEST_PIECE, NAMES, held_out_split, share
from linnet_train.progress import Stages
from linnet_train.sampling import as_shipped as shipping
from linnet_train.sampling import unconstrained

COMPARISONS = {
    "range hit": compare.range_hit,
    "mean overlap": compare.mean_overlap,
    "mean KS": compare.mean_ks,
    "Fréchet distance": compare.frechet_distance,
    "told apart (AUC)": compare.told_apart,
}

FREE: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "form": ""}
FREE |= {"scale": range(12)}  # any note; where a scale is given, no usual key is wished
"""Settings of `Model.generate` that leave everything to the network."""

FEWEST_MEASURED = 10
"""Of the model; each fold of the classifier needs two."""

PLAYED_UNDER_RULES = 10


@dataclass(frozen=True)
class Column:
    """A set of pieces."""

    name: str
    about: str
    samples: list[Sample]

    @property
    def measured(self) -> list[Sample]:
        """Without those that are too short to be pieces."""
        return [sample for sample in self.samples if sample.figures]

    def values(self, figure: str) -> Table:
        """One figure of all pieces. (pieces)"""
        return table(self.samples, [figure])[:, 0]


@dataclass(frozen=True)
class Card:
    """What was measured."""

    model: Model
    corpus: Corpus
    yardstick: Yardstick
    seed: int
    shipped: Column
    free: Column
    people: Column
    validity: dict[str, dict[str, Measured]]
    """For each question the share of pieces, by who is asked."""

    violations: dict[str, float]
    """Notes in a thousand that break a rule, by rule."""

    complaints: list[str]
    likelihood: dict[str, float]
    self_gap: Measured
    """Of pieces left free and drawn without masks, against people's; both without wishes."""

    shipped_gap: Measured
    """Of pieces as shipped, against people's of the same length; both told the wishes that they fulfil."""

    comparisons: dict[str, dict[str, Measured]]
    """For each comparison with people: both settings of the model, and other people."""

    differences: dict[str, tuple[float, float]]
    """KS distance of each figure from people's, and what 95 % of draws among people stay below."""

    @property
    def columns(self) -> tuple[Column, Column, Column]:
        """Of all tables."""
        return self.shipped, self.free, self.people

    @property
    def strangers(self) -> bool:
        """Whether the model was trained on another corpus, and so may know the held-out pieces."""
        return self.model.info.passport.get("corpus_fingerprint") != self.corpus.fingerprint

    def copies_too_much(self) -> bool:
        """More of twelve notes than people by two standard errors, or a long copy where people have none."""
        ours, theirs = (column.values(COPYING[1]) for column in (self.shipped, self.people))
        limit = theirs.mean() + 2 * theirs.std() / len(theirs) ** 0.5
        ours_long, theirs_long = (
            column.values(COPYING[-1]) >= RUNS[-1] for column in (self.shipped, self.people)
        )
        return bool(ours.mean() > limit or (ours_long.any() and not theirs_long.any()))


def measure(model: Model, corpus: Corpus, *, count: int, bars: int, seed: int, stages: Stages) -> Card:
    """Makes `count` pieces and holds them against people's."""
    yardstick = Yardstick(corpus, bars, count, stages.next("reading the corpus", 20))
    length = {"bars": bars} if yardstick.barred else {"seconds": 2.0 * bars}
    made = {}
    for name, settings in (("shipped", {}), ("free", FREE)):
        tell = stages.next("playing", 4)
        made[name] = model.generate(
            count=count,
            seed=seed,
            progress=lambda done, asked, tell=tell: tell(done / asked),
            **length,
            **settings,
        )
    shipped, free = (
        Column(called, about, _measured(yardstick, made[name], seed, stages))
        for name, called, about in (
            ("shipped", "as shipped", "the settings that the model brings along"),
            ("free", "left free", "temperature 1, nothing filtered, no wishes, no form"),
        )
    )
    for column in (shipped, free):
        if len(column.measured) < FEWEST_MEASURED:
            raise TrainError(
                f"{len(column.measured)} of the {count} pieces that {model.info.name} made ({column.name}) "
                f"have {musical.FEWEST_NOTES} notes or more, and {FEWEST_MEASURED} are needed"
            )
    people = Column("people", "held-out pieces", yardstick.people)
    stages.next("validity of files", 2)
    found = [validity.complaints(score, barred=yardstick.barred) for score in made["shipped"]]
    table_of_validity, drawn, longest = _validity(model, corpus, count, bars, seed, stages)
    table_of_validity["file valid"] = {"as shipped": share(sum(not each for each in found), count)}
    gap, likelihood = _likelihood(model, corpus, drawn, stages)
    shipped_gap = _gap_of_scores(model, made["shipped"], [sample.score for sample in people.samples])
    likelihood["longest piece, tokens"] = longest
    stages.next("comparing", 6)
    comparisons = _comparisons(yardstick, shipped, free)
    return Card(
        model=model,
        corpus=corpus,
        yardstick=yardstick,
        seed=seed,
        shipped=shipped,
        free=free,
        people=people,
        validity=table_of_validity,
        violations=_violations(model, bars, seed, yardstick),
        complaints=sorted({text for each in found for text in each}),
        likelihood=likelihood,
        self_gap=gap,
        shipped_gap=shipped_gap,
        comparisons=comparisons,
        differences=_differences(yardstick, shipped),
    )


def _held_out(corpus: Corpus) -> list[Piece]:
    return [piece for piece in corpus.pieces(held_out_split(corpus)) if piece.notes]


def _measured(yardstick: Yardstick, scores: Sequence[Score], seed: int, stages: Stages) -> list[Sample]:
    tell, samples = stages.next("measuring", 6), []
    for i, score in enumerate(scores):
        samples.append(yardstick.measure(f"seed {seed + i}", score))
        tell((i + 1) / len(scores))
    return samples


def _validity(
    model: Model, corpus: Corpus, count: int, bars: int, seed: int, stages: Stages
) -> tuple[dict[str, dict[str, Measured]], list[unconstrained.Drawn], int]:
    """Shares of pieces that nobody ends; those left free and drawn without masks; the most tokens they could
    have.
    """
    engine, time_base = model.engine, model.info.time_base
    grid = time_base == "grid"
    wanted = shipping.requests(model, count, bars if grid else 200 * bars, seed)
    held_out = [piece.tokens for piece in _held_out(corpus)]
    longest = min(max(len(tokens) for tokens in held_out), LONGEST_PIECE)
    seeds = range(seed, seed + count)
    rows: dict[str, dict[str, Measured]] = {"grammar valid, masks off": {}, "grammar valid, masks on": {}}
    rows["ends properly"] = {}
    drawn: list[unconstrained.Drawn] = []
    for name, as_shipped in (("as shipped", True), ("left free", False)):
        tell = stages.next("playing without masks", 13)
        if as_shipped:
            drawn = shipping.without_masks(engine, wanted, longest, tell)
        else:
            drawn = unconstrained.without_masks(engine, seeds, longest, progress=tell)
        rows["grammar valid, masks off"][name] = share(sum(piece.legal for piece in drawn), count)
        stages.next("playing with masks", 8)
        if as_shipped:
            masked = shipping.with_masks(engine, wanted, longest)
        else:
            masked = unconstrained.with_masks(engine, seeds, longest)
        legal = sum(unconstrained.is_legal(tokens, time_base) for tokens in masked)
        rows["grammar valid, masks on"][name] = share(legal, count)
        length = bars if as_shipped and grid else None
        ended = sum(shipping.ends_in_time(tokens, time_base, length) for tokens in masked)
        rows["ends properly"][name] = share(ended, count)
    ended = sum(unconstrained.ends_properly(tokens[:longest].tolist(), time_base) for tokens in held_out)
    rows["ends properly"]["people"] = share(ended, len(held_out))
    return rows, drawn, longest


def _likelihood(
    model: Model, corpus: Corpus, drawn: Sequence[unconstrained.Drawn], stages: Stages
) -> tuple[Measured, dict[str, float]]:
    """The self gap, and what predicting held-out pieces costs."""
    pieces = _held_out(corpus)
    notes, seconds = sum(piece.notes for piece in pieces), sum(piece.seconds for piece in pieces)
    figures: dict[str, float] = {}
    for name, told in (("told the wishes", True), ("wishes blank", False)):
        tell = stages.next("scoring held-out pieces", 5)
        blank = unconstrained.cost(
            model.engine, [(piece.tokens, piece.wishes if told else None) for piece in pieces], progress=tell
        )
        figures[f"nats a token, {name}"] = blank.nats_per_token
        figures[f"nats a note, {name}"] = float(blank.nats.sum()) / notes
        figures[f"bits a second, {name}"] = float(blank.nats.sum() / np.log(2)) / seconds
    own = unconstrained.Cost.of_itself(drawn)
    figures["nats a token, own pieces"] = own.nats_per_token
    ours, theirs = (np.stack([cost.nats, cost.tokens], 1).astype(np.float64) for cost in (own, blank))
    return compare.interval(_gap, ours, theirs), figures


def _gap_of_scores(model: Model, ours: Sequence[Score], theirs: Sequence[Score]) -> Measured:
    time_base, sides = model.info.time_base, []
    for scores in (ours, theirs):
        music = []
        for score in scores:
            quantised = codec.quantise(score, time_base)
            music.append((codec.encode(quantised, time_base), wishes.measure(quantised)))
        cost = unconstrained.cost(model.engine, music)
        sides.append(np.stack([cost.nats, cost.tokens], 1).astype(np.float64))
    return compare.interval(_gap, *sides)


def _gap(ours: Table, theirs: Table) -> float:
    """How much more its own tokens cost a model than people's do. (pieces, nats and tokens)"""
    a, b = (float(x[:, 0].sum() / x[:, 1].sum()) for x in (ours, theirs))
    return a / b - 1


def _violations(model: Model, bars: int, seed: int, yardstick: Yardstick) -> dict[str, float]:
    length = {"bars": bars} if yardstick.barred else {"seconds": 2.0 * bars}
    found = {}
    for rule, setting in validity.RULES.items():
        scores = model.generate(count=PLAYED_UNDER_RULES, seed=seed, **length, **setting)
        broken = sum(validity.violations(rule, score, barred=yardstick.barred) for score in scores)
        found[rule] = 1000 * broken / max(1, sum(len(score.notes) for score in scores))
    return found


def _comparisons(yardstick: Yardstick, *made: Column) -> dict[str, dict[str, Measured]]:
    people, everybody = table(yardstick.people), table(yardstick.everybody)
    found: dict[str, dict[str, Measured]] = {}
    for name, comparison in COMPARISONS.items():
        row = found[name] = {}
        for column in made:
            pieces = table(column.samples)
            if comparison is compare.told_apart:
                # resampled pieces would stand on both sides of a fold, and be known by heart: the scores that
                # held-out pieces got are resampled instead
                row[column.name] = compare.interval(compare.area, *compare.suspicion(pieces, people))
            else:
                row[column.name] = compare.interval(comparison, pieces, people)
        row["people"] = compare.among(everybody, len(people), comparison)
    return found


def _differences(yardstick: Yardstick, made: Column) -> dict[str, tuple[float, float]]:
    """For each figure that has a distribution."""
    names = [name for name in NAMES if name not in YES_OR_NO]
    people, everybody = table(yardstick.people, names), table(yardstick.everybody, names)
    among = [compare.ks(a, b) for a, b in compare.halves(everybody, len(people), 50)]
    found = compare.ks(table(made.samples, names), people)
    usual = np.quantile(np.array(among), 0.95, axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(names, found, usual, strict=True)}
