"""A stream keeps to its memory: `python -m tests.fuzz.memory [TOKENS] [HOURS]` prints what it took.

Half of it is read by tokens, half of it heard.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import linnet
from linnet.stream import recording

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


def resident() -> int:
    """Bytes of memory that this process has at hand."""
    gc.collect()
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def reading(tokens: int, portion: int) -> Iterator[int]:
    """Memory after each portion of tokens."""
    stream = linnet.load(TINY).stream(seed=1)
    for _ in range(0, tokens, portion):
        stream.tokens(portion)
        yield resident()


def hearing(seconds: float, portion: float) -> Iterator[int]:
    """Memory after each portion of music, steered and saved now and then. What is kept to be recorded is full
    after a minute, not after hours.
    """
    recording._MOST = 200
    stream, steps = linnet.load(TINY).stream(seed=1), round(portion / 0.25)
    for part in range(round(seconds / portion)):
        for _ in range(steps):
            stream.advance(0.25, budget=None)
        stream.wish(density=1 + part % 8, at="now")
        stream.save()
        yield resident()


def main() -> None:
    """Prints megabytes at the beginning, after a warm-up of a tenth, and at the end."""
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    for what, sizes in (
        (f"{tokens} tokens read", list(reading(tokens, max(1, tokens // 20)))),
        (f"{hours:g} hours heard", list(hearing(hours * 3600, hours * 180))),
    ):
        first, warm, last = (size / 1e6 for size in (sizes[0], sizes[len(sizes) // 10], sizes[-1]))
        print(f"{what}: {first:.1f} MB, {warm:.1f} MB after a tenth, {last:.1f} MB at the end")


if __name__ == "__main__":
    main()
