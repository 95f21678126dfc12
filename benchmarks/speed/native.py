"""linnet's own engine, whole pipeline on one core, beside onnxruntime and what people use in its place.

    python -m benchmarks.speed.native [--sizes 2x256 ...]

The contenders are those of `step`, `limit`, `batch` and `start`, which say what each does; here linnet plays
with `engine="native"`. "linnet, onnxruntime" is the same model with the same notes in the other engine. "its
byte products alone" is what 64 streams would come to if nothing else took time and no weight had to be
fetched: the engine's own loop over weights in the first cache. The memory is that of a process that plays
2,000 tokens of `folk`.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from benchmarks.speed import batch, command, limit, peers, start
from benchmarks.speed.compiled import ROOT, compiled
from benchmarks.speed.networks import Made
from benchmarks.speed.rounds import lap, pinned, seconds_of, take_turns
from benchmarks.speed.step import BOUND, USER_ONE_CORE, installed, linnet_player, rate
from benchmarks.table import Figure, at_least, at_most, faster

BESIDE = "linnet, onnxruntime"
PRODUCTS = "its byte products alone"
OPENVINO, INT8 = "OpenVINO", "LiteRT, int8"
STREAMS = 64
MUST_BEAT_USER, MUST_BEAT_ALONE = 10.0, 8.0
MUST_BEAT_BEST = {"2x256": 3.0, "2x512": 1.7}
READING = {"2x256": 1.5, "2x512": 1.3}
LONGEST_START, MOST_TO_START, MOST_TO_PLAY = 0.6, 35, 25  # times `import onnxruntime`; megabytes; megabytes

PLAYS = "import linnet; linnet.load('folk', engine='native').stream(seed=1).tokens(2000)"


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `native`."""
    for size in settings.sizes:
        yield from _speed(settings.made(size), str(size), settings)
    yield from process(settings)


def _speed(made: Made, size: str, settings: command.Settings) -> Iterator[Figure]:
    with pinned():
        players = {
            "linnet": linnet_player(made, engine="native"),
            BESIDE: linnet_player(made, engine="onnxruntime"),
            STREAMS: batch.linnet_player(made, STREAMS, engine="native"),
            **installed(
                {
                    USER_ONE_CORE: lambda: peers.ort_exported(made),
                    BOUND: lambda: peers.ort_bound(made.exact),
                    OPENVINO: lambda: peers.openvino(made),
                    INT8: lambda: peers.litert_int8(made),
                }
            ),
        }
        works = {name: partial(rate, player, settings.seconds) for name, player in players.items()}
        read = partial(seconds_of, limit.reader(limit.weight_bytes(made.weights)), settings.seconds)
        found = take_turns(
            works | {limit.READING: read, PRODUCTS: _products(made, settings)}, settings.rounds
        )
    rates = {name: value for name, value in found.items() if isinstance(name, str)}
    best = max({BOUND, OPENVINO, INT8} & rates.keys(), key=rates.__getitem__)
    goals = {USER_ONE_CORE: MUST_BEAT_USER, best: MUST_BEAT_BEST.get(size)}
    for name in rates:
        if name not in ("linnet", limit.READING, PRODUCTS):
            yield faster("native", size, name, rates, goal=goals.get(name))
    ours, theirs = 1e6 / rates["linnet"], 1e6 * rates[limit.READING]
    bound = READING.get(size)
    goal = None if bound is None else at_most(bound, ours / theirs)
    yield Figure("native", size, ours, "us", limit.READING, theirs, ours / theirs, goal)
    ratio = found[STREAMS] / rates["linnet"]
    label = f"{size}, {STREAMS} streams"
    goal = at_least(MUST_BEAT_ALONE, ratio)
    yield Figure("native", label, found[STREAMS], "tokens/s", batch.ALONE, rates["linnet"], ratio, goal)
    most = rates[PRODUCTS]
    yield Figure("native", label, found[STREAMS], "tokens/s", PRODUCTS, most, found[STREAMS] / most)


def _products(made: Made, settings: command.Settings) -> Callable[[], float]:
    """Tokens a second of the byte products of a step, without anything else."""
    loop = compiled("products", sorted((ROOT / "csrc/native").glob("*.c")), settings.folder).products
    loop.restype = ctypes.c_int64
    weights = limit.weight_bytes(made.weights)

    def multiply() -> float:
        multiplied, until, clock = 0, time.perf_counter() + settings.seconds, lap()
        while time.perf_counter() < until:
            multiplied += loop()
        return multiplied / weights / clock()

    return multiply


def process(settings: command.Settings) -> Iterator[Figure]:
    """What a process takes from nothing to a piece on disk, and while it plays."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(settings.folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    tune = str(settings.folder / "own.mid")
    piece = ["generate", "--bars", "16", "--seed", "1", "--overwrite", "-o", tune]
    programs = {
        "linnet": ["-m", "linnet", *piece, "--engine", "native"],
        BESIDE: ["-m", "linnet", *piece, "--engine", "onnxruntime"],
        start.ORT: ["-c", "import onnxruntime"],
        "plays": ["-c", PLAYS],
    }
    peaks: dict[str, float] = {}
    cpu: dict[str, list[float]] = {name: [] for name in programs}

    def once(name: str) -> float:
        milliseconds, peak, computing = start.launch(programs[name], environment)
        cpu[name].append(computing)
        peaks[name] = max(peaks.get(name, 0.0), peak)
        return milliseconds

    for arguments in programs.values():
        start.launch(arguments, environment)  # compiles what is not compiled, as installing does
    with pinned():
        times = take_turns({name: partial(once, name) for name in programs}, settings.rounds)
    for name in (BESIDE, start.ORT):
        ratio = times["linnet"] / times[name]
        goal = at_most(LONGEST_START, ratio) if name == start.ORT else None
        yield Figure("native", start.SIZE, times["linnet"], "ms", name, times[name], ratio, goal)
        ours, theirs = median(cpu["linnet"]), median(cpu[name])
        yield Figure("native", f"{start.SIZE}, CPU time", ours, "ms", name, theirs, ours / theirs)
    goal = at_most(MOST_TO_START, peaks["linnet"], " MB")
    beside = f"peak memory of {BESIDE}"
    yield Figure("native", start.SIZE, peaks["linnet"], "MB", beside, peaks[BESIDE], None, goal)
    yield Figure(
        "native", "plays folk", peaks["plays"], "MB", goal=at_most(MOST_TO_PLAY, peaks["plays"], " MB")
    )


if __name__ == "__main__":
    sys.exit(command.main(["native"]))
