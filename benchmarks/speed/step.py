"""Tokens a second of one piece, whole pipeline: features, step, mask, top-k 40, choice.

    python -m benchmarks.speed.step [--sizes 2x256 ...]

linnet is `Stream.tokens` over its exact graph. (a) is what a user would write: torch.onnx.export in float32,
onnxruntime's `run` in a Python loop, softmax and choice in numpy; with its default options it takes as many
cores as there are, so it is also shown with one. (b) is the same loop over linnet's graph, and (c) binds its
tensors once. The other engines run the network of (a) in the same loop. All but the first (a) have one core.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch

import linnet
from benchmarks.speed import command, peers
from benchmarks.speed.networks import Made, Size
from benchmarks.speed.peers import TOP_K, PythonLoop
from benchmarks.speed.rounds import lap, pinned, take_turns
from benchmarks.table import Figure, faster
from linnet.engine.network import EngineName

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


def linnet_player(made: Made, *, exact: bool = True, engine: EngineName = "onnxruntime") -> Player:
    """A stream whose tokens are read."""
    model = linnet.load(made.exact if exact else made.floats, engine=engine)
    stream = model.stream(seed=1, temperature=1.0, top_k=TOP_K)
    pace = 1000.0  # tokens a second

    def play(seconds: float) -> int:
        nonlocal pace
        start, count = time.perf_counter(), max(1, int(pace * seconds))
        stream.tokens(count)
        pace = count / (time.perf_counter() - start)
        return count

    return play


def rate(player: Player, seconds: float) -> float:
    """Tokens a second."""
    clock = lap()
    return player(seconds) / clock()


def python_players(made: Made) -> dict[str, Player]:
    """(a) on one core, (b) and (c)."""
    return installed(
        {
            USER_ONE_CORE: lambda: peers.ort_exported(made),
            RUN: lambda: peers.ort_run(made.exact),
            BOUND: lambda: peers.ort_bound(made.exact),
        }
    )


def installed(steps: dict[str, Callable[[], peers.Step]]) -> dict[str, Player]:
    """A loop in Python around each of the steps whose packages are here."""
    players = {}
    for name, make in steps.items():
        try:
            players[name] = PythonLoop(make()).play
        except ImportError as error:
            print(f"{name} is left out: {error}; see the group bench in pyproject.toml", file=sys.stderr)
    return players


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `step`."""
    torch.set_num_threads(1)
    for size in settings.sizes:
        yield from _of(settings.made(size), size, settings)


def _of(made: Made, size: Size, settings: command.Settings) -> Iterator[Figure]:
    everywhere = installed({USER: lambda: peers.ort_exported(made, threads=None)})
    with pinned():
        one_core = {
            "linnet": linnet_player(made),
            **python_players(made),
            "(c) with linnet's sampler": PythonLoop(peers.ort_bound(made.exact), peers.in_linnet()).play,
            **installed({name: lambda make=make: make(made) for name, make in OTHERS.items()}),
            "linnet, float32 graph": linnet_player(made, exact=False),
        }

    def anywhere(player: Player) -> float:
        return rate(player, settings.seconds)

    def on_one_core(player: Player) -> float:
        with pinned():
            return anywhere(player)

    rates = take_turns(
        {name: partial(anywhere, player) for name, player in everywhere.items()}
        | {name: partial(on_one_core, player) for name, player in one_core.items()},
        settings.rounds,
    )
    goals = dict.fromkeys(OTHERS, MUST_BEAT_OTHERS) | {RUN: MUST_BEAT_RUN}
    if str(size) in MUST_BEAT_USER:
        goals[USER] = MUST_BEAT_USER[str(size)]
    for name in rates:
        if name != "linnet":
            yield faster("step", str(size), name, rates, goal=goals.get(name))


if __name__ == "__main__":
    sys.exit(command.main(["step"]))
