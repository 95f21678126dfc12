"""Microseconds a draw takes, beside what people use for the same draw.

    python -m benchmarks.speed.sampler

Mask, temperature 0.9, top-k 40 and top-p 0.95 go in, a token and its log-probability come out. Logits and
masks are those of a piece that the packaged model plays (672 tokens), and random ones for 787 tokens. Every
contender goes through the same rows: drawn from again and again, a single row would be learnt by the branch
predictor. The clock is the CPU time of the thread, so that waiting for other programs does not count.

linnet is called from Python like the others; "in C" is the same function without Python around it, as
linnet's own loop calls it.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from benchmarks.speed import command
from benchmarks.speed.draws import PEERS, ROOT, TOP_K, Rows, c_library, in_c, in_python, with_linnet
from benchmarks.speed.rounds import take_turns
from benchmarks.table import Figure, at_least
from linnet.controls.sampling import Sampling
from linnet.core import Rng, Tracker
from linnet.tokens.vocabulary import FAMILIES
from tests.runtime import python_loop
from tests.runtime.python_loop import PythonLoop

FOLK = ROOT / "runtime/linnet/models/folk.onnx"
ROWS = 64
NUMPY = "numpy, argpartition"
GOALS = {NUMPY: 30.0, "torch": 20.0}


def played() -> Rows:
    """Logits and masks from the middle of a piece."""
    loop = PythonLoop(python_loop.session(FOLK), Tracker(), Rng(3), Sampling(temperature=1.0, top_k=TOP_K))
    loop.append(FAMILIES["bos"].first)
    logits, masks = [], []
    for _ in range(4 * ROWS):
        loop.step()
        logits.append(loop.logits.copy())
        masks.append(loop.mask.copy())
    return Rows(np.array(logits[-ROWS:]), np.array(masks[-ROWS:]))


def at_random(tokens: int, allowed: float) -> Rows:
    """Normal logits; each token is allowed with the same chance."""
    pick = np.random.default_rng(0)
    logits = (3 * pick.standard_normal((ROWS, tokens))).astype(np.float32)
    return Rows(logits, (pick.random((ROWS, tokens)) < allowed).astype(np.uint8))


def cases() -> dict[str, Rows]:
    """By name."""
    piece = played()
    found = {f"672 tokens, played, {piece.masks.mean():.0%} allowed": piece}
    for allowed in (0.2, 0.5, 1.0):
        found[f"787 tokens, random, {allowed:.0%} allowed"] = at_random(787, allowed)
    return found


def microseconds(draw_all: Callable[[], object], seconds: float) -> float:
    """A draw, over so many seconds of drawing once from each row."""
    times, start = 0, time.thread_time()
    while (passed := time.thread_time() - start) < seconds:
        draw_all()
        times += 1
    return passed / times / ROWS * 1e6


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `sampler`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    library = c_library(settings.folder)
    for case, rows in cases().items():
        draws = {"linnet": in_python(with_linnet, rows), "linnet, in C": in_c(library, rows)}
        draws |= {peer: in_python(make, rows) for peer, make in PEERS.items()}
        works = {
            name: partial(microseconds, draw_all, settings.seconds / 10) for name, draw_all in draws.items()
        }
        found = take_turns(works, settings.rounds)
        for peer in PEERS:
            yield compared(case, found["linnet"], peer, found[peer])
        yield compared(f"{case}, in C", found["linnet, in C"], NUMPY, found[NUMPY])
    torch.set_num_threads(threads)


def compared(case: str, ours: float, peer: str, theirs: float) -> Figure:
    """How many times as long the peer takes."""
    ratio = theirs / ours
    goal = at_least(GOALS[peer], ratio) if peer in GOALS else None
    return Figure("sampler", case, ours, "us", peer, theirs, ratio, goal)


if __name__ == "__main__":
    sys.exit(command.main(["sampler"]))
