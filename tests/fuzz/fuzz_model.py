"""Model files that are damaged or made up: one of linnet's errors, or a model that plays.

onnxruntime is given whatever the file holds, and may die of it. So the files are opened in a process of their
own, and when it dies the same file is shown to onnxruntime alone: what kills that as well is no fault of
linnet.
`python -m tests.fuzz.fuzz_model FIRST COUNT SEED` is that process; with `alone` behind it linnet is left out.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import linnet
from tests.fuzz.mutate import other_bytes, other_json

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
_PATIENCE = 120
"""Seconds without a word from the process."""

_MEMORY = 4 << 30
"""Bytes of address space: a file may ask for more than there is."""


@cache
def _bones() -> list[tuple[int, int]]:
    """(begin, end) of the parts of the file that are not weights."""
    import onnx

    data, model = TINY.read_bytes(), onnx.load(TINY)
    graph = model.graph
    parts = [*graph.node, *graph.input, *graph.output, *graph.value_info, *model.opset_import]
    parts += [prop for prop in model.metadata_props if len(prop.value) < 5000]
    texts = [part.SerializeToString() for part in parts]
    texts += [weights.SerializeToString()[:60] for weights in graph.initializer]
    places = [(data.find(text), len(text)) for text in texts]
    return [(max(0, at - 4), at + length) for at, length in places if at >= 0]


def _other_metadata(dice: random.Random, data: bytes) -> bytes:
    import onnx

    model = onnx.load_from_string(data)
    for prop in dice.sample(list(model.metadata_props), dice.choice((1, 1, 2))):
        kind = dice.randrange(6)
        if kind == 0:
            model.metadata_props.remove(prop)
        elif kind == 1:
            prop.value = other_bytes(dice, prop.value.encode()).decode(errors="replace")
        elif kind == 2:
            prop.value = dice.choice(
                ("[" * 200_000, "1e400", "NaN", "{}", "[]", "null", "9" * 5000, '"\\ud800"')
            )
        else:
            prop.value = other_json(dice, prop.value)
    return model.SerializeToString()


def mutant(dice: random.Random) -> bytes:
    """One of many ways in which a model file can be wrong."""
    data = TINY.read_bytes()
    kind = dice.randrange(6)
    if kind == 0:
        return other_bytes(dice, data)
    if kind < 3:
        begin, end = dice.choice(_bones())
        return data[:begin] + other_bytes(dice, data[begin:end]) + data[end:]
    return _other_metadata(dice, data)


def _try(data: bytes, path: Path) -> str:
    path.write_bytes(data)
    try:
        model = linnet.load(path)
    except (linnet.LinnetError, MemoryError) as error:
        return type(error).__name__
    try:
        model.stream(seed=1).tokens(30)
        model.generate(bars=1, seed=1) if model.info.time_base == "grid" else model.generate(
            seconds=1, seed=1
        )
    except linnet.ModelError as error:
        return f"{type(error).__name__} at play"
    return "played"


def _try_alone(data: bytes) -> str:
    import onnxruntime

    try:
        onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    except Exception as error:  # whatever it says: it lives
        return type(error).__name__
    return "opened"


def _work(first: int, count: int, seed: int, alone: bool) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, count):
            data = mutant(random.Random(f"{seed} {number}"))
            outcome = _try_alone(data) if alone else _try(data, Path(folder, "model.onnx"))
            print(json.dumps([number, outcome]), flush=True)


def _run(first: int, count: int, seed: int, *more: str) -> tuple[list[list[Any]], str | None]:
    """What the process tells of each file, and how it died, if it did."""
    command = [sys.executable, "-m", __spec__.name, str(first), str(count), str(seed), *more]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE * 5, check=False)
    except subprocess.TimeoutExpired as expired:
        told = (expired.stdout or b"").decode()
        return [json.loads(line) for line in told.splitlines()], "it hangs"
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return rows, None if done.returncode == 0 else f"{done.returncode}\n{done.stderr[-3000:]}"


def fuzz(count: int, seed: int) -> Counter[str]:
    """Tries so many damaged files; how many came to what."""
    outcomes: Counter[str] = Counter()
    first = 0
    while first < count:
        rows, death = _run(first, count, seed)
        outcomes.update(outcome for _, outcome in rows)
        first += len(rows)
        if death is None:
            continue
        _, alone = _run(first, first + 1, seed, "alone")
        if alone is None:
            raise AssertionError(f"seed {seed}, number {first}: {death}")
        outcomes["onnxruntime died"] += 1
        first += 1
    return outcomes


if __name__ == "__main__":
    _work(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), "alone" in sys.argv[4:])
