"""What a model does when nobody helps: pieces drawn without masks, wishes or an end, and how well it
predicts pieces that it is only shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from linnet import core
from linnet.controls.settings import Sampling
from linnet.core import Rng, Tracker
from linnet.engine.engine import Engine
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES

BOS, EOS = FAMILIES["bos"].first, FAMILIES["eos"].first
VOCABULARY = sum(family.count for family in FAMILIES.values())

Progress = Callable[[float], object]
"""Called with the share that is done."""


@dataclass(slots=True)
class Drawn:
    """One piece as the model made it."""

    tokens: list[int]
    """From bos; to eos when it ended, to the first illegal token when it broke the grammar."""

    nats: float = 0.0
    """What the tokens after bos cost the model itself."""

    legal: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """What predicting some pieces cost a model."""

    tokens: NDArray[np.int64]
    """Those that were predicted: all but bos. (pieces)"""

    nats: NDArray[np.float64]
    """Likewise. (pieces)"""

    @classmethod
    def of_itself(cls, pieces: Sequence[Drawn]) -> "Cost":
        """What drawing them cost the model."""
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
) -> list[Drawn]:
    """Pieces straight from the network, of at most so many tokens: no mask, no wishes; at temperature 1 and
    without filters unless `sampling` says otherwise.
    """
    rows = [Row(Tracker(engine.info.time_base), Rng(seed), sampling or Sampling()) for seed in seeds]
    return draw(engine, rows, longest, progress=progress)


def draw(
    engine: Engine,
    rows: Sequence["Row"],
    longest: int,
    *,
    guidance: float = 1.0,
    progress: Progress | None = None,
) -> list[Drawn]:
    """Lets the network write the rows side by side, each up to its end, its first illegal token or so many
    tokens; wishes weigh as csrc/loop.h says.
    """
    alive, guided = list(rows), guidance != 1
    states = engine.start(len(rows) * (1 + guided))
    for length in range(1, longest):
        bags = np.empty((len(alive), features.WIDTH), np.int64)
        for row, bag in zip(alive, bags, strict=True):
            row.features(bag)
        if guided:
            bags = np.concatenate([bags, _blank(bags)])
        logits, states = engine.step(bags, states)
        if guided:
            told, blank = np.split(logits, 2)
            logits = blank + np.float32(guidance) * (told - blank)
        going = np.array([row.draw(*both) for row, both in zip(alive, _with_costs(logits), strict=True)])
        alive = [row for row, on in zip(alive, going, strict=True) if on]
        kept = np.tile(going, 1 + guided)
        states = tuple(state[kept] for state in states)
        if progress:
            progress(max(length / longest, 1 - len(alive) / len(rows)))
        if not alive:
            break
    return [row.drawn for row in rows]


class Row:
    """A piece that the network writes without the grammar, which only looks on."""

    def __init__(self, tracker: Tracker, rng: Rng, sampling: Sampling) -> None:
        """Reads bos; the tracker is new."""
        self._tracker, self.drawn = tracker, Drawn([BOS])
        self._rng, self._chance = rng, asdict(sampling)
        self._mask = np.empty(VOCABULARY, np.uint8)
        self._advance(BOS)

    def draw(self, logits: NDArray[np.float32], costs: NDArray[np.float64]) -> bool:
        """Takes one token; whether the piece goes on."""
        self._tracker.mask(self._mask)
        token, _ = core.sample(logits, mask=self._open(), rng=self._rng, **self._chance)
        self.drawn.tokens.append(token)
        self.drawn.nats += float(costs[token])
        self.drawn.legal = bool(self._mask[token])
        if not self.drawn.legal or token == EOS:
            return False
        self._advance(token)
        return True

    def features(self, bag: NDArray[np.int64]) -> None:
        """What the network sees of it."""
        self._tracker.features(bag)

    def _open(self) -> NDArray[np.uint8] | None:
        """What may be drawn, legal or not; None: anything."""
        return None

    def _advance(self, token: int) -> None:
        self._tracker.advance(token)


def _blank(bags: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bags as `tracker_drop_controls` leaves them (csrc/tracker.h)."""
    blank = bags.copy()
    for family in features.FAMILIES:
        if family.name.startswith("wish_") and family.name not in ("wish_bars_left", "wish_likeness"):
            blank[:, family.first_column] = family.first_id
    return blank


def with_masks(
    engine: Engine, seeds: Sequence[int], longest: int, sampling: Sampling | None = None, together: int = 64
) -> list[list[int]]:
    """The tokens of pieces that the grammar guides, as they are always played; otherwise likewise."""
    chance = asdict(sampling or Sampling())
    time_base = engine.info.time_base
    pieces = [core.Piece(Tracker(time_base), Rng(seed), script=[BOS], **chance) for seed in seeds]
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
    pieces: Sequence[tuple[NDArray[np.uint16], NDArray[np.uint8] | None]],
    *,
    together: int = 32,
    progress: Progress | None = None,
) -> Cost:
    """Scores every token of the pieces, (tokens, wishes) each, with the state carried through all of it."""
    tokens = np.array([len(tokens) - 1 for tokens, _ in pieces])
    nats, done = np.zeros(len(pieces)), 0
    order = np.argsort(-tokens, kind="stable")  # of like length: rows end at about the same time
    for first in range(0, len(order), together):
        numbers = order[first : first + together]
        batch = [pieces[i] for i in numbers]
        bags = [features.compute(notes, engine.info.time_base, wishes) for notes, wishes in batch]
        states = engine.start(len(batch))
        for i in range(tokens[numbers[0]]):
            alive = int((tokens[numbers] > i).sum())  # the longest come first
            states = tuple(state[:alive] for state in states)
            bag = np.stack([each[i] for each in bags[:alive]]).astype(np.int64)
            logits, states = engine.step(bag, states)
            costs = _costs(logits)
            following = [int(batch[row][0][i + 1]) for row in range(alive)]
            nats[numbers[:alive]] += costs[np.arange(alive), following]
            done += alive
            if progress and i % 64 == 0:
                progress(done / tokens.sum())
    return Cost(tokens, nats)


def _costs(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Nats of each token, from logits. (rows, vocabulary)"""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    nats: NDArray[np.float64] = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
    return nats


def _with_costs(logits: NDArray[np.float32]) -> "zip[tuple[NDArray[np.float32], NDArray[np.float64]]]":
    return zip(logits, _costs(logits), strict=True)
