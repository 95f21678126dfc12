"""What is tried on a machine: making music, the tests, the golden pieces; and what it takes."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from device_lab.machines import Place
from device_lab.work import ROOT, Result, StepError, Words, Work

MEMORY = 60.0
"""MB that `linnet generate` may take at its peak."""

TESTS = (
    "csrc/test_rng.py",
    "csrc/test_sampler.py::test_agrees_with_the_oracle_draw_for_draw",
    "runtime/test_features.py",
    "runtime/test_form.py",
    "runtime/test_generate.py",
    "runtime/test_moods.py",
    "runtime/test_shape.py",
    "runtime/test_theory.py",
    "runtime/test_vocabulary.py",
    "runtime/test_wishes.py",
)
"""Tests of the runtime that start no other program, which an emulator without privileges cannot, and that
take a few minutes there. What is left out is mostly Python over numpy: codec, scores, MIDI files."""

TESTS_WITHOUT_NUMPY = ("runtime/test_theory.py", "runtime/test_vocabulary.py")
"""For musl: those that need no numpy, which crashes in the Python that is built here."""

_SEED = "7"
_HERE = Path(__file__).parent
_GUEST = 1 << 40
"""qemu puts the memory of what it runs below this address; itself and its translations lie above."""


def generate(work: Work, place: Place, wheel: Path, *, engine: str) -> Result:
    """A tune by the packaged model, and the most memory that it took."""

    def _generate(work: Work, place: Place) -> Result:
        return _make(work, place, engine)

    return _trial(work, place, _generate, [wheel, inspect.getsource(_make)], engine)


def _make(work: Work, place: Place, engine: str) -> Result:
    name = f"{place.machine.name}-generate-{engine}"
    tune = work / f"tunes/{name}.mid"
    tune.parent.mkdir(exist_ok=True)
    tune.unlink(missing_ok=True)
    command = place.command("-m", "linnet", "generate", "--seed", _SEED, "-o", tune)
    work.run(name, command, env=_with(engine))  # Python writes what it compiled beside its modules
    tune.unlink()
    emulated = bool(place.machine.cpu)
    words = [str(word) for word in command]
    most, private = peak(words, work.folder, env={**os.environ, **_with(engine)}, emulated=emulated)
    data = tune.read_bytes()
    return {"notes_bytes": len(data), "memory": round(most / 1e6, 1), "private": round(private / 1e6, 1)}


def _with(engine: str) -> dict[str, str]:
    return {"LINNET_ENGINE": engine}


def peak(command: list[str], folder: Path, *, env: dict[str, str], emulated: bool) -> tuple[int, int]:
    """Bytes in memory when they were most, and how many of them no file holds too."""
    most = (0, 0)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=env, stdout=quiet, stderr=quiet) as process:
        while process.poll() is None:
            try:
                text = Path(f"/proc/{process.pid}/smaps").read_text()
            except OSError:
                break  # it ended meanwhile
            most = max(most, _resident(text, _GUEST if emulated else 1 << 64))
            time.sleep(0.02)
    if process.returncode:
        raise StepError(f"status {process.returncode}: {' '.join(command)}")
    return most


def _resident(smaps: str, end: int) -> tuple[int, int]:
    """Resident bytes, and those of them that are anonymous, of all memory below an address."""
    total = anonymous = 0
    inside = False
    for line in smaps.splitlines():
        if found := re.match(r"([0-9a-f]+)-[0-9a-f]+ ", line):
            inside = int(found[1], 16) < end
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
        elif inside and line.startswith("Anonymous:"):
            anonymous += int(line.split()[1]) * 1024
    return total, anonymous


def golden(work: Work, place: Place, wheel: Path, every: int = 1, *, engine: str) -> Result:
    """The golden pieces, or every Nth unless all were made; and one with a changed digit must not pass."""
    if every > 1:
        with suppress(StepError):
            return golden(Work(work.folder, look_only=True), place, wheel, engine=engine)
    read = (ROOT / "tests/golden", ROOT / "tests/data/tiny.onnx", ROOT / "tests/data/home.onnx")
    inputs = [wheel, *read, every, inspect.getsource(_compare)]

    def _golden(work: Work, place: Place) -> Result:
        return _compare(work, place, every, engine)

    return _trial(work, place, _golden, inputs, engine)


def _compare(work: Work, place: Place, every: int, engine: str) -> Result:
    check, name = ROOT / "tests/golden/check.py", f"{place.machine.name}-{engine}"
    pieces = json.loads((ROOT / "tests/golden/golden.json").read_text(encoding="utf-8"))
    first = pieces["pieces"][0]
    digit = "0" if first["midi"][0] != "0" else "1"
    wrong = work / f"tunes/{name}-wrong.json"
    wrong.parent.mkdir(exist_ok=True)
    wrong.write_text(json.dumps(pieces | {"pieces": [first | {"midi": digit + first["midi"][1:]}]}))
    command = place.command(check, wrong, "--json")
    told = json.loads(work.run(f"{name}-wrong", command, env=_with(engine), status=[1]))
    if told["equal"] != 0:
        raise StepError("a changed digit was not noticed")
    command = place.command(check, "--json", "--every", str(every))
    run = work.run(f"{name}-golden", command, env=_with(engine), status=[0, 1], timeout=3000)
    result = json.loads(run)
    kept = {key: result[key] for key in ("pieces", "equal", "tokens", "seconds", "onnxruntime")}
    return kept | {"all": len(pieces["pieces"])}


def tests(work: Work, place: Place, wheel: Path) -> Result:
    """The runtime's tests on the machine."""
    return _trial(work, place, _tests, [wheel, ROOT / "tests", _tests_for(place)])


