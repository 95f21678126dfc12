"""The report card of a model: everything that is measured, as data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from linnet.controls import wishes
from linnet.model import Model
from linnet.music import upbeat
from linnet.music.score import Score, Track
from linnet.music.track import with_program
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus, CorpusPiece
from linnet_train.errors import TrainError
from linnet_train.evaluation import compare, validity
from linnet_train.evaluation import figures as piece_figures
from linnet_train.evaluation.compare import Measured, Table
from linnet_train.evaluation.faults import Expected, faults, last_bar
from linnet_train.evaluation.figures import YES_OR_NO
from linnet_train.evaluation.musician import played
from linnet_train.evaluation.musician.beside import Beside, beside
from linnet_train.evaluation.musician.table import EVERY
from linnet_train.evaluation.reference import COPYING, RUNS, Reference, Sample, table
from linnet_train.evaluation.statistics import LONGEST_PIECE, NAMES, held_out_split, share
from linnet_train.evaluation.words import words
from linnet_train.progress import Stages
from linnet_train.sampling import as_shipped, many, unconstrained

COMPARISONS = {
    "range_hit": compare.range_hit,
    "mean_overlap": compare.mean_overlap,
    "mean_ks": compare.mean_ks,
    "frechet_distance": compare.frechet_distance,
    "classifier_auc": compare.classifier_auc,
}

UNCONSTRAINED: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "form": ""}
UNCONSTRAINED |= {"scale": range(12)}  # any note; where a scale is given, no key is wished
"""Settings of `Model.generate` that leave everything to the network."""

FEWEST_MEASURED = 10
"""Of the model; each fold of the classifier needs two."""

PLAYED_UNDER_RULES = 10


@dataclass(frozen=True)
class Column:
    """A set of pieces."""

    name: str
    """as_shipped, unconstrained or people."""

    about: str
    samples: list[Sample]

    @property
    def title(self) -> str:
        """The name, for people."""
        return words(self.name)

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
    reference: Reference
    seed: int
    shipped: Column
    unconstrained: Column
    people: Column
    validity: dict[str, dict[str, Measured]]
    """For each question the share of pieces, by who is asked."""

    violations: dict[str, float]
    """Notes in a thousand that break a rule, by rule."""

    complaints: list[str]

    likelihood: dict[str, float]
    self_gap: Measured
    """Of pieces sampled without masks, against people's; both without wishes."""

    shipped_gap: Measured
    """Of pieces as shipped, against people's of the same length; both conditional on the wishes that they
    fulfil."""

    comparisons: dict[str, dict[str, Measured]]
    """For each comparison with people: both settings of the model, and other people."""

    musician: list[Beside]
    """What a musician would ask for, as far as it applies."""

    differences: dict[str, tuple[float, float]]
    """KS distance of each figure from people's, and what 95 % of draws among people stay below."""

    @property
    def columns(self) -> tuple[Column, Column, Column]:
        """Of all tables."""
        return self.shipped, self.unconstrained, self.people

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
    """Makes pieces and compares them with people's.

    Args:
        model: plays, as it is shipped and unconstrained.
        corpus: its held-out pieces are people's, its train split what may have been copied.
        count: pieces of each kind.
        bars: of a piece; where there are no bars, a bar is two seconds.
        seed: of the first piece.
        stages: shows the progress.

    Raises:
        TrainError: too few of the pieces, or of people's, are long enough to compare.
    """
    reference = Reference(corpus, bars, count, stages.next("reading the corpus", 20))
    length = {"bars": bars} if reference.barred else {"seconds": 2.0 * bars}
    made = {}
    on_the_grid = {"timing": False} if model.info.timing else {}  # as the corpus has people's
    for name, settings in (("shipped", on_the_grid), ("free", UNCONSTRAINED | on_the_grid)):
        progress = stages.next("playing", 4)
        made[name] = many.pieces(model, count, seed, progress=progress, **length, **settings)
    shipped, free = (
        Column(called, about, _measured(reference, made[name], seed, stages))
        for name, called, about in (
            ("shipped", "as_shipped", "the settings of the model file"),
            ("free", "unconstrained", "temperature 1, nothing filtered, no wishes, no form"),
        )
    )
    for column in (shipped, free):
        if len(column.measured) < FEWEST_MEASURED:
            raise TrainError(
                f"{len(column.measured)} of the {count} pieces that {model.info.name} made ({column.title}) "
                f"have {piece_figures.FEWEST_NOTES} notes or more, and {FEWEST_MEASURED} are needed"
            )
    people = Column("people", "held-out pieces", reference.people)
    stages.next("validity of files", 2)
    found = [validity.complaints(score, barred=reference.barred) for score in made["shipped"]]
    table_of_validity, sampled, longest = _validity(model, corpus, count, bars, seed, stages)
    table_of_validity["file_valid"] = {"as_shipped": share(sum(not each for each in found), count)}
    table_of_validity["wrong_on_its_face"] = _on_its_face(model, corpus, made, bars)
    gap, likelihood = _likelihood(model, corpus, sampled, stages)
    shipped_gap = _gap_of_scores(model, made["shipped"], [sample.score for sample in people.samples])
    likelihood["longest_piece_tokens"] = longest
    musician = _musician(model, reference, (shipped, free, people), seed, stages)
    stages.next("comparing", 6)
    comparisons = _comparisons(reference, shipped, free)
    return Card(
        model=model,
        corpus=corpus,
        reference=reference,
        seed=seed,
        shipped=shipped,
        unconstrained=free,
        people=people,
        validity=table_of_validity,
        violations=_violations(model, bars, seed, reference),
        complaints=sorted({text for each in found for text in each}),
        likelihood=likelihood,
        self_gap=gap,
        shipped_gap=shipped_gap,
        comparisons=comparisons,
        musician=musician,
        differences=_differences(reference, shipped),
    )


