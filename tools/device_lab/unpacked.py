"""Golden pieces and memory of linnet's own engine, from a wheel that is unpacked and not installed.

To install takes most of the time on an emulated processor. Linnet's own engine makes a piece with nothing but
linnet, and a few that go on from others with numpy, which is unpacked beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

from device_lab import machines, table, trials, wheels
from device_lab.machines import Machine
from device_lab.table import Cell
from device_lab.wheels import Target
from device_lab.work import ROOT, Result, StepError, Words, Work


def run(work: Work, chosen: list[Machine], targets: list[Target], every: int) -> int:
    """Prints the table; 1 when a hash is another one."""
    rows: list[tuple[str, str, str, Cell, str]] = []
    for machine in chosen:
        (target,) = (target for target in targets if target.tag == machine.tag)
        try:
            told = _golden(work, machine, wheels.build(work, target), every)
            text = f"{told['equal']} of {told['pieces']} (of {told['all']}), {told['tokens']:,} tokens"
            cell = Cell(told["equal"] == told["pieces"], text)
            memory = f"{told['memory']:.0f} MB ({told['private']:.0f} its own)"
        except StepError as error:
            cell, memory = Cell(False, str(error)), ""
        rows.append((machine.tag, machine.suite, machine.cpu or machines.this_cpu(), cell, memory))
    print(table.markdown(("wheel", "system", "processor", "golden hashes equal", "memory"), rows))
    return 0 if all(row[3].ok for row in rows) else 1


def _golden(work: Work, machine: Machine, wheel: Path, every: int) -> Result:
    place = machines.prepare(work, machine)
    read = (ROOT / "tests/golden", ROOT / "tests/data/tiny.onnx", ROOT / "tests/data/home.onnx")

    def make() -> Result:
        folder = work / "unpacked" / machine.tag
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        if not machine.numpy_of_debian:
            _unpack_numpy(work, machine, place.python.name.removeprefix("python"), folder)
        check = ROOT / "tests/golden/check.py"
        env = {"LINNET_ENGINE": "native", "PYTHONPATH": str(folder)}
        command: Words = [*place.prefix, place.python, check, "--json", "--every", str(every)]
        name = f"unpacked-{machine.name}"
        told = json.loads(work.run(name, command, env=env, status=[0, 1], timeout=3000))
        pieces = json.loads((ROOT / "tests/golden/golden.json").read_text(encoding="utf-8"))["pieces"]
        tune = work / f"tunes/{name}.mid"
        tune.parent.mkdir(exist_ok=True)
        command = [*place.prefix, place.python, "-m", "linnet", "generate", "--overwrite", "-o", tune]
        work.run(f"{name}-generate", command, env=env)  # Python writes what it compiled beside its modules
        words, all_env = [str(word) for word in command], {**os.environ, **env}
        most, private = trials.peak(words, work.folder, env=all_env, emulated=bool(machine.cpu))
        kept = {key: told[key] for key in ("pieces", "equal", "tokens")} | {"all": len(pieces)}
        return kept | {"memory": round(most / 1e6, 1), "private": round(private / 1e6, 1)}

    inputs = [wheel, *read, every, place.prefix, Path(__file__)]
    return work.once(f"unpacked-{machine.name}", inputs, make)


def _unpack_numpy(work: Work, machine: Machine, python: str, folder: Path) -> None:
    command: Words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    command += ["--only-binary", ":all:", "--python-version", python, "--implementation", "cp"]
    for glibc in ("manylinux2014", "manylinux_2_27", "manylinux_2_28"):
        command += ["--platform", f"{glibc}_{machine.processor}"]
    work.run(f"unpacked-numpy-{machine.processor}", [*command, "numpy"])