def _tests_for(place: Place) -> tuple[str, ...]:
    return TESTS_WITHOUT_NUMPY if place.machine.musl else TESTS


def _tests(work: Work, place: Place) -> Result:
    command = place.command("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml")
    command += [f"--rootdir={ROOT}", *(ROOT / "tests" / test for test in _tests_for(place))]
    env = {
        "CI": "1",  # the same examples each time
        "HYPOTHESIS_STORAGE_DIRECTORY": str(work / "hypothesis"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(work / "tunes"),
    }
    said = work.run(f"{place.machine.name}-tests", command, env=env, timeout=3000, status=[0, 1])
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", said)}
    if not counts.get("passed"):
        raise StepError(f"no test passed, see {work.folder}/logs/{place.machine.name}-tests.log")
    return counts


def instructions(work: Work, place: Place, wheel: Path, *, engine: str) -> Result:
    """Instructions a token of the packaged model, everything around the network included."""
    inputs = [wheel, *(_HERE / name for name in ("count.c", "play.py")), inspect.getsource(_count)]

    def _instructions(work: Work, place: Place) -> Result:
        return _count(work, place, engine)

    return _trial(work, place, _instructions, inputs, engine)


def _count(work: Work, place: Place, engine: str) -> Result:
    plugin = work / "tools" / "count.so"
    work.run("count", ["cc", "-O2", "-shared", "-fPIC", "-o", plugin, _HERE / "count.c"])
    counts = []
    for bars in ("8", "40"):
        name = f"{place.machine.name}-play-{bars}-{engine}"
        python, script = place.env / "bin" / "python", _HERE / "play.py"
        command: Words = [*place.prefix, "-plugin", plugin, "-d", "plugin", python, script, bars]
        tokens = int(work.run(name, command, env=_with(engine)))
        log = (work / "logs" / f"{name}.log").read_text()
        counts.append((tokens, max(int(n) for n in re.findall(r"^(\d+) instructions$", log, re.MULTILINE))))
    (few, start), (many, end) = counts
    return {"a_token": round((end - start) / (many - few)), "tokens": many - few}


def _trial(
    work: Work,
    place: Place,
    trial: Callable[[Work, Place], Result],
    inputs: Sequence[object],
    engine: str = "",
) -> Result:
    name = "-".join(filter(None, (trial.__name__.strip("_"), place.machine.name, engine)))
    return work.once(name, [*inputs, place.prefix, inspect.getsource(trial)], lambda: trial(work, place))
