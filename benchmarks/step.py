"""Tokens a second of one piece, whole pipeline, beside Python loops over the same model, in one run.

    python -m benchmarks.step [MODEL ...] [--json FILE]

linnet is the loop in C. The Python loops have the same tracker and sampler, both in C, and run the network
through the Python package onnxruntime: with its inputs and outputs bound once (io binding), or the way that
most people write it (run). All draw with top-k 40 in one thread; they take turns, and the median counts.

idle: nothing else runs in the process. busy: the main thread runs pure Python all the while, as a game does,
and the piece is played by another thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from linnet import features, modelfile, vocabulary
from linnet._core import Piece, Rng, Tracker
from linnet._engine import Engine
from linnet.settings import Sampling
from linnet.vocabulary import FAMILIES
from tests.runtime import python_loop
from tests.runtime.python_loop import PythonLoop

ROOT = Path(__file__).parents[1]
SAMPLING = Sampling(temperature=1.0, top_k=40)
ROUNDS, SECONDS = 7, 0.4
BOS = FAMILIES["bos"].first

Player = Callable[[float], int]
"""Plays for so many seconds; returns how many tokens."""


class BoundLoop(PythonLoop):
    """The Python loop with every tensor bound once; the states change places at each step."""

    def __init__(
        self, session: onnxruntime.InferenceSession, tracker: Tracker, rng: Rng, sampling: Sampling
    ) -> None:
        """Stands before bos."""
        super().__init__(session, tracker, rng, sampling)
        info = modelfile.parse(session.get_modelmeta().custom_metadata_map, source="the model")
        sets = [[state.first(1) for state in info.states] for _ in range(2)]
        self._steps = []
        for sources, targets in (sets, sets[::-1]):
            step = session.io_binding()
            bind(step.bind_input, "features", self._bag)
            bind(step.bind_output, "logits", self._logits[None])
            for state, source, target in zip(info.states, sources, targets, strict=True):
                bind(step.bind_input, state.input, source)
                bind(step.bind_output, state.output, target)
            self._steps.append(step)
        self._sets = sets  # the bindings know addresses only

    def _read(self) -> None:
        if not self._due:
            return
        self.tracker.features(self._bag)
        self._session.run_with_iobinding(self._steps[0])
        self._steps.reverse()
        self._due = False


def bind(how: Callable[..., None], name: str, array: NDArray[Any]) -> None:
    """Binds an array where it stands; its type is the tensor's."""
    how(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)


def tracker() -> Tracker:
    """A piece that never ends."""
    endless = Tracker()
    endless.restrict(endless=True)
    return endless


def linnet_player(path: Path) -> Player:
    """The loop in C."""
    loop = Engine.open(path).loop(Piece(tracker(), Rng(1), **asdict(SAMPLING)))
    loop.take(BOS)
    return lambda seconds: loop.play(seconds=seconds)


def python_player(path: Path, kind: type[PythonLoop]) -> Player:
    """A loop in Python."""
    loop = kind(python_loop.session(path), tracker(), Rng(1), SAMPLING)
    loop.take(BOS)

    def play(seconds: float) -> int:
        before, until = len(loop.tokens), time.perf_counter() + seconds
        while time.perf_counter() < until:
            loop.draw()
        return len(loop.tokens) - before

    return play


def beside_a_busy_main_thread(player: Player, seconds: float) -> float:
    """Tokens a second from another thread."""
    drawn = []
    thread = threading.Thread(target=lambda: drawn.append(player(seconds)))
    start, spun = time.perf_counter(), 0
    thread.start()
    while thread.is_alive():
        spun += 1
    return drawn[0] / (time.perf_counter() - start)


def alone(player: Player, seconds: float) -> float:
    """Tokens a second."""
    start = time.perf_counter()
    return player(seconds) / (time.perf_counter() - start)


def measure(path: Path, how: Callable[[Player, float], float]) -> dict[str, float]:
    """Median tokens a second of each player."""
    players = {
        "linnet": linnet_player(path),
        "io binding": python_player(path, BoundLoop),
        "run": python_player(path, PythonLoop),
    }
    rates: dict[str, list[float]] = {name: [] for name in players}
    for player in players.values():
        how(player, SECONDS / 4)  # caches, clocks
    for _ in range(ROUNDS):
        for name, player in players.items():
            rates[name].append(how(player, SECONDS))
    return {name: statistics.median(values) for name, values in rates.items()}


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.step", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "models", nargs="*", type=Path, metavar="MODEL", help="the tiny and the packaged ones"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    args = parser.parse_args()
    known = [ROOT / "tests/data/tiny.onnx", *sorted((ROOT / "runtime/linnet/models").glob("*.onnx"))]
    print(f"{'tokens a second':24}{'linnet':>10}{'io binding':>18}{'run':>18}")
    table: dict[str, dict[str, dict[str, float]]] = {}
    for path in args.models or known:
        figures = {"idle": measure(path, alone), "busy": measure(path, beside_a_busy_main_thread)}
        table[path.stem] = figures
        for name, rates in figures.items():
            ours = rates["linnet"]
            peers = "".join(
                f"{rates[peer]:>10,.0f} {f'({ours / rates[peer]:.1f}x)':>7}" for peer in ("io binding", "run")
            )
            print(f"{f'{path.stem}, {name}':24}{ours:>10,.0f}{peers}")
    if args.json:
        args.json.write_text(json.dumps({"step": table}, indent=2) + "\n", encoding="utf-8")
    print(f"onnxruntime {onnxruntime.__version__}, {features.WIDTH} features, {vocabulary.SIZE} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
