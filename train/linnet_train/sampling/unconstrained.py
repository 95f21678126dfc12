"""What a model does unconstrained: pieces sampled without masks, wishes or an end; and how well it predicts
pieces that are given.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet import core
from linnet.controls.sampling import Sampling
from linnet.core import Rng, Tracker
from linnet.engine.engine import Engine
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import CorpusPiece
from linnet_train.network.plan import only, plan_of, shift_of
from linnet_train.progress import Progress

BOS, EOS = FAMILIES["bos"].first, FAMILIES["eos"].first
VOCABULARY = sum(family.count for family in FAMILIES.values())


@dataclass(slots=True)
class SampledPiece:
    """One piece as the model made it."""

    tokens: list[int]
    """From bos; to eos when it ended, to the first illegal token when it broke the grammar."""

    nats: float = 0.0
    """That predicting the tokens after bos costs the model itself."""

    legal: bool = True


class Given(NamedTuple):
    """A piece that is given, to be scored."""

    tokens: NDArray[np.uint16]
    """From bos to eos."""

    rows: NDArray[np.uint8]
    """What it fulfils: row 0 for the header, then one for each bar. (rows, ROW_WIDTH)"""

    roles: Sequence[int] = ()
    """Of each slot."""


def given(pieces: Sequence[CorpusPiece]) -> list[Given]:
    """Pieces of a corpus, to be scored."""
    return [Given(piece.tokens, piece.wishes, piece.roles) for piece in pieces]


@dataclass(frozen=True, slots=True)
class Cost:
    """What predicting some pieces costs a model."""

    tokens: NDArray[np.int64]
    """Those that were predicted: all but bos. (pieces)"""

    nats: NDArray[np.float64]
    """Likewise. (pieces)"""

    @classmethod
    def of_itself(cls, pieces: Sequence[SampledPiece]) -> "Cost":
        """What their own tokens cost the model that sampled them."""
        return cls(np.array([len(p.tokens) - 1 for p in pieces]), np.array([p.nats for p in pieces]))

    @property
    def nats_per_token(self) -> float:
        """The mean over all tokens."""
        return float(self.nats.sum() / self.tokens.sum())


def without_masks(
    engine: Engine,
    seeds: Sequence[int],
    longest: int,
    sampling: Sampling | None = None,
    progress: Progress | None = None,
) -> list[SampledPiece]:
    """Pieces straight from the network, without mask and without wishes.

    Args:
        engine: plays.
        seeds: one for each piece.
        longest: tokens after which a piece is given up.
        sampling: None: temperature 1, no filter.
        progress: called with the share that is done.
    """
    shift = _home_itself(engine)
    rows = [
        UnconstrainedPiece(Tracker(engine.info.time_base), Rng(seed), sampling or Sampling(), shift=shift)
        for seed in seeds
    ]
    return sample(engine, rows, longest, progress=progress)


def sample(
    engine: Engine,
    rows: Sequence["UnconstrainedPiece"],
    longest: int,
    *,
    guidance: float = 1.0,
    progress: Progress | None = None,
) -> list[SampledPiece]:
    """Samples pieces side by side, each up to its end, its first illegal token or so many tokens.

    Args:
        engine: plays.
        rows: the pieces, which are changed.
        longest: tokens.
        guidance: how much wishes weigh, as csrc/loop.h says; 1: as learnt.
        progress: called with the share that is done.
    """
    alive, guided = list(rows), guidance != 1
    states = engine.start(len(rows) * (1 + guided))
    for length in range(1, longest):
        feature_ids = np.empty((len(alive), features.WIDTH), np.int64)
        for row, ids in zip(alive, feature_ids, strict=True):
            row.features(ids)
        if guided:
            feature_ids = np.concatenate([feature_ids, _unconditional(feature_ids)])
        logits, states = engine.step(feature_ids, states)
        if guided:
            conditional, unconditional = np.split(logits, 2)
            logits = unconditional + np.float32(guidance) * (conditional - unconditional)
        going = np.array([row.step(*both) for row, both in zip(alive, _with_costs(logits), strict=True)])
        alive = [row for row, on in zip(alive, going, strict=True) if on]
        stays = np.tile(going, 1 + guided)
        states = tuple(state[stays] for state in states)
        if progress:
            progress(max(length / longest, 1 - len(alive) / len(rows)))
        if not alive:
            break
    return [row.result for row in rows]


class UnconstrainedPiece:
    """A piece that is sampled without the grammar, which only notes whether tokens are legal."""

    def __init__(self, tracker: Tracker, rng: Rng, sampling: Sampling, *, shift: int | None = None) -> None:
        """Reads bos; the tracker is new, and the network reads the piece so many semitones lower."""
        tracker.set_shift(shift)
        self._tracker, self.result = tracker, SampledPiece([BOS])
        self._home = features.home(np.arange(VOCABULARY, dtype=np.uint16), shift)
        self._rng, self._sampling = rng, asdict(sampling)
        self._mask = np.empty(VOCABULARY, np.uint8)
        self._advance(BOS)

    def step(self, logits: NDArray[np.float32], costs: NDArray[np.float64]) -> bool:
        """Samples one token.

        Args:
            logits: of home tokens. (vocabulary)
            costs: nats of each of them, under the network alone. (vocabulary)

        Returns:
            Whether the piece goes on.
        """
        self._tracker.mask(self._mask)
        costs, logits = costs[self._home], np.ascontiguousarray(logits[self._home])
        token, _ = core.sample(logits, mask=self._allowed(), rng=self._rng, **self._sampling)
        self.result.tokens.append(token)
        self.result.nats += float(costs[token])
        self.result.legal = bool(self._mask[token])
        if not self.result.legal or token == EOS:
            return False
        self._advance(token)
        return True

    def features(self, out: NDArray[np.int64]) -> None:
        """Writes what the network sees. (width)"""
        self._tracker.features(out)

    def _allowed(self) -> NDArray[np.uint8] | None:
        """What may be sampled, legal or not; None: anything."""
        return None

    def _advance(self, token: int) -> None:
        self._tracker.advance(token)


def _unconditional(feature_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The feature_ids as `tracker_drop_controls` leaves them (csrc/tracker.h)."""
    unconditional = feature_ids.copy()
    for family in features.FAMILIES:
        if family.name.startswith("wish_") and family.name not in ("wish_bars_left", "wish_likeness"):
            unconditional[:, family.first_column] = family.first_id
    return unconditional


