"""The latent of a variational model: a point that stands for a phrase, and how one gets there.

The model file holds an encoder, a step network like the decoder. It reads the notes of a phrase forwards in
one row and backwards in another. Its logits at all steps of both add up to the latent, over the root of how
many steps there were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import Density, Latent, ModelInfo
    from linnet.engine.engine import Engine
    from linnet.music.score import Score

_NEXT_ONSET = next(family for family in features.FAMILIES if family.name == "earlier_next_onset")

WIDTH = _NEXT_ONSET.first_column + 1
"""Columns of a reading: those of the features that say what was struck and where, then the direction."""

COUNT = _NEXT_ONSET.first_id + 1
"""Ids of a reading; the last one says that it goes backwards."""

_TOLD = ("tempo", "duration_fine", "duration_big", "drum")

_STREAM = 2
"""Stream of random numbers; those of a piece are drawn from stream 0, its key from 1."""


def readings(tokens: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The notes of a phrase as the encoder reads them, (2, n, WIDTH): forwards, and backwards.

    A step for each token that completes a note, a stroke or a tempo: about a quarter of the tokens.
    """
    told = np.zeros(len(tokens), np.bool_)
    for family in (FAMILIES[name] for name in _TOLD):
        told |= (tokens >= family.first) & (tokens < family.first + family.count)
    rows = features.compute(tokens, "grid")[told, : WIDTH - 1]
    both = np.zeros((2, len(rows), WIDTH), np.int64)
    both[0, :, :-1], both[1, :, :-1] = rows, rows[::-1]
    both[1, :, -1] = COUNT - 1
    return both


def encode(encoder: Engine, score: Score, about: Latent) -> NDArray[np.float32]:
    """The latent that stands for a phrase. ValueError for what the encoder has not learnt to read."""
    phrase = codec.quantise(score, "grid")
    fewest, most = about.bars
    if not len(phrase.notes):
        raise ValueError("a phrase to encode must have notes")
    if not fewest <= phrase.bars <= most:
        raise ValueError(f"a phrase to encode must have {fewest} to {most} bars, got {phrase.bars}")
    return read(encoder, readings(codec.encode(phrase, "grid")))


def read(encoder: Engine, both: NDArray[np.int64]) -> NDArray[np.float32]:
    """The latent that an encoder makes of the readings of a phrase."""
    states, steps = encoder.start(2), both.transpose(1, 0, 2)
    told = []
    for step in steps:
        said, states = encoder.step(step, states)
        told += [said[0], said[1]]
    latent: NDArray[np.float32] = told[0]
    for each in told[1:]:  # one by one: numpy adds many in an order of the CPU's liking
        latent = latent + each
    latent /= np.sqrt(np.float32(len(steps)))
    return latent


def asked(info: ModelInfo, latent: Iterable[float] | None, seed: int) -> tuple[float, ...]:
    """The latent of a piece: what was asked for, or else one by lot. Nothing for a model that knows none."""
    if info.latent is None:
        if latent is not None:
            raise ValueError(f"{info.name} has no latent: it is not a variational model")
        return ()
    if latent is None:
        return draw(info.latent, seed)
    numbers = tuple(float(number) for number in latent)
    if len(numbers) != info.latent.size:
        raise ValueError(f"latent must have {info.latent.size} numbers, got {len(numbers)}")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("latent must be made of finite numbers")
    return numbers


def draw(about: Latent, seed: int) -> tuple[float, ...]:
    """A latent by lot, from where phrases lie if the model says where that is.

    Behind it are numbers of mean 0 and variance 1, each the sum of twelve uniform ones, less six: near enough
    to normal ones (their tails end at 6), and the same on every CPU, which log and cos are not.
    """
    rng = Rng(seed, stream=_STREAM)
    numbers = [math.fsum(rng.uniform() for _ in range(12)) - 6 for _ in range(about.size)]
    return tuple(numbers) if about.density is None else _among_phrases(about.density, numbers)


def _among_phrases(density: Density, numbers: list[float]) -> tuple[float, ...]:
    """The mean and the Cholesky factor times the numbers.

    One product and one sum after the other: a matrix product has an order of the CPU's liking.
    """
    told, size = np.frombuffer(density.numbers, "<i2").astype(np.float64), len(numbers)
    latent, factor = told[:size].copy(), told[size:]
    for i, number in enumerate(numbers):
        column, factor = factor[: size - i], factor[size - i :]
        latent[i:] += column * number
    return tuple((latent * density.unit).tolist())


def between(a: Iterable[float], b: Iterable[float], share: float) -> tuple[float, ...]:
    """The latent so far (0 to 1) on the way from a to b, as far from the middle as it is then due.

    On the straight line it would come nearer to the middle than any phrase is. Of two that are alike this is
    a line, else nearly a great circle; it takes square roots alone, and is the same on every CPU.
    """
    a, b = [float(x) for x in a], [float(y) for y in b]
    straight = [x * (1 - share) + y * share for x, y in zip(a, b, strict=True)]
    near, far, now = (math.sqrt(math.fsum(x * x for x in each)) for each in (a, b, straight))
    scale = (near * (1 - share) + far * share) / now if now else 1.0
    return tuple(x * scale for x in straight)
