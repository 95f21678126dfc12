"""From nothing to a piece of 16 bars on disk, in a process of its own: wall time and peak memory.

    python -m benchmarks.speed.start

beside what it takes to import the packages that others need before they can begin. All run with Python's
compiled files at hand, on one core, in turn.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.speed import command
from benchmarks.speed.rounds import pinned, take_turns
from benchmarks.table import Figure, at_least, at_most

SIZE, ORT = "16 bars", "import onnxruntime"
MOST_MEGABYTES = 60
LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss, cpu, os.waitstatus_to_exitcode(status)]))
"""
"""A child's peak starts at that of the process that starts it, so a small process has to."""

KILOBYTE = 1 if sys.platform == "darwin" else 1024  # bytes in the unit of ru_maxrss


def launch(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall time in milliseconds, peak memory in megabytes, CPU time in milliseconds of a Python process."""
    command_line = [sys.executable, "-S", "-c", LAUNCHER, sys.executable, *arguments]
    done = subprocess.run(command_line, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak, cpu, status = json.loads(done.stdout.splitlines()[-1])
    if status:
        raise RuntimeError(f"python {' '.join(arguments)} ended with exit code {status}")
    return seconds * 1e3, peak * KILOBYTE / 1e6, cpu * 1e3


def figures(settings: command.Settings) -> Iterator[Figure]:
    """The rows of `start`."""
    # A package that was installed is compiled; a checkout, and whoever forbids it, may not be.
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(settings.folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    tune = str(settings.folder / "tune.mid")
    programs = {
        "linnet": [
            "-m",
            "linnet",
            "generate",
            "--bars",
            "16",
            "--seed",
            "1",
            "--engine",
            "onnxruntime",
            "-o",
            tune,
        ],
        ORT: ["-c", "import onnxruntime"],
        "import torch": ["-c", "import torch"],
    }
    peaks: dict[str, float] = {}

    def work(name: str, arguments: list[str]) -> Callable[[], float]:
        def once() -> float:
            Path(tune).unlink(missing_ok=True)
            milliseconds, peak, _ = launch(arguments, environment)
            peaks[name] = max(peaks.get(name, 0.0), peak)
            return milliseconds

        return once

    with pinned():
        times = take_turns(
            {name: work(name, arguments) for name, arguments in programs.items()}, settings.rounds
        )
    for name in list(programs)[1:]:
        ratio = times[name] / times["linnet"]
        goal = at_least(1, ratio) if name == ORT else None
        yield Figure("start", SIZE, times["linnet"], "ms", name, times[name], ratio, goal)
    for name in list(programs)[1:]:
        ours = peaks["linnet"]
        goal = at_most(MOST_MEGABYTES, ours, " MB") if name == ORT else None
        beside = f"peak memory of {name}"
        yield Figure("start", SIZE, ours, "MB", beside, peaks[name], peaks[name] / ours, goal)


if __name__ == "__main__":
    sys.exit(command.main(["start"]))
