"""The contenders of benchmarks/speed/sampler.py. All draw from the same distribution, which is tested."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.speed.compiled import ROOT, compiled
from linnet.core import Rng, sample

TEMPERATURE, TOP_K, TOP_P = 0.9, 40, 0.95

Logits = NDArray[np.float32]
Mask = NDArray[np.uint8]
Draw = Callable[[], tuple[int, float]]


class Rows(NamedTuple):
    """What a contender draws from, row by row."""

    logits: Logits  # (rows, tokens)
    masks: Mask


def with_linnet(logits: Logits, mask: Mask) -> Draw:
    """One call."""
    rng = Rng(1)
    return lambda: sample(logits, mask=mask, temperature=TEMPERATURE, top_k=TOP_K, top_p=TOP_P, rng=rng)


def with_numpy(logits: Logits, mask: Mask) -> Draw:
    """Only the k best are ever sorted or weighed."""
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


def with_plain_numpy(logits: Logits, mask: Mask) -> Draw:
    """Step by step over all tokens."""
    generator, allowed = np.random.default_rng(1), mask.astype(np.bool_)

    def draw() -> tuple[int, float]:
        scaled = np.where(allowed, logits / TEMPERATURE, -np.inf)
        log_probabilities = np.exp(scaled - scaled.max())
        log_probabilities /= log_probabilities.sum()
        order = np.argsort(log_probabilities)[::-1][:TOP_K]
        top = log_probabilities[order] / log_probabilities[order].sum()
        top[np.cumsum(top) - top >= TOP_P] = 0
        top /= top.sum()
        at = generator.choice(TOP_K, p=top)
        return int(order[at]), float(np.log(top[at]))

    return draw


def with_torch(logits: Logits, mask: Mask) -> Draw:
    """Only the k best."""
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


def with_transformers(logits: Logits, mask: Mask) -> Draw:
    """As its `generate` does."""
    import transformers

    generator = torch.Generator().manual_seed(1)
    tensor, forbidden = torch.from_numpy(logits)[None], torch.from_numpy(mask)[None] == 0
    tokens = torch.zeros((1, 1), dtype=torch.int64)  # so far; these processors do not look
    processors = transformers.LogitsProcessorList(
        [
            transformers.TemperatureLogitsWarper(TEMPERATURE),
            transformers.TopKLogitsWarper(TOP_K),
            transformers.TopPLogitsWarper(TOP_P),
        ]
    )

    @torch.inference_mode()
    def draw() -> tuple[int, float]:
        scores = processors(tokens, tensor.masked_fill(forbidden, -torch.inf))
        log_probabilities = torch.softmax(scores, -1)
        token = torch.multinomial(log_probabilities, 1, generator=generator)
        return int(token), float(torch.log(log_probabilities[0, int(token)]))

    return draw


PEERS: dict[str, Callable[[Logits, Mask], Draw]] = {
    "numpy, argpartition": with_numpy,
    "numpy, plain": with_plain_numpy,
    "torch": with_torch,
}
if find_spec("transformers"):  # of the dependency group bench
    PEERS["transformers"] = with_transformers


class Options(ctypes.Structure):
    """sampler_options of csrc/sampler.h."""

    _fields_ = (
        ("temperature", ctypes.c_double),
        ("top_p", ctypes.c_double),
        ("min_p", ctypes.c_double),
        ("top_k", ctypes.c_int32),
    )


def c_library(folder: Path) -> ctypes.CDLL:
    """csrc/sampler.c with a loop around it."""
    return compiled("draws", [ROOT / "csrc/sampler.c", ROOT / "csrc/rng.c"], folder)


def in_c(library: ctypes.CDLL, rows: Rows) -> Callable[[], object]:
    """Draws once from each row."""
    library.sampler_scratch_size.restype = ctypes.c_size_t
    scratch = ctypes.create_string_buffer(library.sampler_scratch_size(rows.logits.shape[1]) + 8)
    options = Options(TEMPERATURE, TOP_P, 0.0, TOP_K)
    rng, logprob = (ctypes.c_uint64 * 3)(1, 0, 0), ctypes.c_double()

    def draw_all() -> None:
        token = library.draw_all(
            rows.logits.ctypes.data_as(ctypes.c_void_p),
            rows.masks.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int32(rows.logits.shape[1]),
            ctypes.c_int32(len(rows.logits)),
            ctypes.byref(options),
            ctypes.byref(rng),
            ctypes.c_void_p(-(-ctypes.addressof(scratch) // 8) * 8),
            ctypes.byref(logprob),
        )
        assert token >= 0

    return draw_all


def in_python(make: Callable[[Logits, Mask], Draw], rows: Rows) -> Callable[[], object]:
    """Draws once from each row."""
    draws = [make(logits, mask) for logits, mask in zip(*rows, strict=True)]

    def draw_all() -> None:
        for draw in draws:
            draw()

    return draw_all
