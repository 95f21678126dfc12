"""What a latent is worth: what comes back of a phrase, what it holds, what lies between two phrases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import linnet
from linnet import Score
from linnet.generation.morph import apart
from linnet.tokens import codec
from linnet.tools.text import counted
from linnet_train.corpus.corpus import Corpus, CorpusPiece, Split
from linnet_train.data.phrases import Phrase, held_out, length_wishes
from linnet_train.evaluation import compare
from linnet_train.evaluation.compare import Table
from linnet_train.evaluation.reference import COPYING, Reference
from linnet_train.evaluation.reference import table as sixteen
from linnet_train.evaluation.words import words
from linnet_train.network.network import Network
from linnet_train.progress import Progress
from linnet_train.training.variational import score_phrases

ACTIVE = 0.01
"""A number of the latent is active when its mean varies by more than this among phrases (Burda 2016)."""

STEPS = 8

HELD_OUT: tuple[Split, ...] = ("valid", "test")

NEAR = (
    ("range hit", "range_hit"),
    ("Fréchet distance", "frechet_distance"),
    ("told apart", "classifier_auc"),
)


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Phrases of so many bars, through the encoder and back."""

    bars: int
    phrases: int
    right: float
    """Share of the notes of phrase and answer that the two have in common, by pitch and onset."""

    found: float
    """Share of the phrase's notes that came back."""

    active: int
    kl: float
    """Nats a phrase."""

    nats: dict[str, float]
    """A token of the phrases, by what the decoder is given: own_latent, other_latent, no_latent;
    plain_network is another network, without latents."""


@dataclass(frozen=True, slots=True)
class Morphs:
    """Pairs of phrases, turned from one into the other in eight steps."""

    pairs: int
    bars: int
    monotone: float
    """Share of the pairs whose steps go off the first and towards the second, each and every one."""

    different: float
    """Phrases among the eight, on average, that differ from the one before, the first among them."""

    valid: float
    """Share of the steps that are whole: so many bars, every note closed in them."""

    inside: float
    """Share of the steps whose notes are inside the range of the two."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Pieces beside people's; see `linnet_train.evaluation.compare`."""

    range_hit: float
    frechet_distance: float
    classifier_auc: float


@dataclass(frozen=True, slots=True)
class RandomLatents:
    """Pieces of random latents, or of a model without latents, beside people's of the same length."""

    model: str
    pieces: int
    bars: int
    phrases: Nearness
    """Beside held-out phrases, cut where the phrases were cut that a variational model learns from."""

    openings: Nearness
    """Beside the first bars of held-out pieces, as `linnet-train report` compares."""

    copied: float
    """Share of the notes in runs of twelve that stand in a training piece."""


@dataclass(frozen=True, slots=True)
class LatentFigures:
    """All of it."""

    model: str
    reconstructions: tuple[Reconstruction, ...]
    morphs: Morphs
    random_latents: tuple[RandomLatents, ...] = ()
    """The model with random latents, then a plain one of the same size."""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def reconstruct(
    model: linnet.Model,
    network: Network,
    plain: Network | None,
    pieces: Sequence[CorpusPiece],
    bars: int,
    progress: Progress,
) -> Reconstruction:
    """What comes back of held-out phrases, and what their latents are worth.

    Args:
        model: the model file, which encodes phrases and plays them again.
        network: what it was exported from, which predicts them.
        plain: a network without latents, to compare with.
        pieces: held out.
        bars: of a phrase; each piece with as many gives one.
        progress: called with the share that is done.
    """
    cuts = held_out(pieces, bars, most=len(pieces))
    right, found = [], []
    for i, cut in enumerate(cuts):
        phrase = codec.decode(cut)
        answer = model.generate(latent=model.encode(phrase), bars=bars, temperature=0, seed=0)
        right.append(1 - apart(phrase, answer))
        wanted, given = (set(zip(s.notes.onset, s.notes.pitch, strict=True)) for s in (phrase, answer))
        found.append(len(wanted & given) / len(wanted))
        progress((i + 1) / len(cuts))
    phrases = [Phrase.of(cut, length_wishes(bars)) for cut in cuts]
    own, nothing = score_phrases(network, phrases), score_phrases(network, phrases, latent="none")
    other = score_phrases(network, phrases, latent="another")
    nats = {"own_latent": own, "other_latent": other, "no_latent": nothing}
    if plain is not None:
        nats["plain_network"] = score_phrases(plain, phrases, latent="none")
    return Reconstruction(
        bars=bars,
        phrases=len(cuts),
        right=float(np.mean(right)),
        found=float(np.mean(found)),
        active=int((own.mean.numpy().var(axis=0) > ACTIVE).sum()),
        kl=float(own.kl.sum(dim=1).mean()),
        nats={name: float(each.nats.sum() / each.tokens.sum()) for name, each in nats.items()},
    )