def with_masks(
    engine: Engine, seeds: Sequence[int], longest: int, sampling: Sampling | None = None, together: int = 64
) -> list[list[int]]:
    """The tokens of pieces with masks, as they are always played, and otherwise like those of
    `without_masks`.
    """
    settings = asdict(sampling or Sampling())
    time_base = engine.info.time_base
    pieces = [core.Piece(Tracker(time_base), Rng(seed), script=[BOS], **settings) for seed in seeds]
    for piece in pieces:
        piece.tracker.set_shift(_home_itself(engine))
    for first in range(0, len(pieces), together):
        engine.loop(*pieces[first : first + together]).play(longest)
    return [piece.tokens for piece in pieces]


def is_legal(tokens: Sequence[int], time_base: TimeBase) -> bool:
    """Whether the grammar allows every token where it stands."""
    tracker, mask = Tracker(time_base), np.empty(VOCABULARY, np.uint8)
    for token in tokens:
        tracker.mask(mask)
        if not mask[token]:
            return False
        tracker.advance(token)
    return True


def ends_properly(tokens: Sequence[int], time_base: TimeBase) -> bool:
    """Whether a piece came to its end by itself, with nothing struck or ringing for long after it.

    On the grid the end is a bar line, and a note may ring for one more bar; in the performance base there
    are no bars, and it may ring for two seconds.
    """
    if not tokens or tokens[-1] != EOS or not is_legal(tokens, time_base):
        return False
    score = codec.decode(np.array(tokens, np.uint16), time_base)
    bar = score.end - int(score.bar_ticks()[-1]) if time_base == "grid" else 100 * 2
    notes = score.notes
    return bool(len(notes) and notes.onset.max() <= score.end and notes.end.max() <= score.end + bar)


def cost(
    engine: Engine,
    pieces: Sequence[Given],
    *,
    conditional: bool = True,
    together: int = 32,
    progress: Progress | None = None,
) -> Cost:
    """Scores every token of given pieces, with the state carried through all of each.

    Args:
        engine: predicts.
        pieces: each whole.
        conditional: whether the network is told what the pieces fulfil, as far as it has learnt that.
        together: pieces in one batch.
        progress: called with the share that is done.
    """
    music = [_read(engine, piece, conditional) for piece in pieces]
    tokens = np.array([len(targets) for _, targets in music])
    nats, done = np.zeros(len(pieces)), 0
    order = np.argsort(-tokens, kind="stable")  # of like length: rows end at about the same time
    for first in range(0, len(order), together):
        numbers = order[first : first + together]
        batch = [music[i] for i in numbers]
        states = engine.start(len(batch))
        for i in range(tokens[numbers[0]]):
            alive = int((tokens[numbers] > i).sum())  # the longest come first
            states = tuple(state[:alive] for state in states)
            ids = np.stack([each[i] for each, _ in batch[:alive]]).astype(np.int64)
            logits, states = engine.step(ids, states)
            costs = _costs(logits)
            following = [int(batch[row][1][i]) for row in range(alive)]
            nats[numbers[:alive]] += costs[np.arange(alive), following]
            done += alive
            if progress and i % 64 == 0:
                progress(done / tokens.sum())
    return Cost(tokens, nats)


def _home_itself(engine: Engine) -> int | None:
    """The shift of pieces that nobody asked a key for: a network of home keys plays them at home."""
    return 0 if engine.info.home else None


def _read(engine: Engine, piece: Given, conditional: bool) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """The features at each step, and the token that follows."""
    info = engine.info
    shift = shift_of(piece.rows) if info.home else None
    known = plan_of(wish["name"] for wish in info.wishes if wish["trained"])
    rows, roles = (only(piece.rows, known), piece.roles) if conditional else (None, ())
    feature_ids = features.compute(piece.tokens, info.time_base, rows, shift=shift, roles=roles)
    return feature_ids[:-1], features.home(piece.tokens, shift)[1:]


def _costs(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Nats of each token, from logits. (rows, vocabulary)"""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    nats: NDArray[np.float64] = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
    return nats


def _with_costs(logits: NDArray[np.float32]) -> "zip[tuple[NDArray[np.float32], NDArray[np.float64]]]":
    return zip(logits, _costs(logits), strict=True)
