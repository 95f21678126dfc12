"""Music of a corpus, as the graphs read it."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linnet.controls.wishes import INDEX
from linnet.music.key import KEYS
from linnet_export.errors import ExportError
from linnet_train.corpus.corpus import Corpus, Split
from linnet_train.data.given import chosen
from linnet_train.network.config import ModelConfig
from linnet_train.training.heldout import load

Passage = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32] | None]
"""The feature ids (n, width) of a piece, the token that follows each of them, and its latent, where there is
one."""


class Cut(Protocol):
    """Takes music from a split, until there are enough tokens."""

    def __call__(self, corpus: Corpus, split: Split, *, tokens: int) -> list[Passage]: ...


def held_out(corpus: Corpus, tokens: int, cut: Cut) -> tuple[Split, list[Passage]]:
    """About so many tokens of pieces that were not trained on, evenly from the whole split.

    A corpus too small to hold anything out is measured on what there is; the split says which.
    """
    splits: tuple[Split, ...] = ("valid", "test", "train")
    for split in splits:
        music = cut(corpus, split, tokens=tokens)
        if music:
            return split, music
    raise ExportError(f"{corpus.path} holds no music to compare the graphs on")


def sample(corpus: Corpus, split: Split, tokens: int, *, model: ModelConfig) -> list[Passage]:
    """Pieces from all over a split, until there are enough tokens; a long one gives an eighth of them.

    Of a network that may be told what lies ahead of given music, every third piece of the training split,
    on which ranges of numbers are measured, has some given.
    """
    pieces = corpus.pieces(split)
    music: list[Passage] = []
    enough = 0
    for number in spread(len(pieces)):
        piece = pieces[number]
        if enough >= tokens or len(piece.tokens) < 2:
            continue
        ahead = None
        if split == "train" and model.given and corpus.time_base == "grid" and number % 3 == 0:
            ahead = chosen(piece.tokens, np.random.default_rng(number))
        lent = ahead.given if ahead else None
        feature_ids, targets, _ = load(piece, corpus.time_base, model, given=lent)
        # Two or three symphonies would say little about a corpus: other keys, other instruments.
        room = min(tokens - enough, max(1000, tokens // 8))
        feature_ids, targets = feature_ids[:room, : model.feature_width], targets[:room]
        music.append((feature_ids.astype(np.int64), targets.astype(np.int64), None))
        enough += len(targets)
    return music


def spread(count: int) -> Iterator[int]:
    """0 .. count - 1, each once, in an order whose every beginning is spread over the whole."""
    bits = max(1, count - 1).bit_length()
    reversed_bits = (int(f"{i:0{bits}b}"[::-1], 2) for i in range(1 << bits))
    return (number for number in reversed_bits if number < count)


def usual_keys(corpus: Corpus, least: float = 0.02) -> dict[str, float]:
    """The keys of the training pieces with their shares, rare ones left out."""
    counts = Counter(int(piece.wishes[0, INDEX["key"]]) for piece in corpus.pieces("train"))
    known = sum(count for key, count in counts.items() if key)
    shares = {KEYS[key - 1]: count / known for key, count in counts.most_common() if key}
    return {name: round(share, 3) for name, share in shares.items() if share >= least}
