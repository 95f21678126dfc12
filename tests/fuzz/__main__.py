"""The long run: `python -m tests.fuzz [--seconds N] [--seed N]`; says what was tried and what it came to.

Each fuzzer in C runs for so many seconds with clang's libFuzzer, the others for a number of inputs that takes
about as long. What breaks something is left in the current folder, or named by its seed and number.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import linnet
from linnet.engine.engine import Engine
from tests.fuzz import build, fuzz_core, fuzz_model, fuzz_restore

_OPTIONS = ("-max_len=4096", "-len_control=0", "-timeout=20", "-print_final_stats=1")


def _in_c(target: str, seconds: int, seed: int, folder: Path) -> str:
    program = build.with_libfuzzer(target, folder)
    corpus = folder / f"{target}-corpus"
    corpus.mkdir()
    done = subprocess.run(
        [program, corpus, *_OPTIONS, f"-max_total_time={seconds}", f"-seed={seed}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{target}: {done.stderr[-5000:]}")
    runs, edges = re.findall(r"#(\d+)\s+DONE\s+cov: (\d+)", done.stderr)[-1]
    return f"{runs} inputs, {edges} edges reached"


def main() -> None:
    """Runs all of them, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzzer")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for target in build.TARGETS:
            print(f"{target}: {_in_c(target, asked.seconds, asked.seed, Path(folder))}", flush=True)
    model, count = linnet.load(fuzz_model.TINY), asked.seconds * 150
    accepted = fuzz_restore.fuzz(model, count, asked.seed)
    print(f"saved streams: {count} inputs, {accepted} were accepted and played", flush=True)
    count = asked.seconds * 30
    outcomes = ", ".join(f"{n} {what}" for what, n in fuzz_model.fuzz(count, asked.seed).most_common())
    print(f"model files: {count} inputs: {outcomes}", flush=True)
    count = asked.seconds * 3000
    answered = fuzz_core.fuzz(Engine.open(fuzz_model.TINY), count, asked.seed)
    print(f"entry points: {count} calls, {answered} answered")


if __name__ == "__main__":
    main()
