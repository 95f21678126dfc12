"""Tokens a second of one piece, whole pipeline: features, step, mask, top-k 40, choice.

    python -m benchmarks.step [--sizes 2x256 ...]

linnet is the loop in C over its exact graph. (a) is what a user would write: torch.onnx.export in float32,
onnxruntime's `run` in a Python loop, softmax and choice in numpy; with its default options it takes as many
cores as there are, so it is also shown with one. (b) is the same loop over linnet's graph, and (c) binds its
tensors once. The other engines run the network of (a) in the same loop. All but the first (a) have one core.
"""

import sys
from collections.abc import Callable, Iterator

import torch

from benchmarks import command, peers
from benchmarks.networks import Made, Size
from benchmarks.peers import BOS, TOP_K, PythonLoop
from benchmarks.rounds import pinned, take_turns
from benchmarks.table import Figure, faster
from linnet._core import Rng
from linnet._engine import Engine
from linnet.settings import Sampling

Player = Callable[[float], int]
"""Plays for so many seconds; returns how many tokens."""

USER = "(a) torch.onnx.export, run"
USER_ONE_CORE = "(a) on one core"
RUN = "(b) exact graph, run"
BOUND = "(c) exact graph, io binding"

OTHERS: dict[str, Callable[[Made], peers.Step]] = {
    "PyTorch, eager": peers.torch_eager,
    "PyTorch, scripted": peers.torch_scripted,
    "OpenVINO": peers.openvino,
    "LiteRT, float32": peers.litert,
    "LiteRT, int8": peers.litert_int8,
}

MUST_BEAT_USER = {"2x256": 4.0, "2x512": 5.0}
MUST_BEAT_RUN, MUST_BEAT_OTHERS = 2.0, 1.5


def linnet_player(made: Made, *, exact: bool = True) -> Player:
    """The loop in C."""
    engine = Engine.open(made.exact if exact else made.floats)
    loop = engine.loop(peers.endless(), Rng(1), Sampling(top_k=TOP_K))
    loop.take(BOS)
    return lambda seconds: loop.play(seconds=seconds)


def python_players(made: Made) -> dict[str, Player]:
    """(a) in one thread, (b) and (c)."""
    return {
        USER_ONE_CORE: PythonLoop(peers.ort_exported(made)).play,
        RUN: PythonLoop(peers.ort_run(made.exact)).play,
        BOUND: PythonLoop(peers.ort_bound(made.exact)).play,
    }


def other_players(made: Made) -> Iterator[tuple[str, Player]]:
    """Those of the other engines that are installed."""
    for name, make in OTHERS.items():
        try:
            yield name, PythonLoop(make(made)).play
        except ImportError as error:
            print(f"{name} is left out: {error}; see the group bench in pyproject.toml", file=sys.stderr)


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `step`."""
    torch.set_num_threads(1)
    for size in settings.sizes:
        yield from _of(settings.made(size), size, settings)


def _of(made: Made, size: Size, settings: command.Settings) -> Iterator[Figure]:
    everywhere = {USER: PythonLoop(peers.ort_exported(made, threads=None)).play}
    with pinned():
        one_core = {
            "linnet": linnet_player(made),
            **python_players(made),
            "(c) with linnet's sampler": PythonLoop(peers.ort_bound(made.exact), peers.in_linnet()).play,
            **dict(other_players(made)),
            "linnet, float32 graph": linnet_player(made, exact=False),
        }
    goals = {USER: MUST_BEAT_USER.get(str(size)), USER_ONE_CORE: None, RUN: MUST_BEAT_RUN}
    goals |= dict.fromkeys(OTHERS, MUST_BEAT_OTHERS)

    def rate(player: Player) -> float:
        return player(settings.seconds) / settings.seconds

    def rate_on_one_core(player: Player) -> float:
        with pinned():
            return rate(player)

    rates = take_turns(
        {name: lambda player=player: rate(player) for name, player in everywhere.items()}
        | {name: lambda player=player: rate_on_one_core(player) for name, player in one_core.items()},
        settings.rounds,
    )
    for name in rates:
        if name != "linnet":
            yield faster("step", str(size), name, rates, goal=goals.get(name))


if __name__ == "__main__":
    sys.exit(command.main(["step"]))
