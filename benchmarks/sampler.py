"""How fast the sampler draws, beside the same steps in numpy and in PyTorch, in one run.

    python -m benchmarks.sampler

prints microseconds a draw, best of several rounds: mask, temperature, top-k 40 and top-p 0.95 over the logits
of the vocabulary (672) and of 787 tokens. numpy takes the steps one by one in float32 and returns what linnet
does, a token and its log-probability; PyTorch does topk, softmax, the nucleus and multinomial, on one thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from linnet._core import Rng, sample

TEMPERATURE, TOP_K, TOP_P = 0.9, 40, 0.95
SIZES = (672, 787)
DRAWS, ROUNDS = 2000, 7

Logits = NDArray[np.float32]
Mask = NDArray[np.uint8]


def with_linnet(logits: Logits, mask: Mask) -> Callable[[], object]:
    rng = Rng(1)
    return lambda: sample(logits, mask=mask, temperature=TEMPERATURE, top_k=TOP_K, top_p=TOP_P, rng=rng)


def with_numpy(logits: Logits, mask: Mask) -> Callable[[], object]:
    generator, allowed = np.random.default_rng(1), mask.astype(np.bool_)

    def draw() -> tuple[int, float]:
        masked = np.where(allowed, logits, -np.inf)
        top = np.argpartition(masked, -TOP_K)[-TOP_K:]
        top = top[np.argsort(-masked[top])]
        weights = np.exp((masked[top] - masked[top[0]]) / TEMPERATURE)
        before = np.cumsum(weights) - weights
        weights[before >= TOP_P * weights.sum()] = 0
        running = np.cumsum(weights)
        at = int(np.searchsorted(running, generator.random() * running[-1], "right"))
        return int(top[at]), float(np.log(weights[at] / running[-1]))

    return draw


def with_torch(logits: Logits, mask: Mask) -> Callable[[], object]:
    generator = torch.Generator().manual_seed(1)
    tensor, forbidden = torch.from_numpy(logits), torch.from_numpy(mask) == 0

    @torch.inference_mode()
    def draw() -> tuple[int, float]:
        values, ids = torch.topk(tensor.masked_fill(forbidden, -torch.inf), TOP_K)
        weights = torch.softmax(values / TEMPERATURE, 0)
        weights[torch.cumsum(weights, 0) - weights >= TOP_P] = 0
        at = torch.multinomial(weights, 1, generator=generator)
        return int(ids[at]), float(torch.log(weights[at] / weights.sum()))

    return draw


def microseconds(draw: Callable[[], object]) -> float:
    """Of one draw; the best round, as the others measure the machine's other work."""

    def once() -> float:
        start = time.perf_counter()
        for _ in range(DRAWS):
            draw()
        return (time.perf_counter() - start) / DRAWS * 1e6

    return min(once() for _ in range(ROUNDS))


def main() -> int:
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    print("logits   linnet      numpy             torch")
    for size in SIZES:
        logits = (3 * generator.standard_normal(size)).astype(np.float32)
        mask = (generator.random(size) < 0.5).astype(np.uint8)
        ours, numpy, pytorch = (
            microseconds(make(logits, mask)) for make in (with_linnet, with_numpy, with_torch)
        )
        print(
            f"{size:6}  {ours:5.1f} us   {numpy:5.1f} us ({numpy / ours:4.1f} x)   "
            f"{pytorch:5.1f} us ({pytorch / ours:4.1f} x)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