def morphs(
    model: linnet.Model, pieces: Sequence[CorpusPiece], bars: int, most: int, progress: Progress
) -> Morphs:
    """Morphs at most so many pairs of held-out phrases of the same meter, of so many bars."""
    chosen = pairs([codec.decode(cut) for cut in held_out(pieces, bars, most=len(pieces), seed=1)])[:most]
    monotone, different, valid, inside = [], [], [], []
    for i, (a, b) in enumerate(chosen):
        scores = model.morph(a, b, steps=STEPS, seed=0)
        away, ahead = ([apart(end, score) for score in scores] for end in (scores[0], scores[-1]))
        monotone.append(away == sorted(away) and ahead == sorted(ahead, reverse=True))
        changes = [one.notes != other.notes for one, other in pairwise(scores)]
        different.append(1 + sum(changes))
        valid += [score.bars == bars and _ends_inside(score) for score in scores]
        span = np.concatenate([a.notes.pitch, b.notes.pitch])
        inside += [_within(score, span) for score in scores]
        progress((i + 1) / len(chosen))
    return Morphs(
        pairs=len(chosen),
        bars=bars,
        monotone=float(np.mean(monotone)),
        different=float(np.mean(different)),
        valid=float(np.mean(valid)),
        inside=float(np.mean(inside)),
    )


def measure_random_latents(
    model: linnet.Model, reference: Reference, phrases: Table, count: int
) -> RandomLatents:
    """Random latents, or a plain model left without a form, beside people's phrases and openings."""
    form = None if model.info.latent else ""
    scores = model.generate(count=count, bars=reference.bars, seed=0, form=form)
    samples = [reference.measure(f"seed {seed}", score) for seed, score in enumerate(scores)]
    made, openings = sixteen(samples), sixteen(reference.people)
    return RandomLatents(
        model=model.info.name,
        pieces=count,
        bars=reference.bars,
        phrases=_nearness(made, phrases),
        openings=_nearness(made, openings),
        copied=float(sixteen(samples, [COPYING[1]]).mean()),
    )


def human_phrases(corpus: Corpus, reference: Reference, most: int) -> Table:
    """LatentFigures of held-out phrases of the reference's length, evenly from all that there are."""
    cuts = [
        cut
        for split in HELD_OUT
        for cut in held_out(corpus.pieces(split), reference.bars, most=len(corpus.pieces(split)))
    ]
    chosen = np.linspace(0, len(cuts) - 1, min(most, len(cuts))).round().astype(int)
    return sixteen([reference.measure("people", codec.decode(cuts[i])) for i in chosen])


def _nearness(made: Table, people: Table) -> Nearness:
    return Nearness(
        compare.range_hit(made, people),
        compare.frechet_distance(made, people),
        compare.classifier_auc(made, people),
    )


def pairs(phrases: Sequence[Score]) -> list[tuple[Score, Score]]:
    """Neighbours of one meter, then second neighbours, so that there are enough."""
    meters: dict[tuple[tuple[int, int], ...], list[Score]] = defaultdict(list)
    for phrase in phrases:
        meters[tuple((s.numerator, s.denominator) for s in phrase.time_signatures)].append(phrase)
    alike = [of_one for meter, of_one in meters.items() if len(meter) == 1]
    return [pair for gap in (1, 2) for group in alike for pair in zip(group, group[gap:], strict=False)]


def _ends_inside(score: Score) -> bool:
    return bool(len(score.notes)) and int((score.notes.onset + score.notes.duration).max()) <= score.end


def _within(score: Score, span: NDArray[np.uint8]) -> bool:
    pitch = score.notes.pitch
    return not len(pitch) or bool(pitch.min() >= span.min() and pitch.max() <= span.max())


def table(figures: LatentFigures) -> str:
    """The figures, for people."""
    found, morph = figures.reconstructions, figures.morphs
    lines = [f"{'held-out phrases':44}" + _cells(counted(row.bars, "bar") for row in found)]
    lines += [f"{name:44}" + _cells(cells) for name, cells in _rows(found)]
    return "\n".join(
        [
            *lines,
            "",
            f"morph of {counted(morph.pairs, 'pair')} of {counted(morph.bars, 'bar')} in {STEPS} steps",
            f"{'off the first, towards the second, every step':52}{morph.monotone:>8.2f}",
            f"{'phrases that differ from the one before, of 8':52}{morph.different:>8.1f}",
            f"{'steps that are whole':52}{morph.valid:>8.3f}",
            f"{'steps inside the range of the two':52}{morph.inside:>8.3f}",
            *_beside_people(figures.random_latents),
        ]
    )


def _beside_people(rows: Sequence[RandomLatents]) -> list[str]:
    if not rows:
        return []
    pieces = f"{rows[0].pieces} pieces of {rows[0].bars} bars"
    lines = ["", f"{pieces:44}" + _cells(row.model for row in rows)]
    for people, beside in (("phrases", "held-out phrases"), ("openings", "openings of held-out pieces")):
        lines.append(f"beside {beside}")
        for name, key in NEAR:
            lines.append(f"  {name:42}" + _cells(f"{getattr(getattr(row, people), key):.3f}" for row in rows))
    return [*lines, f"{'notes in copied runs of 12':44}" + _cells(f"{row.copied:.3f}" for row in rows)]


def _cells(cells: Iterable[str]) -> str:
    return "".join(f"{cell:>12}" for cell in cells)


def _rows(found: Sequence[Reconstruction]) -> list[tuple[str, list[str]]]:
    return [
        ("phrases", [str(row.phrases) for row in found]),
        ("notes right (pitch and onset)", [f"{row.right:.3f}" for row in found]),
        ("notes of the phrase that came back", [f"{row.found:.3f}" for row in found]),
        ("active numbers of the latent", [str(row.active) for row in found]),
        ("KL, nats a phrase", [f"{row.kl:.1f}" for row in found]),
        *(
            (f"nats a token, given {words(name)}", [f"{row.nats[name]:.3f}" for row in found])
            for name in found[0].nats
        ),
    ]
