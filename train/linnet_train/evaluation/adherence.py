"""Adherence: do pieces fulfil a wish, and would they have without it?

What a piece fulfils is measured by `linnet.controls.wishes.measure`, as it was in training pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.controls import wishes
from linnet.controls.request import Request
from linnet.generation import parts
from linnet.model import Model
from linnet.music.key import KEYS
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import TEMPOS
from linnet_train.corpus.corpus import Corpus, CorpusPiece, Split
from linnet_train.evaluation import figures, plan_kept
from linnet_train.evaluation.compare import Measured
from linnet_train.evaluation.statistics import held_out_split, statistic
from linnet_train.evaluation.wished import Adherence, mean
from linnet_train.sampling import as_shipped, unconstrained

LEAST = 0.02
"""A value is asked for when at least this share of the training pieces have it in most of their bars."""

MEASURED = ("key", "tempo", "density", "polyphony", "register")
"""Wishes with a value for a whole piece that can be measured."""

EXACT = ("key", "style", "likeness")
"""Their values have no order: what is next to a value is no nearer to it than others."""

MOST_READ = 2000
"""Training pieces, evenly spread, that are looked at for what the corpus varies in."""

TOGETHER = 64
"""Pieces in one loop."""


@dataclass(frozen=True)
class AdherenceReport:
    """What was measured of a model."""

    model: Model
    corpus: Corpus
    pieces: int
    length: int
    """In bars, or hundredths of a second."""

    guidance: float
    adherence: dict[str, Adherence]
    left_out: dict[str, str]
    """Wishes that were not asked for, and why."""

    ends_on_tonic: dict[str, Measured]
    """Share of pieces that end on their tonic, by who made them; nothing where there is no tonic."""

    nats_per_token: dict[str, float]
    """Of the held-out pieces, conditional on the wishes that they fulfil, and unconditional."""


def measure(
    model: Model, corpus: Corpus, *, count: int, length: int, seed: int, guidance: float | None
) -> AdherenceReport:
    """Asks for each wish that the model has learnt and the corpus varies in, one at a time.

    Args:
        model: plays.
        corpus: says which values are usual; its held-out pieces are scored.
        count: pieces for each wish, and as many without any.
        length: of a piece, in bars, or in hundredths of a second where there are none.
        seed: of the first piece.
        guidance: how much wishes weigh; None: as the model is shipped.
    """
    plain = as_shipped.requests(model, count, length, seed, guidance=guidance)
    made, held_out = _play(model, plain), [*_held_out(corpus, "valid"), *_held_out(corpus, "test")]
    longest = max(len(piece.tokens) for piece in held_out)
    found, left_out = {}, {}
    planned = plan_kept.of_plans(model, plain) if model.info.time_base == "grid" else {}
    for name in [entry["name"] for entry in model.info.wishes if entry["trained"]]:
        values = _varies(corpus, name) if name in (*MEASURED, "style") else []
        if len(values) < 2 and name in (*MEASURED, "style"):
            left_out[name] = "the corpus does not vary in it"
        elif name in MEASURED:
            unconditional = made
            if name == "key":  # where a scale is given none is drawn
                keyless = as_shipped.requests(model, count, length, seed, guidance=guidance, scale=range(12))
                unconditional = _play(model, keyless)
            found[name] = _of_pieces(model, plain, unconditional, name, values)
        elif name == "style":
            found[name] = _of_styles(model, plain, made, len(corpus.styles))
        elif name == "bars_left" and corpus.time_base == "grid":
            found[name] = _of_ends(model, plain, longest)
        elif name == "chords":
            found[name] = plan_kept.of_chords(model, plain)
        elif name in planned:
            found[name] = planned[name]
        elif not (name.startswith("plays_") and "plays" in planned):
            left_out[name] = "the model plans no form" if name == "likeness" else "nothing measures it"
    if "plays" in planned:
        found["plays"] = planned["plays"]
    if model.info.repertoire and model.info.repertoire.roles:
        by_role = plan_kept.of_roles(model, corpus, plain, made)
        found |= {"roles": by_role} if by_role else {}
    return AdherenceReport(
        model=model,
        corpus=corpus,
        pieces=count,
        length=length,
        guidance=plain[0].guidance,
        adherence=found,
        left_out=left_out,
        ends_on_tonic=_ends_on_tonic(model, made, held_out) if _has_pitch(held_out) else {},
        nats_per_token=_nats(model, _held_out(corpus, held_out_split(corpus))),
    )


def _held_out(corpus: Corpus, split: Split) -> list[CorpusPiece]:
    return [piece for piece in corpus.pieces(split) if piece.notes]


def _has_pitch(pieces: Sequence[CorpusPiece]) -> bool:
    return any(piece.wishes[:, wishes.INDEX["key"]].any() for piece in pieces)


def _varies(corpus: Corpus, name: str) -> list[int]:
    """The values that enough training pieces have in most of their bars."""
    pieces, column = corpus.pieces("train"), wishes.INDEX[name]
    usual = []
    for i in np.unique(np.linspace(0, len(pieces) - 1, min(len(pieces), MOST_READ)).round().astype(int)):
        values = _bars(pieces[int(i)].wishes, corpus.time_base == "grid")[:, column]
        if values.any():
            usual.append(int(np.bincount(values[values > 0]).argmax()))
    found, counts = np.unique(usual, return_counts=True)
    return [int(value) for value, n in zip(found, counts, strict=True) if n >= LEAST * len(usual)]


def _bars(rows: NDArray[np.uint8], grid: bool) -> NDArray[np.uint8]:
    """Without the row of the header, which the performance base has not."""
    return rows[1:] if grid else rows


def _play(model: Model, wanted: Sequence[Request]) -> list[Score]:
    return parts.compose(model.engine, wanted)[0]


def _ask(model: Model, plain: Sequence[Request], name: str, values: Sequence[int]) -> list[Request]:
    """The same requests, each asking for its value too."""
    asking = []
    for request, value in zip(plain, values, strict=True):
        options: dict[str, Any] = {name: value}
        if name == "key":
            options = {"key": KEYS[value - 1]}
        elif name == "tempo":
            options = {"bpm": TEMPOS[value - 1]}
        elif name == "polyphony":  # to a player this is the name of a rule
            options = {"texture": value}
        options["guidance"] = request.guidance
        asking += as_shipped.requests(model, 1, request.length, request.seed, **options)
    return asking


def _of_pieces(
    model: Model, plain: Sequence[Request], unconditional: Sequence[Score], name: str, values: Sequence[int]
) -> Adherence:
    wanted = [values[i % len(values)] for i in range(len(plain))]
    conditional = _play(model, _ask(model, plain, name, wanted))
    near = 0 if name in EXACT else 1
    return Adherence(
        list(values),
        mean(_within(conditional, name, wanted, near)),
        mean(_within(unconditional, name, wanted, near)),
        mean(_within(conditional, name, wanted, 0)),
    )


def _within(scores: Sequence[Score], name: str, wanted: Sequence[int], most: int) -> list[float]:
    """The share of the bars of each piece that are so near to what is wanted; silent ones do not count."""
    shares = []
    for score, value in zip(scores, wanted, strict=True):
        grid = score.ticks_per_beat == TICKS_PER_BEAT["grid"]
        found = _bars(wishes.measure(score), grid)[:, wishes.INDEX[name]].astype(np.int64)
        shares.append(float((np.abs(found[found > 0] - value) <= most).mean()) if found.any() else np.nan)
    return shares


def _of_styles(
    model: Model, plain: Sequence[Request], unconditional: Sequence[Score], styles: int
) -> Adherence:
    """The style that makes a piece likeliest to the model itself is the one it has."""
    wanted = [1 + i % styles for i in range(len(plain))]
    found = _likeliest_styles(model, _play(model, _ask(model, plain, "style", wanted)), styles)
    hits = mean([float(a == b) for a, b in zip(found, wanted, strict=True)])
    by_chance = _likeliest_styles(model, unconditional, styles)
    return Adherence(
        list(range(1, styles + 1)),
        hits,
        mean([float(a == b) for a, b in zip(by_chance, wanted, strict=True)]),
        hits,
    )


def _likeliest_styles(model: Model, scores: Sequence[Score], styles: int) -> list[int]:
    base, nats = model.info.time_base, []
    music = [(codec.encode(score, base), _in_its_key(model, score)) for score in scores]
    for style in range(1, styles + 1):
        told = [unconstrained.Given(tokens, row.copy()) for tokens, row in music]
        for piece in told:
            piece.rows[0, wishes.INDEX["style"]] = style
        nats.append(unconstrained.cost(model.engine, told).nats)
    return [int(each) + 1 for each in np.argmin(nats, axis=0)]


def _in_its_key(model: Model, score: Score) -> NDArray[np.uint8]:
    """A row without wishes, but for the key of a model that reads music in its home key."""
    row = np.zeros((1, features.ROW_WIDTH), np.uint8)
    if model.info.home:
        row[0, wishes.INDEX["key"]] = wishes.measure(score)[0, wishes.INDEX["key"]]
    return row


def _of_ends(model: Model, plain: Sequence[Request], longest: int) -> Adherence:
    """Pieces that end by themselves, with the wish for bars left and without."""
    shares = []
    for wish in (True, False):
        pieces = as_shipped.with_masks(model.engine, plain, longest, bars_left=wish)
        for late in (as_shipped.LATE, 0):
            ends = (
                as_shipped.ends_in_time(tokens, "grid", request.length, late)
                for tokens, request in zip(pieces, plain, strict=True)
            )
            shares.append(mean([float(end) for end in ends]))
    return Adherence([plain[0].length], shares[0], shares[2], shares[1])


def _ends_on_tonic(
    model: Model, made: Sequence[Score], held_out: Sequence[CorpusPiece]
) -> dict[str, Measured]:
    base = model.info.time_base
    people = [codec.decode(piece.tokens, base) for piece in held_out]
    ends = {
        who: np.array([figures.ends_on_tonic(score) for score in scores])
        for who, scores in (("as_shipped", made), ("people", people))
    }
    return {who: statistic("ends_on_tonic", values) for who, values in ends.items()}


def _nats(model: Model, held_out: Sequence[CorpusPiece]) -> dict[str, float]:
    return {
        name: unconstrained.cost(
            model.engine, unconstrained.given(held_out), conditional=conditional
        ).nats_per_token
        for name, conditional in (("conditional", True), ("unconditional", False))
    }
