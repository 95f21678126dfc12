"""Phrases for a variational model: some bars of a piece, as a piece of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from linnet.controls.wishes import INDEX, MOST_BARS_LEFT
from linnet.engine import latent as latent_readings
from linnet.music.score import Notes, Score
from linnet.tokens import codec, features
from linnet_train.corpus.corpus import CorpusPiece
from linnet_train.data.augment import retempoed, transposed
from linnet_train.data.batches import Shuffle
from linnet_train.network.config import RunConfig

BARS = (2, 2, 2, 2, 3, 4, 4, 4, 6, 8, 8, 8, 16)
"""Bars of the phrases that are read, each as often as it stands here."""

POOL = 512
"""Phrases that are dealt into batches by their length."""


@dataclass(frozen=True, slots=True)
class PhraseBatch:
    """Phrases side by side. Padding is 0 everywhere."""

    feature_ids: NDArray[np.int32]  # (phrases, time, width)
    targets: NDArray[np.int64]  # (phrases, time)
    readings: NDArray[np.int32]  # (2, phrases, steps, reading width): forwards and backwards
    lengths: NDArray[np.int64]  # (phrases,): steps of each reading


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a network reads of one phrase."""

    feature_ids: NDArray[np.int32]
    targets: NDArray[np.uint16]
    readings: NDArray[np.int64]

    @classmethod
    def of(cls, tokens: NDArray[np.uint16], wishes: NDArray[np.uint8]) -> "Phrase":
        """A phrase from its tokens and its wishes."""
        feature_ids = features.compute(tokens, "grid", wishes)[:-1]
        return cls(feature_ids, tokens[1:], latent_readings.readings(tokens))


class Phrases:
    """An iterator of batches of phrases of about the same length. Its position is two numbers."""

    def __init__(self, pieces: Sequence[CorpusPiece], run: RunConfig) -> None:
        """Each epoch reads one phrase of each piece."""
        self.pieces, self.run = pieces, run
        self._shuffle = Shuffle(len(pieces), run.seed)
        self._score = lru_cache(maxsize=5000)(self._decode)
        self._pool, self._given = 0, 0
        self._batches: list[list[Phrase]] = []

    def __iter__(self) -> "Phrases":
        return self

    def __next__(self) -> PhraseBatch:
        if self._given >= len(self._batches):
            self._pool, self._given = self._pool + bool(self._batches), 0
            self._batches = self._deal(self._pool)
        self._given += 1
        return collate(self._batches[self._given - 1])

    @property
    def batches_an_epoch(self) -> float:
        """How many batches it takes until every piece was drawn once; near enough."""
        return len(self.pieces) / POOL * len(self._deal(0))

    @property
    def position(self) -> NDArray[np.int64]:
        """Rows (pool, batches of it that were given) and (draws of phrases, 0), like `Lanes.position`."""
        return np.array([(self._pool, self._given), (self._pool * POOL, 0)], np.int64)

    def seek(self, position: NDArray[np.int64]) -> None:
        """Goes to a position of an equal stream."""
        self._pool, self._given = (int(number) for number in position[0])
        self._batches = self._deal(self._pool)

    def _deal(self, pool: int) -> list[list[Phrase]]:
        """Phrases of one pool in batches, each of as many tokens, with padding, as a chunk of all lanes."""
        drawn = (self._phrase(*self._shuffle[draw]) for draw in range(pool * POOL, (pool + 1) * POOL))
        phrases = sorted((phrase for phrase in drawn if phrase), key=lambda phrase: len(phrase.targets))
        room = self.run.batch_size * self.run.chunk
        batches: list[list[Phrase]] = [[]]
        for phrase in phrases:  # the longest of a batch comes last
            if batches[-1] and len(phrase.targets) * (len(batches[-1]) + 1) > room:
                batches.append([])
            batches[-1].append(phrase)
        order = np.random.default_rng((self.run.seed, 2, pool)).permutation(len(batches))
        return [batches[i] for i in order]

    def _decode(self, i: int) -> Score:
        return codec.decode(np.asarray(self.pieces[i].tokens), "grid")

    def _phrase(self, i: int, rng: np.random.Generator) -> Phrase | None:
        """A phrase of the piece, a little different each time; None where no note is in it."""
        score, run = self._score(i), self.run
        bars = min(int(rng.choice(BARS)), score.bars)
        first = int(rng.integers(score.bars - bars, endpoint=True))
        score = cut(score, first, bars)
        if not len(score.notes):
            return None
        tokens, wishes = codec.encode(score, "grid"), length_wishes(bars)
        if rng.random() < run.transpose_share:
            semitones = int(rng.integers(-run.transpose, run.transpose, endpoint=True))
            tokens, wishes = transposed(tokens, wishes, semitones)
        bins = int(rng.integers(-run.tempo_bins, run.tempo_bins, endpoint=True))
        tokens, wishes = retempoed(tokens, wishes, bins)
        return Phrase.of(tokens, wishes if rng.random() >= run.wish_drop else np.zeros_like(wishes))


def held_out(
    pieces: Sequence[CorpusPiece], bars: int, *, most: int, seed: int = 0
) -> list[NDArray[np.uint16]]:
    """The tokens of phrases of held-out pieces: one of each piece that has as many bars."""
    tokens = []
    for number, piece in enumerate(pieces):
        score = codec.decode(np.asarray(piece.tokens), "grid")
        if score.bars < bars:
            continue
        first = int(np.random.default_rng((seed, number)).integers(score.bars - bars, endpoint=True))
        phrase = cut(score, first, bars)
        if len(phrase.notes):
            tokens.append(codec.encode(phrase, "grid"))
        if len(tokens) == most:
            break
    return tokens


def cut(score: Score, first: int, bars: int) -> Score:
    """So many bars of a quantised score; notes that sound beyond them end with them."""
    phrase = score.slice_bars(first, first + bars)

    def within(notes: Notes) -> Notes:
        duration = np.minimum(notes.duration, phrase.end - notes.onset)
        return Notes(notes.onset, duration, notes.pitch, notes.velocity)

    tracks = tuple(replace(track, notes=within(track.notes)) for track in phrase.tracks)
    return replace(phrase, tracks=tracks)


def length_wishes(bars: int) -> NDArray[np.uint8]:
    """The wishes of a player who asks for so many bars and nothing else. (bars + 1, ROW_WIDTH)"""
    wishes = np.zeros((bars + 1, features.ROW_WIDTH), np.uint8)
    left = np.arange(bars - 1, -1, -1)
    wishes[:, INDEX["bars_left"]] = np.minimum([bars, *left], MOST_BARS_LEFT) + 1
    return wishes


def collate(phrases: Sequence[Phrase]) -> PhraseBatch:
    """Phrases side by side."""
    count, lengths = len(phrases), [phrase.readings.shape[1] for phrase in phrases]
    longest = max(len(phrase.targets) for phrase in phrases)
    feature_ids = np.zeros((count, longest, features.WIDTH), np.int32)
    targets = np.zeros((count, longest), np.int64)
    readings = np.zeros((2, count, max(lengths), latent_readings.WIDTH), np.int32)
    for i, phrase in enumerate(phrases):
        feature_ids[i, : len(phrase.feature_ids)], targets[i, : len(phrase.targets)] = (
            phrase.feature_ids,
            phrase.targets,
        )
        readings[:, i, : lengths[i]] = phrase.readings
    return PhraseBatch(feature_ids, targets, readings, np.array(lengths))
