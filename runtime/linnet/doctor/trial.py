"""Tries a model, or the MIDI ports, in a process of its own: whatever crashes there takes nothing else along.

And the memory that is measured is what the model takes, with all that it needs.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from linnet import _core
from linnet._core import Piece, Rng, Tracker
from linnet.engine import library as _library
from linnet.engine.network import VARIABLE, EngineName
from linnet.errors import LinnetError, in_one_line
from linnet.model import Model, load
from linnet.tokens.vocabulary import FAMILIES

Facts = dict[str, Any]
"""Plain data: what json.dumps takes."""

PATIENCE_SECONDS = 60
WARM_UP = 32
"""Tokens that are drawn before the clock counts."""


def apart(task: str, *arguments: str) -> Facts:
    """All that a task said; with `crash`, should it have ended badly.

    Where no Python can be started, a frozen app or an emulator, the task runs here.
    """
    if getattr(sys, "frozen", False) or not sys.executable:
        return _here(task, *arguments)
    code = f"import sys; sys.path[:] = {sys.path!r}; from linnet.doctor import trial; trial.main()"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, task, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        output, crash = error.stdout or b"", f"it did not come to an end in {PATIENCE_SECONDS} s"
        told = output.decode(errors="replace") if isinstance(output, bytes) else output
    except OSError:
        return _here(task, *arguments)
    else:
        told, crash = done.stdout, _crash(done)
    facts: Facts = {"crash": crash} if crash else {}
    for line in told.splitlines():
        if line.startswith("{"):
            facts |= json.loads(line)
    return facts


def _here(task: str, *arguments: str) -> Facts:
    facts: Facts = {}
    try:
        for told in _TASKS[task](*arguments):
            facts |= told
    except Exception as error:  # a MIDI backend may raise anything
        facts["crash"] = f"{type(error).__name__}: {error}"
    return facts


def _crash(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode == 0:
        return ""
    if done.returncode < 0:
        return f"it crashed ({signal.strsignal(-done.returncode) or f'signal {-done.returncode}'})"
    return (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]


def main() -> None:
    """The other process: carries a task out and prints its facts, a line of JSON at a time."""
    task, *arguments = sys.argv[1:]
    for facts in _TASKS[task](*arguments):
        print(json.dumps(facts), flush=True)  # at once: the next step may crash


def _model(name: str, seconds: str) -> Iterator[Facts]:
    yield {"native": {"kernel": _core.native_kernels()[0]}}
    if os.environ.get(VARIABLE) == "native":
        yield {"engine": {"left_out": f"{VARIABLE} is native"}}
    else:
        try:
            library = _library.open_library()
        except (LinnetError, MemoryError) as error:
            yield {"engine": {"problem": in_one_line(error)}}
        else:
            yield {"engine": {"version": _core.library_version(), "library": library}}
    if name:
        try:
            yield {"model": _measure(name, float(seconds))}
        except (LinnetError, OSError, ValueError, MemoryError) as error:
            yield {"model": {"problem": in_one_line(error)}}


def _measure(name: str, seconds: float) -> Facts:
    begin = time.perf_counter()
    model = load(name)
    opened = time.perf_counter() - begin
    milliseconds = sorted(_token_milliseconds(model, seconds / 2))
    bars, length = (4, None) if model.info.time_base == "grid" else (None, 5.0)
    begin, music, pieces = time.perf_counter(), 0.0, 0
    while (took := time.perf_counter() - begin) < seconds / 2:
        piece = model.generate(bars=bars, seconds=length, seed=pieces)
        music += piece.seconds(piece.end)
        pieces += 1
    median = milliseconds[len(milliseconds) // 2]
    peak = _peak_memory()  # before another engine is there
    return {
        "name": model.info.name,
        "engine": model.engine.runs_on,
        "engines": _engines(name, model.engine.runs_on, median, seconds / 8),
        "file": str(model.file),
        "bytes": model.info.size,
        "exact": model.info.exact,
        "layers": len(model.info.states) // 2,
        "hidden_size": model.info.states[0].shape[-1],
        "seconds_to_open": round(opened, 4),
        "tokens_per_second": round(1000 * len(milliseconds) / sum(milliseconds), 1),
        "milliseconds_per_token": {
            "median": round(median, 4),
            "p99": round(milliseconds[len(milliseconds) * 99 // 100], 4),
        },
        "times_real_time": round(music / took, 2),
        "peak_memory_bytes": peak,
    }


def _engines(name: str, played: EngineName, median: float, seconds: float) -> Facts:
    """Milliseconds that a token takes in each engine that plays the model here."""
    found: Facts = {played: round(median, 4)}
    if os.environ.get(VARIABLE) == "native":  # nobody wants to see the other one
        return found
    other: EngineName = "native" if played == "onnxruntime" else "onnxruntime"
    with contextlib.suppress(LinnetError, MemoryError):
        times = sorted(_token_milliseconds(load(name, engine=other), seconds))
        found[other] = round(times[len(times) // 2], 4)
    return found


def _token_milliseconds(model: Model, seconds: float) -> list[float]:
    """The time that each token of one long piece takes: features, network, rules and chance."""
    usual = {name: model.info.defaults[name] for name in ("temperature", "top_k", "top_p", "min_p")}
    tracker = Tracker(model.info.time_base)
    tracker.restrict(endless=True)
    piece = Piece(tracker, Rng(0), script=[FAMILIES["bos"].first], **usual)
    loop = model.engine.loop(piece, guidance=model.info.defaults.get("guidance", 1.0))
    for _ in range(WARM_UP):
        loop.step()
    times, begin = [], time.perf_counter()
    while (before := time.perf_counter()) < begin + seconds:
        loop.step()
        times.append(1000 * (time.perf_counter() - before))
    return times


def _peak_memory() -> int | None:
    """Bytes; None where the system does not tell."""
    with contextlib.suppress(OSError, StopIteration):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        # what getrusage tells begins with the memory of the process that started this one
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _ports() -> Iterator[Facts]:
    import mido

    yield {"inputs": mido.get_input_names(), "outputs": mido.get_output_names()}


_TASKS: dict[str, Callable[..., Iterator[Facts]]] = {"model": _model, "ports": _ports}