def _on_its_face(
    model: Model, corpus: Corpus, made: dict[str, list[Score]], bars: int
) -> dict[str, Measured]:
    """Shares of pieces with a fault that is heard at once; of people's whole ones, in the last bar."""
    barred = corpus.time_base == "grid"
    expected = Expected(
        bars=bars if barred else None,
        repertoire=model.info.repertoire,
        heard=model.info.defaults.get("instrument", ()),
        barred=barred,
    )
    found = {}
    for name, called in (("shipped", "as_shipped"), ("free", "unconstrained")):
        found[called] = share(sum(bool(faults(score, expected)) for score in made[name]), len(made[name]))
    whole = [codec.decode(piece.tokens, corpus.time_base) for piece in _held_out(corpus)]
    found["people"] = share(sum(barred and last_bar(score) for score in whole), len(whole))
    return found


def _held_out(corpus: Corpus) -> list[CorpusPiece]:
    return [piece for piece in corpus.pieces(held_out_split(corpus)) if piece.notes]


def _measured(reference: Reference, scores: Sequence[Score], seed: int, stages: Stages) -> list[Sample]:
    progress, samples = stages.next("measuring", 6), []
    for i, score in enumerate(scores):
        samples.append(reference.measure(f"seed {seed + i}", score))
        progress((i + 1) / len(scores))
    return samples


def _validity(
    model: Model, corpus: Corpus, count: int, bars: int, seed: int, stages: Stages
) -> tuple[dict[str, dict[str, Measured]], list[unconstrained.SampledPiece], int]:
    """Shares of pieces that no rule ends; those that were sampled unconstrained and without masks; the tokens
    after which a piece was given up.
    """
    engine, time_base = model.engine, model.info.time_base
    grid = time_base == "grid"
    wanted = as_shipped.requests(model, count, bars if grid else 200 * bars, seed)
    held_out = [piece.tokens for piece in _held_out(corpus)]
    longest = min(max(len(tokens) for tokens in held_out), LONGEST_PIECE)
    seeds = range(seed, seed + count)
    rows: dict[str, dict[str, Measured]] = {"grammar_valid_without_masks": {}, "grammar_valid_with_masks": {}}
    rows["ends_properly"] = {}
    sampled: list[unconstrained.SampledPiece] = []
    for name in ("as_shipped", "unconstrained"):
        shipped, progress = name == "as_shipped", stages.next("playing without masks", 13)
        if shipped:
            sampled = as_shipped.without_masks(engine, wanted, longest, progress)
        else:
            sampled = unconstrained.without_masks(engine, seeds, longest, progress=progress)
        rows["grammar_valid_without_masks"][name] = share(sum(piece.legal for piece in sampled), count)
        stages.next("playing with masks", 8)
        if shipped:
            masked = as_shipped.with_masks(engine, wanted, longest)
        else:
            masked = unconstrained.with_masks(engine, seeds, longest)
        legal = sum(unconstrained.is_legal(tokens, time_base) for tokens in masked)
        rows["grammar_valid_with_masks"][name] = share(legal, count)
        length = bars if shipped and grid else None
        ended = sum(as_shipped.ends_in_time(tokens, time_base, length) for tokens in masked)
        rows["ends_properly"][name] = share(ended, count)
    ended = sum(unconstrained.ends_properly(tokens[:longest].tolist(), time_base) for tokens in held_out)
    rows["ends_properly"]["people"] = share(ended, len(held_out))
    return rows, sampled, longest


