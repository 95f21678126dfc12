"""The long run: `python -m tests.fuzz [--seconds N] [--seed N]`; says what was tried and what it came to.

Each fuzzer in C runs for so many seconds with clang's libFuzzer, the others for a number of inputs that takes
about as long. What breaks something is left in the current folder, or named by its seed and number.

    python -m tests.fuzz --only native --inputs 1000000 --pieces 10 --corpus FOLDER

runs one of those in C alone, ten times so many inputs, each time with a seed of its own and from what was
found before.
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


def _in_c(program: Path, corpus: Path, limit: str, seed: int) -> tuple[int, int]:
    """Inputs that were tried, and edges of the program's flow that all inputs so far have reached."""
    corpus.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [program, corpus, *_OPTIONS, limit, f"-seed={seed}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{program.name}: {done.stderr[-5000:]}")
    runs, edges = re.findall(r"#(\d+)\s+DONE\s+cov: (\d+)", done.stderr)[-1]
    return int(runs), int(edges)


def _pieces(target: str, asked: argparse.Namespace, folder: Path) -> None:
    """One fuzzer in C, for a number of inputs."""
    program, tried = build.with_libfuzzer(target, folder), 0
    corpus = asked.corpus or folder / f"{target}-corpus"
    for seed in range(asked.seed, asked.seed + asked.pieces):
        runs, edges = _in_c(program, corpus, f"-runs={asked.inputs}", seed)
        tried += runs
        print(f"{target}, seed {seed}: {runs} inputs, {tried} in all, {edges} edges reached", flush=True)


def _all(asked: argparse.Namespace, folder: Path) -> None:
    """Every fuzzer, one after the other."""
    for target in build.TARGETS:
        program = build.with_libfuzzer(target, folder)
        limit = f"-max_total_time={asked.seconds}"
        runs, edges = _in_c(program, folder / f"{target}-corpus", limit, asked.seed)
        print(f"{target}: {runs} inputs, {edges} edges reached", flush=True)
    model, count = linnet.load(fuzz_model.TINY), asked.seconds * 150
    accepted = fuzz_restore.fuzz(model, count, asked.seed)
    print(f"saved streams: {count} inputs, {accepted} were accepted and played", flush=True)
    count = asked.seconds * 30
    outcomes = ", ".join(f"{n} {what}" for what, n in fuzz_model.fuzz(count, asked.seed).most_common())
    print(f"model files: {count} inputs: {outcomes}", flush=True)
    count = asked.seconds * 3000
    answered = fuzz_core.fuzz(Engine.open(fuzz_model.TINY), count, asked.seed)
    print(f"entry points: {count} calls, {answered} answered")


def main() -> None:
    """Runs all of them, or one."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzzer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=build.TARGETS, help="one of those in C, for --inputs")
    parser.add_argument("--inputs", type=int, default=100_000, help="with --only: of each piece")
    parser.add_argument("--pieces", type=int, default=1, help="with --only: with seeds one after the other")
    parser.add_argument("--corpus", type=Path, help="with --only: a folder that keeps what was found")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.only:
            _pieces(asked.only, asked, Path(folder))
        else:
            _all(asked, Path(folder))


if __name__ == "__main__":
    main()
