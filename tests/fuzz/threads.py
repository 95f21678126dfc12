"""Streams among threads, for ThreadSanitizer: `python -m tests.fuzz.threads [--rounds N] [--break]`.

Streams of one model in threads of their own, with a worker and without; streams whose worker composes while
one thread hears them and others steer and save them; and pieces with candidates, all at once. The notes must
be those that each plays alone. It says so, and what ThreadSanitizer sees it says itself, where `linnet._core`
is built with it, by gcc and in an ordinary Python:

    sed -i 's/"-g0"/"-g"/; s/"-O3"/"-O1"/' setup.py   # in a copy of the tree
    CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread python setup.py build_ext --inplace
    LD_PRELOAD=$(gcc -print-file-name=libtsan.so) TSAN_OPTIONS=ignore_noninstrumented_modules=1 \
        PYTHONPATH=runtime setarch -R python -m tests.fuzz.threads

(`setarch -R`, because libtsan does not stand every place of memory that the system deals out). For
`--engine onnxruntime`, `suppressions=FILE` belongs beside the other option, of a file that says
`called_from_lib:libonnxruntime`.

`--break` lets two loops share a piece, against the rules: there must be a report, or nothing was looked for.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import linnet
from linnet._core import Piece, Rng, Tracker

_STREAMS = 12
_TOKENS = 600


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls return, each in a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def _played(model: linnet.Model, seed: int) -> list[int]:
    return model.stream(seed=seed).tokens(_TOKENS)


def _heard(model: linnet.Model, seed: int, worker: bool) -> list[tuple[float, int]]:
    with model.stream(seed=seed, worker=worker) as stream:
        found = []
        for _ in range(40):
            stream.prepare()
            found += [(note.onset, note.pitch) for note in stream.advance(0.5, budget=None)]
    return found


def _steered(model: linnet.Model, seed: int) -> int:
    """One thread hears a stream whose worker composes it; two others do with it what they like."""
    with model.stream(seed=seed, worker=True) as stream:

        def use(dice: random.Random) -> None:
            calls: list[Callable[[], Any]] = [
                lambda: stream.wish(density=dice.choice((None, 2, 6)), at=dice.choice(("bar", "now"))),
                lambda: stream.restrict(pitch_range=dice.choice((None, (50, 80)))),
                stream.save,
                stream.fork,
                lambda: (stream.seconds, stream.repeated, stream.full),
            ]
            for _ in range(30):
                dice.choice(calls)()

        def hear() -> int:
            return sum(len(stream.advance(0.1)) for _ in range(200))

        found = at_once([hear, *(lambda i=i: use(random.Random(i)) for i in range(2))])  # type: ignore[misc]
        return int(found[0])


def _made(model: linnet.Model, seed: int) -> list[int]:
    return model.generate(bars=4, seed=seed, candidates=3 if model.info.judge else 1).notes.pitch.tolist()


def round_of(model: linnet.Model, first: int) -> int:
    """Everything at once, and then alone; how many of them there were. ValueError where notes differ."""
    calls: list[Callable[[], Any]] = []
    for seed in range(first, first + _STREAMS):
        calls.append(lambda seed=seed: _played(model, seed))  # type: ignore[misc]
        calls.append(lambda seed=seed: _heard(model, seed, seed % 2 == 0))  # type: ignore[misc]
        calls.append(lambda seed=seed: _made(model, seed))  # type: ignore[misc]
    steered: list[Callable[[], Any]] = [
        lambda seed=seed: _steered(model, seed)  # type: ignore[misc]
        for seed in range(first, first + 4)
    ]
    together = at_once([*calls, *steered])
    for number, call in enumerate(calls):
        if together[number] != call():
            raise ValueError(f"number {number} of the round from seed {first} on plays other notes alone")
    return len(together)


def break_the_rules(model: linnet.Model) -> None:
    """Two loops play one piece in two threads."""
    engine = model.engine
    piece = Piece(Tracker(engine.info.time_base), Rng(1))
    loops = [engine.loop(piece) for _ in range(2)]
    at_once([lambda loop=loop: loop.play(count=2000) for loop in loops])  # type: ignore[misc]


def main() -> None:
    """Runs so many rounds, or breaks the rules."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.threads")
    parser.add_argument("model", nargs="?", default="folk")
    parser.add_argument("--engine", default="native")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--break", action="store_true", dest="breaks", help="what must be reported")
    asked = parser.parse_args()
    model = linnet.load(asked.model, engine=asked.engine)
    if asked.breaks:
        break_the_rules(model)
        sys.exit("the rules were broken, and nothing stopped it")
    count = sum(round_of(model, 100 * number) for number in range(asked.rounds))
    print(f"{count} streams and pieces in threads, the notes of each alone")


if __name__ == "__main__":
    main()
