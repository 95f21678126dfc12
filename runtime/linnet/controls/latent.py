"""Latents: the points by which a variational model is steered, each of which stands for a phrase."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.tools.chance import Streams
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.controls.model_info import Density, Latent, ModelInfo

__all__ = ["between", "latent_of", "sample"]


def latent_of(info: ModelInfo, latent: Iterable[float] | None, seed: int) -> tuple[float, ...]:
    """The latent of a piece: the one asked for, or else a random one. Nothing for a model that knows none.

    ValueError for one of another size, and for any where the model knows none.
    """
    if info.latent is None:
        if latent is not None:
            raise ValueError(f"{info.name} has no latent: it is not a variational model")
        return ()
    if latent is None:
        return sample(info.latent, seed)
    numbers = tuple(float(number) for number in latent)
    if len(numbers) != info.latent.size:
        raise ValueError(f"latent must have {info.latent.size} numbers, got {len(numbers)}")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("latent must be made of finite numbers")
    return numbers


def sample(about: Latent, seed: int) -> tuple[float, ...]:
    """A random latent, from where phrases lie if the model says where that is.

    Behind it are numbers of mean 0 and variance 1, each the sum of twelve uniform ones, less six: near enough
    to normal ones (their tails end at 6), and the same on every CPU, which log and cos are not.
    """
    rng = Rng(seed, stream=Streams.LATENT)
    numbers = [math.fsum(rng.uniform() for _ in range(12)) - 6 for _ in range(about.size)]
    return tuple(numbers) if about.density is None else _among_phrases(about.density, numbers)


def _among_phrases(density: Density, numbers: list[float]) -> tuple[float, ...]:
    """The mean and the Cholesky factor times the numbers.

    One product and one sum after the other: a matrix product has an order of the CPU's liking.
    """
    parameters, size = np.frombuffer(density.numbers, "<i2").astype(np.float64), len(numbers)
    latent, factor = parameters[:size].copy(), parameters[size:]
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
