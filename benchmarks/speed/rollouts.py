"""Pieces that training plays by model files: what linnet's own engine saves beside onnxruntime, on one core.

    python -m benchmarks.speed.rollouts

`linnet-train report`, `tuned`, `judge`, `wishes`, `sample` and the pieces of `personal` play exact models in
linnet's own engine, unless LINNET_ENGINE says otherwise. Practice and tuning play a network that changes with
every update, in PyTorch, and gain nothing. Here `folk` plays what these commands have it play: pieces that no
rule ends (report, tuned, wishes), pieces side by side (judge, sample), the best of four candidates a section,
and pieces without the grammar, step by step from Python (report, as it reads what people wrote).
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial

import linnet
from benchmarks.speed import command
from benchmarks.speed.rounds import lap, pinned, take_turns
from benchmarks.table import Figure, faster
from linnet.engine.network import EngineName
from linnet.tokens import codec
from linnet_train.sampling import as_shipped, unconstrained

ENGINES: dict[str, EngineName] = {"linnet": "native", "linnet, onnxruntime": "onnxruntime"}
PIECES, BARS, LONGEST = 16, 16, 600

Work = Callable[[linnet.Model], int]
"""Plays, and says how many tokens that were."""


def _free(model: linnet.Model) -> int:
    wanted = as_shipped.requests(model, PIECES, BARS, 1, candidates=1)
    return sum(map(len, as_shipped.with_masks(model.engine, wanted, LONGEST)))


def _pieces(model: linnet.Model, candidates: int, count: int) -> int:
    scores = model.generate(count=count, bars=BARS, seed=1, candidates=candidates)
    return sum(len(codec.encode(score)) for score in scores)


def _lawless(model: linnet.Model) -> int:
    sampled = unconstrained.without_masks(model.engine, range(PIECES), LONGEST)
    return sum(len(piece.tokens) for piece in sampled)


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `rollouts`."""
    players = {name: linnet.load("folk", engine=engine) for name, engine in ENGINES.items()}
    works: dict[str, Work] = {
        f"{PIECES} without end": _free,
        f"{PIECES} side by side": partial(_pieces, candidates=1, count=PIECES),
        "best of 4": partial(_pieces, candidates=4, count=2),
        f"{PIECES} without grammar": _lawless,
    }
    for label, work in works.items():

        def rate(name: str, work: Work = work) -> float:
            seconds = lap()
            return work(players[name]) / seconds()

        with pinned():
            rates = take_turns({name: partial(rate, name) for name in players}, settings.rounds)
        yield faster("rollouts", label, "linnet, onnxruntime", rates)


if __name__ == "__main__":
    sys.exit(command.main(["rollouts"]))