def _likelihood(
    model: Model, corpus: Corpus, sampled: Sequence[unconstrained.SampledPiece], stages: Stages
) -> tuple[Measured, dict[str, float]]:
    """The self gap, and what predicting held-out pieces costs."""
    pieces = _held_out(corpus)
    notes, seconds = sum(piece.notes for piece in pieces), sum(piece.seconds for piece in pieces)
    figures: dict[str, float] = {}
    for name in ("conditional", "unconditional"):
        progress = stages.next("scoring held-out pieces", 5)
        cost = unconstrained.cost(
            model.engine, unconstrained.given(pieces), conditional=name == "conditional", progress=progress
        )
        figures[f"nats_per_token_{name}"] = cost.nats_per_token
        figures[f"nats_per_note_{name}"] = float(cost.nats.sum()) / notes
        figures[f"bits_per_second_{name}"] = float(cost.nats.sum() / np.log(2)) / seconds
    own = unconstrained.Cost.of_itself(sampled)
    figures["nats_per_token_own_pieces"] = own.nats_per_token
    ours, theirs = (np.stack([each.nats, each.tokens], 1).astype(np.float64) for each in (own, cost))
    return compare.interval(_gap, ours, theirs), figures


def _gap_of_scores(model: Model, ours: Sequence[Score], theirs: Sequence[Score]) -> Measured:
    time_base, sides = model.info.time_base, []
    for scores in (_as_the_network_plays(model, ours, theirs), theirs):
        music = []
        for score in scores:
            quantised = codec.quantise(upbeat.pad(score), time_base)
            tokens = codec.encode(quantised, time_base)
            music.append(unconstrained.Given(tokens, wishes.measure(quantised)))
        cost = unconstrained.cost(model.engine, music)
        sides.append(np.stack([cost.nats, cost.tokens], 1).astype(np.float64))
    return compare.interval(_gap, *sides)


def _as_the_network_plays(model: Model, ours: Sequence[Score], theirs: Sequence[Score]) -> Sequence[Score]:
    """Our pieces with the program that people's have most of in place of those that they are heard as."""
    heard = set(model.info.defaults.get("instrument", ()))
    programs = Counter(track.program for score in theirs for track in score.tracks if not track.is_drum)
    if not heard or not programs:
        return ours
    (usual, _), *_ = programs.most_common(1)

    def played(track: Track) -> Track:
        return with_program(track, usual) if track.program in heard and not track.is_drum else track

    return [replace(score, tracks=tuple(map(played, score.tracks))) for score in ours]


def _gap(ours: Table, theirs: Table) -> float:
    """How much more its own tokens cost a model than people's do. (pieces, nats and tokens)"""
    a, b = (float(x[:, 0].sum() / x[:, 1].sum()) for x in (ours, theirs))
    return a / b - 1


def _violations(model: Model, bars: int, seed: int, reference: Reference) -> dict[str, float]:
    length = {"bars": bars} if reference.barred else {"seconds": 2.0 * bars}
    found = {}
    for rule, setting in validity.RULES.items():
        if model.info.timing:
            setting = {**setting, "timing": False}
        scores = model.generate(count=PLAYED_UNDER_RULES, seed=seed, **length, **setting)
        broken = sum(validity.violations(rule, score, barred=reference.barred) for score in scores)
        found[rule] = 1000 * broken / max(1, sum(len(score.notes) for score in scores))
    return found


def _musician(
    model: Model, reference: Reference, columns: Sequence[Column], seed: int, stages: Stages
) -> list[Beside]:
    everybody = Column("people", "all held-out pieces that are long enough", reference.everybody)
    sides = (*columns[:2], everybody)
    names = [figure.name for figure in reference.musician]
    values = {name: {side.name: side.values(name) for side in sides} for name in names}
    if reference.barred and reference.texture != "drums":
        values |= played.after_primers(model, reference, seed, stages.next("going on", 10))
        values |= played.in_keys(model, reference, seed, stages.next("playing in all keys", 10))
    found = [beside(EVERY[name], values[name], columns[0].name) for name in EVERY if name in values]
    return [each for each in found if each is not None]


def _comparisons(reference: Reference, *made: Column) -> dict[str, dict[str, Measured]]:
    people, everybody = table(reference.people), table(reference.everybody)
    found: dict[str, dict[str, Measured]] = {}
    for name, comparison in COMPARISONS.items():
        row = found[name] = {}
        for column in made:
            pieces = table(column.samples)
            if comparison is compare.classifier_auc:
                # resampled pieces would stand on both sides of a fold, and be known by heart: the scores that
                # held-out pieces got are resampled instead
                row[column.name] = compare.interval(compare.area, *compare.classifier_scores(pieces, people))
            else:
                row[column.name] = compare.interval(comparison, pieces, people)
        row["people"] = compare.among(everybody, len(people), comparison)
    return found


def _differences(reference: Reference, made: Column) -> dict[str, tuple[float, float]]:
    """For each figure that has a distribution."""
    names = [name for name in NAMES if name not in YES_OR_NO]
    people, everybody = table(reference.people, names), table(reference.everybody, names)
    among = [compare.ks(a, b) for a, b in compare.halves(everybody, len(people), 50)]
    found = compare.ks(table(made.samples, names), people)
    usual = np.quantile(np.array(among), 0.95, axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(names, found, usual, strict=True)}
